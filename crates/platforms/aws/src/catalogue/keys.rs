//! Condition keys: their types, and who determines them.
//!
//! Types of service keys come with the catalogue; global keys and origins from `data/condition-keys.tsv`, whose head says
//! how its rows are read. Keys are case-insensitive. A key with a placeholder names a family: `aws:PrincipalTag/${TagKey}`
//! is every key that starts with `aws:PrincipalTag/` and goes on.

use std::ops::Range;
use std::sync::OnceLock;

use super::glob;

/// The type of a condition key's value. Source: Service Authorization Reference, condition key tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// An instant.
    Date,
    /// A number.
    Numeric,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// Several texts.
    ArrayOfString,
    /// Several ARNs.
    ArrayOfArn,
    /// Several booleans.
    ArrayOfBool,
}

impl KeyType {
    /// The type with this name in the source package.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "String" => KeyType::String,
            "ARN" => KeyType::Arn,
            "Bool" => KeyType::Bool,
            "Date" => KeyType::Date,
            "Numeric" => KeyType::Numeric,
            "IPAddress" => KeyType::IpAddress,
            "ArrayOfString" => KeyType::ArrayOfString,
            "ArrayOfARN" => KeyType::ArrayOfArn,
            "ArrayOfBool" => KeyType::ArrayOfBool,
            _ => return None,
        })
    }

    /// Whether one request can carry several values of such a key.
    #[must_use]
    pub fn is_multi_valued(self) -> bool {
        matches!(
            self,
            KeyType::ArrayOfString | KeyType::ArrayOfArn | KeyType::ArrayOfBool
        )
    }
}

/// Who determines the value of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// It follows from who asks.
    Identity,
    /// The request says it, so the caller can choose it.
    Caller,
    /// The request says it, and only who was told knows what.
    Secret,
    /// It is how things stand: time, network, tags, MFA, the way the request came.
    World,
    /// Nobody describes the key.
    Unknown,
}

/// How many values of a key one request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Values {
    /// At most one.
    Single,
    /// Any number.
    Multi,
    /// The type of the key tells.
    AsTyped,
}

/// A kind of principal, as far as it decides which keys a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An IAM user, with long-term keys or a session of `sts:GetSessionToken`.
    User,
    /// A session of an assumed role.
    Role,
    /// A session of `sts:GetFederationToken`.
    Federated,
    /// The root user of an account.
    Root,
    /// An AWS service that asks for itself.
    Service,
    /// Whoever presents an OpenID Connect token to AWS STS.
    WebIdentity,
    /// Whoever presents a SAML assertion to AWS STS.
    Saml,
    /// Nobody in particular: an unsigned request.
    Anonymous,
}

/// Every kind of principal.
const EVERYONE: [PrincipalKind; 8] = [
    PrincipalKind::User,
    PrincipalKind::Role,
    PrincipalKind::Federated,
    PrincipalKind::Root,
    PrincipalKind::Service,
    PrincipalKind::WebIdentity,
    PrincipalKind::Saml,
    PrincipalKind::Anonymous,
];

/// One row of `data/condition-keys.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRule {
    /// The key, or a family with placeholders.
    pub key: &'static str,
    /// The type, where the row gives one.
    pub kind: Option<KeyType>,
    /// Who determines the value.
    pub origin: Origin,
    /// How many values a request carries.
    pub values: Values,
    /// The kinds of principals whose requests can carry the key.
    pub carried_by: Vec<PrincipalKind>,
    /// Where the row comes from.
    pub source: &'static str,
}

impl KeyRule {
    /// Whether requests of every kind of principal can carry the key.
    #[must_use]
    pub fn is_everybodys(&self) -> bool {
        EVERYONE.iter().all(|kind| self.carried_by.contains(kind))
    }
}

/// The rows of the data file, in its order. A malformed row is left out; a test makes sure that none is.
pub(super) fn rules() -> &'static [KeyRule] {
    static RULES: OnceLock<Vec<KeyRule>> = OnceLock::new();
    RULES.get_or_init(|| {
        rows(include_str!("../../data/condition-keys.tsv"))
            .filter_map(parse)
            .collect()
    })
}

/// The lines of a data file that are not comments.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Reads one row.
pub(super) fn parse(row: &'static str) -> Option<KeyRule> {
    let mut fields = row.split('\t');
    let rule = KeyRule {
        key: fields.next()?,
        kind: match fields.next()? {
            "-" => None,
            name => Some(KeyType::named(name)?),
        },
        origin: match fields.next()? {
            "identity" => Origin::Identity,
            "caller" => Origin::Caller,
            "secret" => Origin::Secret,
            "world" => Origin::World,
            _ => return None,
        },
        values: match fields.next()? {
            "single" => Values::Single,
            "multi" => Values::Multi,
            "-" => Values::AsTyped,
            _ => return None,
        },
        carried_by: principals(fields.next()?)?,
        source: fields.next()?,
    };
    fields.next().is_none().then_some(rule)
}

/// Reads the column `carried`.
fn principals(list: &str) -> Option<Vec<PrincipalKind>> {
    if list == "any" {
        return Some(EVERYONE.to_vec());
    }
    list.split(' ')
        .map(|name| {
            Some(match name {
                "user" => PrincipalKind::User,
                "role" => PrincipalKind::Role,
                "federated" => PrincipalKind::Federated,
                "root" => PrincipalKind::Root,
                "service" => PrincipalKind::Service,
                "webidentity" => PrincipalKind::WebIdentity,
                "saml" => PrincipalKind::Saml,
                "anonymous" => PrincipalKind::Anonymous,
                _ => return None,
            })
        })
        .collect()
}

