//! Demands of rules on parameters and wrapping, as guards.
//!
//! The parameters of a request are one context key, [`PARAMETERS`], with one value `name=text` for each parameter, and
//! `name:=json` for one that is no text. Names are in lower case.

use leastwise_permset::{
    Atom, Case, Condition, Decimal, Element, Key, Literal, Pattern, PermissionSet, Range, Region, Strings,
    Test,
};

use crate::operation::{Operation, Operations};
use crate::policy::{Constraints, Given};
use crate::product::Product;

/// The parameters of the request, `name=text` or `name:=json`.
pub(crate) const PARAMETERS: &str = "parameters";
/// For how many seconds the answer is to be wrapped; absent where it is not.
pub(crate) const WRAP: &str = "wrap_ttl";
/// How many keys a list asks for.
pub(crate) const LIMIT: &str = "limit";
/// Others approved the request.
pub(crate) const APPROVED: &str = "control_group_approved";
/// The second factor was given with the request.
pub(crate) const MFA: &str = "mfa";

/// What requests must satisfy: all demands, and to be in none of the exceptions.
#[derive(Debug, Default)]
pub(super) struct Constrained {
    pub demands: Vec<Literal>,
    pub except: Vec<PermissionSet>,
}

/// Operations by the constraints that they are under.
pub(super) fn split(
    operations: Operations,
    constraints: &Constraints,
    product: Product,
) -> Vec<(Operations, Constrained)> {
    if operations.is_empty() {
        return Vec::new();
    }
    if constraints.is_none() {
        return vec![(operations, Constrained::default())];
    }
    let mut found: Vec<(Operations, Constrained)> = Vec::new();
    for operation in operations.iter() {
        // Root privileges are no request that could carry anything.
        let constrained = if operation == Operation::Sudo {
            Constrained::default()
        } else {
            match of(operation, constraints, product) {
                Some(constrained) => constrained,
                None => continue,
            }
        };
        let same = found
            .iter_mut()
            .find(|(_, other)| other.demands == constrained.demands && other.except == constrained.except);
        match same {
            Some((operations, _)) => *operations = operations.with(operation),
            None => found.push((Operations::default().with(operation), constrained)),
        }
    }
    found
}

/// `None` where nothing passes.
fn of(operation: Operation, constraints: &Constraints, product: Product) -> Option<Constrained> {
    let mut constrained = Constrained::default();
    let (min, max) = (constraints.wrap_min, constraints.wrap_max);
    if min > 0 || max > 0 {
        if min > 0 && max > 0 && max < min {
            return None;
        }
        let bound = |nanoseconds: i64| (nanoseconds > 0).then(|| Decimal(i128::from(nanoseconds) * 1_000));
        let range = Range {
            from: bound(min),
            to: bound(max),
        };
        let test = Test::Number(vec![range].into());
        constrained
            .demands
            .push(Condition::Some(Key::single(WRAP), test).holds());
    }
    if constraints.mfa && product == Product::Vault {
        constrained.demands.push(given(MFA));
    }
    if constraints
        .approval
        .is_some_and(|operations| operations.contains(operation))
    {
        constrained.demands.push(given(APPROVED));
    }
    if operation.has_parameters() {
        parameters(constraints, product, &mut constrained);
    } else if operation.lists() && constraints.page > 0 {
        page(constraints, &mut constrained);
    }
    Some(constrained)
}

fn given(key: &str) -> Literal {
    Condition::Some(Key::single(key), Test::Truth(true)).holds()
}

fn some(strings: Strings) -> Condition {
    Condition::Some(Key::new(PARAMETERS), Test::Text(strings))
}

