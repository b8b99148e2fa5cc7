//! Tokens of other issuers that a role takes: its demands on their claims, as guards.

use leastwise_model::{Acceptance, Accepted, Gap, IdentityIndex, Side, Snapshot, TechniqueIndex, Text};
use leastwise_permset::{
    Atom, Case, Condition, Context, Element, Guard, Key, Literal, Pattern, Region, Strings, Test,
};
use leastwise_permset::{Label, PermissionSet};

use super::super::{World, logins};
use super::values;
use crate::export::{Namespace, Role, claim_name};
use crate::operation::Operation;

/// What keys begin with that hold claims of a token presented at a login.
const CLAIMS: &str = "token:";
/// The audience of a token that nobody asked for another.
const USUAL: &str = "vault";

pub(super) fn compile(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    (place, role): (&Text, &Role),
    target: IdentityIndex,
    step: Label,
    snapshot: &mut Snapshot,
) {
    let Some(issuer) = namespace.issuers.get(&role.mount) else {
        return;
    };
    let demands = match logins::kind_of(namespace, &role.mount) {
        "jwt" | "oidc" if !role.interactive => of_claims(place, role, issuer, snapshot),
        "kubernetes" => Some(of_accounts(place, role, snapshot)),
        _ => None,
    };
    let Some(demands) = demands else { return };
    let login: Text = format!("{path}{}login", role.mount).into();
    let region = Region::new(
        Strings::literal(Operation::Update.as_str()),
        Strings::literal(&login),
    );
    snapshot.acceptances.push(Acceptance {
        target,
        admits: Accepted::Token {
            issuer: issuer.clone(),
            claims: CLAIMS.into(),
            audience: USUAL.into(),
            reads: None,
        },
        technique: world
            .techniques
            .get("log-in-with-token")
            .copied()
            .unwrap_or(TechniqueIndex(u32::MAX)),
        action: Operation::Update.as_str().into(),
        resource: login,
        set: PermissionSet::from(region.when(Guard::all_of(demands))).labelled(step),
        step,
    });
}

/// The claim that is one text in every token. Source: RFC 7519, "\"sub\" (Subject) Claim".
const SUBJECT: &str = "sub";
/// The claim that names who signed it. Source: RFC 7519, "\"iss\" (Issuer) Claim".
const ISSUER: &str = "iss";

fn claim(name: &str, wanted: Vec<Pattern>) -> Literal {
    let key = format!("{CLAIMS}{name}");
    let key = if name == SUBJECT {
        Key::single(&key)
    } else {
        Key::new(&key)
    };
    Condition::Some(key, Test::Text(Strings::any_of(wanted))).holds()
}

/// Text in which `*` stands for any text, or for any without `:`.
fn glob(text: &str, star: &Element) -> Vec<Element> {
    let pieces = text.split('*').enumerate().flat_map(|(at, piece)| {
        let many = (at > 0).then(|| star.clone());
        many.into_iter().chain([Element::Text(piece.into())])
    });
    pieces.collect()
}

/// Claims that a role of the JWT method asks for; `None` where no token with an audience is admitted.
fn of_claims(place: &Text, role: &Role, issuer: &str, snapshot: &mut Snapshot) -> Option<Vec<Literal>> {
    let texts = |wanted: &[Text]| wanted.iter().map(|text| Pattern::literal(text)).collect();
    let audiences = values(role, "bound_audiences");
    if audiences.is_empty() {
        return None;
    }
    let mut demands = vec![claim("aud", texts(audiences))];
    let subject = values(role, "bound_subject");
    if !subject.is_empty() {
        demands.push(claim(SUBJECT, texts(subject)));
    }
    for (key, wanted) in &role.bounds {
        let Some(name) = key.strip_prefix("bound_claims.") else {
            continue;
        };
        let name = claim_name(name);
        if is_within(name) {
            demands.push(unknown(place, &format!("claim `{name}` of a token"), snapshot));
            continue;
        }
        // Claims here are texts, and equal no boolean and no number.
        let is_text = |text: &&Text| !role.no_texts.contains(&(key.clone(), (*text).clone()));
        let wanted = wanted.iter().filter(is_text).map(|text| match role.globs {
            true => Pattern::new(glob(text, &Element::Many), Case::Exact),
            false => Pattern::literal(text),
        });
        let wanted: Vec<Pattern> = wanted.collect();
        let is_issuer = |pattern: &Pattern| pattern.matches(issuer, &Context::new());
        if name != ISSUER || !wanted.iter().any(is_issuer) {
            demands.push(claim(name, wanted));
        }
    }
    // A login fails where nothing names who logs in, or their groups.
    for name in &role.naming {
        if is_within(name) {
            demands.push(unknown(place, &format!("claim `{name}` of a token"), snapshot));
        } else if **name != *SUBJECT && **name != *ISSUER {
            demands.push(Condition::Absent(Key::new(&format!("{CLAIMS}{name}"))).fails());
        }
    }
    Some(demands)
}

/// Whether a claim is a part of another, which nothing here tells.
fn is_within(name: &str) -> bool {
    name.contains("kubernetes.io") || name.starts_with('/')
}

/// Service accounts that a role of the Kubernetes method asks for.
fn of_accounts(place: &Text, role: &Role, snapshot: &mut Snapshot) -> Vec<Literal> {
    let star = [Text::from("*")];
    let selected = role
        .bounds
        .contains_key("bound_service_account_namespace_selector");
    let spaces = values(role, "bound_service_account_namespaces");
    let spaces = if selected { &star[..] } else { spaces };
    let part = |text: &str| glob(text, &Element::ManyExcept(':'));
    let mut subjects = Vec::new();
    for space in spaces {
        for name in values(role, "bound_service_account_names") {
            let begin = Element::Text("system:serviceaccount:".into());
            let colon = Element::Text(":".into());
            let elements = [vec![begin], part(space), vec![colon], part(name)].concat();
            subjects.push(Pattern::new(elements, Case::Exact));
        }
    }
    let mut demands = vec![claim(SUBJECT, subjects)];
    let audience = values(role, "audience");
    if !audience.is_empty() {
        let wanted = audience.iter().map(|text| Pattern::literal(text));
        demands.push(claim("aud", wanted.collect()));
    }
    if selected {
        demands.push(unknown(place, "labels of the account's namespace", snapshot));
    }
    demands
}

/// Something that a role asks for and no claim tells.
fn unknown(place: &Text, what: &str, snapshot: &mut Snapshot) -> Literal {
    let atom = snapshot.add_gap(Gap {
        atom: Atom::new(&format!("{place} asks for the {what}")),
        what: format!("{place} asks for the {what}, which no export tells").into(),
        settle: "log in through the role, or look at such a token".into(),
        side: Side::Adds,
    });
    Condition::Atom(atom).holds()
}