/// The first row that speaks of a key.
pub(super) fn rule(key: &str) -> Option<&'static KeyRule> {
    rules().iter().find(|rule| family_holds(rule.key, key))
}

/// Whether keys of all services start like this one.
pub(super) fn has_global_prefix(key: &str) -> bool {
    glob::starts_with(key.as_bytes(), b"aws:")
}

/// Whether a key is a global one that the data file knows.
pub(super) fn is_global(key: &str) -> bool {
    has_global_prefix(key) && rule(key).is_some()
}

/// The longest key that can be a member of a family, in bytes; a tag key has 128 characters at most.
const FAMILY_KEY_LEN_MAX: usize = 1024;

/// Whether `key` is `template` or a member of the family it names, in whatever case.
pub(super) fn family_holds(template: &str, key: &str) -> bool {
    if key.len() > FAMILY_KEY_LEN_MAX {
        return template.eq_ignore_ascii_case(key);
    }
    let (Some((head, tail)), Some((key_head, key_tail))) = (template.split_once(':'), key.split_once(':'))
    else {
        return template.eq_ignore_ascii_case(key);
    };
    part_holds(head.as_bytes(), key_head.as_bytes()) && part_holds(tail.as_bytes(), key_tail.as_bytes())
}

/// The same for one side of the first colon: a placeholder stands for at least one character. A literal `$` or `<` in the
/// key is fine as well, so that a family is a member of itself.
fn part_holds(template: &[u8], text: &[u8]) -> bool {
    let Some((first, after)) = template.split_first() else {
        return text.is_empty();
    };
    let close = match (first, after.first()) {
        (b'$', Some(b'{')) => Some(b'}'),
        (b'<', _) => Some(b'>'),
        _ => None,
    };
    if let Some(end) = close.and_then(|close| template.iter().position(|byte| *byte == close)) {
        let rest = template.get(end + 1..).unwrap_or_default();
        return (1..=text.len()).any(|taken| part_holds(rest, text.get(taken..).unwrap_or_default()));
    }
    text.split_first()
        .is_some_and(|(byte, more)| byte.eq_ignore_ascii_case(first) && part_holds(after, more))
}

/// The numbers of a list, separated by `separator`.
pub(super) fn numbers(list: &str, separator: char) -> impl Iterator<Item = u16> {
    list.split(separator).filter_map(|number| number.parse().ok())
}

/// The condition keys that the services list, sorted by lower-cased key.
#[derive(Debug)]
pub(super) struct KeyTable {
    keys: Vec<(Range<u32>, KeyType)>,
    /// Whether some resource type lists the key.
    on_resources: Vec<bool>,
    /// The keys with placeholders.
    families: Vec<u16>,
}

impl KeyTable {
    pub(super) fn new(text: &str, keys: Vec<(Range<u32>, KeyType)>, mentioned: &[u16]) -> Self {
        let family = |(number, (range, _)): (usize, &(Range<u32>, KeyType))| {
            let key = text.get(range.start as usize..range.end as usize)?;
            key.contains(['$', '<'])
                .then(|| u16::try_from(number).ok())
                .flatten()
        };
        let families = keys.iter().enumerate().filter_map(family).collect();
        let mut on_resources = vec![false; keys.len()];
        for number in mentioned {
            if let Some(mark) = on_resources.get_mut(usize::from(*number)) {
                *mark = true;
            }
        }
        KeyTable {
            keys,
            on_resources,
            families,
        }
    }

    /// The key with this number, as AWS spells it.
    pub(super) fn name<'a>(&self, text: &'a str, number: u16) -> Option<&'a str> {
        let (range, _) = self.keys.get(usize::from(number))?;
        text.get(range.start as usize..range.end as usize)
    }

    /// The type of the key with this number.
    pub(super) fn kind(&self, number: u16) -> Option<KeyType> {
        self.keys.get(usize::from(number)).map(|(_, kind)| *kind)
    }

    /// What the origin of a key is that no row of the data file speaks of.
    pub(super) fn default_origin(&self, number: u16) -> Origin {
        match self.on_resources.get(usize::from(number)) {
            Some(true) => Origin::World,
            Some(false) => Origin::Caller,
            None => Origin::Unknown,
        }
    }

    /// Every listed key that means this one: the key itself and the families it is a member of.
    pub(super) fn all(&self, text: &str, key: &str) -> Vec<u16> {
        let mut found: Vec<u16> = self.find(text, key).into_iter().collect();
        let families = self.families.iter().copied();
        found.extend(families.filter(|number| {
            self.name(text, *number)
                .is_some_and(|family| family_holds(family, key))
        }));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The key itself, else the family it is a member of. A binary search, then a look at each family.
    pub(super) fn find(&self, text: &str, key: &str) -> Option<u16> {
        let order = |range: &Range<u32>| {
            let candidate = text
                .get(range.start as usize..range.end as usize)
                .unwrap_or_default();
            glob::compare(candidate.as_bytes(), key.as_bytes())
        };
        match self.keys.binary_search_by(|(range, _)| order(range)) {
            Ok(number) => u16::try_from(number).ok(),
            Err(_) => self.families.iter().copied().find(|number| {
                self.name(text, *number)
                    .is_some_and(|family| family_holds(family, key))
            }),
        }
    }
}
