//! What a row asks of its actor, for one subject.

use super::*;

/// A word that stands for each managed policy of a subject.
const EACH_POLICY: &str = "{policy}";

/// What the needs of a row are about.
#[derive(Default)]
pub(super) struct Subject<'a> {
    /// The canonical id of the target, where there is one.
    pub resource: Option<&'a str>,
    pub account: &'a str,
    pub partition: &'a str,
    pub service: &'a str,
    /// What else must turn out true.
    pub doubts: Vec<Literal>,
    /// The managed policies that a need names one by one.
    pub policies: Vec<Text>,
    /// What of all that a pattern means the needs are about.
    pub things: Option<Things>,
    /// What further words of a need stand for.
    pub words: Vec<(&'static str, Text)>,
}

impl Ways<'_> {
    /// A name, and the language of it alone.
    fn named(&self, target: &str) -> (Text, Strings) {
        let mut names = lock(&self.interned.names);
        if let Some((name, only)) = names.get_key_value(target) {
            return (name.clone(), only.clone());
        }
        let name = Text::from(target);
        let only = Strings::literal(target);
        names.insert(name.clone(), only.clone());
        (name, only)
    }

    /// The needs of a row for one subject.
    pub(super) fn needs(&mut self, row: &Row, subject: &Subject<'_>) -> Vec<Need> {
        let fill = |text: &str| {
            let text = text
                .replace("{partition}", subject.partition)
                .replace("{account}", subject.account)
                .replace("{service}", subject.service);
            let words = subject.words.iter();
            words.fold(text, |text, (word, meant)| text.replace(word, meant))
        };
        let mut needs = Vec::with_capacity(row.needs.len());
        for (at, need) in row.needs.iter().enumerate() {
            let each = need.carries.iter().any(|(_, value)| *value == EACH_POLICY);
            let policies = subject.policies.iter().map(|arn| Some(&**arn));
            let policies: Vec<Option<&str>> = if each { policies.collect() } else { vec![None] };
            for policy in policies {
                let mut literals: Vec<Literal> = if at == 0 {
                    subject.doubts.clone()
                } else {
                    Vec::new()
                };
                for (key, value) in &need.carries {
                    // What boundary a request sets its caller chooses; who cannot choose it is no bearer.
                    if key.as_str() == BOUNDARY_KEY {
                        continue;
                    }
                    if value.is_empty() {
                        literals.push(Ask::Absent(key.clone()).holds());
                        continue;
                    }
                    let value = policy
                        .filter(|_| *value == EACH_POLICY)
                        .map_or_else(|| fill(value), str::to_owned);
                    let only = Test::Text(self.named(&value).1);
                    // Present with this value and with no other.
                    literals.push(Ask::Some(key.clone(), only.clone()).holds());
                    literals.push(Ask::Every(key.clone(), only).holds());
                }
                let (resource, strings) = match (&need.resource, subject.resource) {
                    (None, Some(target)) => {
                        let (name, only) = self.named(target);
                        (Some(name), only)
                    }
                    (None, None) => continue,
                    (Some(pattern), _) => match fill(pattern) {
                        all if all == "*" => (None, Strings::literal("*")),
                        one if pattern.starts_with('{') && !one.contains('*') => {
                            let (name, only) = self.named(&one);
                            (Some(name), only)
                        }
                        pattern => (None, Strings::one(arn_pattern(&pattern))),
                    },
                };
                let things = subject.things.as_ref();
                let things = things.filter(|things| need.resource == Some(things.pattern));
                let strings = things.and_then(|things| things.only.clone()).unwrap_or(strings);
                let region = Region::new(need.actions.clone(), strings).when(Guard::all_of(literals));
                let set = PermissionSet::from(region);
                let set = things.map_or_else(|| set.clone(), |things| set.difference(&things.except));
                let set = self.shared(set);
                needs.push(Need {
                    side: match need.side {
                        RowSide::Hold => NeedSide::Holder,
                        RowSide::Suffer => NeedSide::NotRefused,
                    },
                    action: need.action.clone(),
                    resource,
                    set,
                });
            }
        }
        needs
    }
}

/// ARNs in which `*` stands within one field: what is created or started has no `:` in its name.
pub(super) fn arn_pattern(text: &str) -> Pattern {
    between(text, ':')
}

/// Texts in which `*` stands for what holds no `stop`, and `**` for whatever.
pub(super) fn between(text: &str, stop: char) -> Pattern {
    let mut elements = Vec::new();
    for (at, part) in text.split("**").enumerate() {
        if at > 0 {
            elements.push(Element::Many);
        }
        for (at, piece) in part.split('*').enumerate() {
            if at > 0 {
                elements.push(Element::ManyExcept(stop));
            }
            elements.push(Element::Text(piece.into()));
        }
    }
    Pattern::new(elements, Case::Exact)
}

/// The key of the boundary that a request sets.
const BOUNDARY_KEY: &str = "iam:PermissionsBoundary";

/// The requests of a need that set the boundary it asks for, or none, whatever they are about.
pub(super) fn set_boundary(need: &row::RowNeed) -> Option<PermissionSet> {
    let (key, value) = need
        .carries
        .iter()
        .find(|(key, _)| key.as_str() == BOUNDARY_KEY)?;
    let literals = if value.is_empty() {
        vec![Ask::Absent(key.clone()).holds()]
    } else {
        // Of any partition.
        let named = value.replace("{partition}", "*");
        let only = Test::Text(Strings::one(Pattern::glob(&named, Case::Exact)));
        vec![
            Ask::Some(key.clone(), only.clone()).holds(),
            Ask::Every(key.clone(), only).holds(),
        ]
    };
    let region = Region::new(need.actions.clone(), Strings::any());
    Some(region.when(Guard::all_of(literals)).into())
}