fn parameters(constraints: &Constraints, product: Product, constrained: &mut Constrained) {
    let Constrained { demands, except } = constrained;
    for name in &constraints.required {
        demands.push(some(any_value(&name.to_lowercase())).holds());
    }
    if constraints.denied.contains_key("*") {
        demands.push(some(Strings::any()).fails());
        return;
    }
    for (name, values) in &constraints.denied {
        if values.is_empty() {
            demands.push(some(any_value(name)).fails());
            continue;
        }
        demands.push(some(these(name, values)).fails());
        if let Some(atom) = lists_apart(name, product) {
            // A text with a comma, or a list, of which one part is denied.
            except.push(when([some(several(name)).holds(), Condition::Atom(atom).holds()]));
        }
    }
    let all = constraints.allowed.contains_key("*");
    if constraints.allowed.is_empty() || (all && constraints.allowed.len() == 1) {
        return;
    }
    if !all {
        let listed = constraints
            .allowed
            .keys()
            .flat_map(|name| any_value(name).patterns().to_vec());
        demands.push(some(Strings::any_of(listed).complement()).fails());
    }
    for (name, values) in &constraints.allowed {
        if values.is_empty() || &**name == "*" {
            continue;
        }
        let mut wrong = vec![some(any_value(name)).holds(), some(these(name, values)).fails()];
        if let Some(atom) = lists_apart(name, product) {
            let parts_pass = Condition::Atom(atom);
            except.push(when([wrong.clone(), vec![some(several(name)).fails()]].concat()));
            wrong.push(some(several(name)).holds());
            wrong.push(parts_pass.fails());
        }
        except.push(when(wrong));
    }
}

/// Vault takes a list, or a text with commas, apart and asks for each part; which parts pass is not evaluated.
fn lists_apart(name: &str, product: Product) -> Option<Atom> {
    (product == Product::Vault).then(|| list_atom(name))
}

/// What stands for the parts of a list given as a parameter.
pub(crate) fn list_atom(name: &str) -> Atom {
    Atom::new(&format!("the parts of a list given as parameter `{name}`"))
}

fn when(literals: impl IntoIterator<Item = Literal>) -> PermissionSet {
    Region::everything()
        .when(leastwise_permset::Guard::all_of(literals))
        .into()
}

fn text(text: &str) -> Element {
    Element::Text(text.into())
}

fn pattern(elements: impl IntoIterator<Item = Element>) -> Pattern {
    Pattern::new(elements, Case::Exact)
}

/// The parameter with whatever value.
fn any_value(name: &str) -> Strings {
    Strings::any_of(["=", ":="].map(|sign| pattern([text(name), text(sign), Element::Many])))
}

/// The parameter with a list, or with a text in which a comma stands.
fn several(name: &str) -> Strings {
    Strings::any_of([
        pattern([text(name), text(":=["), Element::Many]),
        pattern([text(name), text("="), Element::Many, text(","), Element::Many]),
    ])
}

/// The parameter with one of these values.
fn these(name: &str, values: &[Given]) -> Strings {
    Strings::any_of(values.iter().filter_map(|value| match value {
        Given::Text(value) => {
            let mut elements = vec![text(name), text("=")];
            let inner = if value.len() < 2 {
                &**value
            } else {
                let begin = value.strip_prefix('*');
                if begin.is_some() {
                    elements.push(Element::Many);
                }
                let rest = begin.unwrap_or(value);
                rest.strip_suffix('*').unwrap_or(rest)
            };
            elements.push(text(inner));
            if value.len() >= 2 && value.ends_with('*') {
                elements.push(Element::Many);
            }
            Some(pattern(elements))
        }
        Given::Json(json) => Some(pattern([text(name), text(":="), text(json)])),
        Given::Nothing(_) => None,
    }))
}

/// A list asks for no more keys than this; `max` and no number at all stand for as many as are allowed.
fn page(constraints: &Constraints, constrained: &mut Constrained) {
    let key = Key::single(LIMIT);
    let range = Range {
        from: Some(Decimal(0)),
        to: Some(Decimal(i128::from(constraints.page) * Decimal::ONE)),
    };
    if constraints
        .required
        .iter()
        .any(|name| name.to_lowercase() == LIMIT)
    {
        constrained
            .demands
            .push(Condition::Some(key.clone(), Test::Text(Strings::any())).holds());
    }
    constrained.except.push(when([
        Condition::Some(key.clone(), Test::Text(Strings::any())).holds(),
        Condition::Some(key.clone(), Test::Number(vec![range].into())).fails(),
        Condition::Some(key, Test::Text(Strings::literal("max"))).fails(),
    ]));
}
