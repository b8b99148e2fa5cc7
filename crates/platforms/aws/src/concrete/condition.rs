//! Conditions decided on concrete values.

use std::net::IpAddr;

use jiff::Timestamp;

use super::{Asked, matching};
use crate::policy::{Condition, Kind, Order, Quantifier, Variables};

/// Whether a condition holds for a request.
pub fn holds(condition: &Condition, variables: Variables, asked: &Asked<'_>) -> bool {
    let operator = condition.operator.expect("worlds have operators that exist");
    let present = asked.context.get(&condition.key.to_lowercase());
    if operator.kind == Kind::Null {
        return condition
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case("true") == present.is_none());
    }
    let Some(values) = present else {
        return match operator.quantifier {
            Some(Quantifier::All) => true,
            Some(Quantifier::Any) => false,
            None => operator.negated || operator.if_exists,
        };
    };
    let test = |value: &String| {
        // What copies a variable without a value is like nothing.
        let listed = condition
            .values
            .iter()
            .any(|wanted| matches(operator.kind, wanted, value, variables, asked).unwrap_or(false));
        listed != operator.negated
    };
    match operator.quantifier {
        Some(Quantifier::All) => values.iter().all(test),
        Some(Quantifier::Any) => values.iter().any(test),
        None => values.iter().any(test),
    }
}

/// Whether a value is what a policy wants; `None` where a variable has no value.
fn matches(kind: Kind, wanted: &str, value: &str, variables: Variables, asked: &Asked<'_>) -> Option<bool> {
    Some(match kind {
        Kind::Text => matching::verbatim(&matching::filled(wanted, variables, asked.context)?) == value,
        Kind::TextFolded => {
            let wanted = matching::verbatim(&matching::filled(wanted, variables, asked.context)?);
            wanted.to_lowercase() == value.to_lowercase()
        }
        Kind::Glob => matching::glob(&matching::filled(wanted, variables, asked.context)?, value),
        Kind::Arn => {
            let fields: Vec<&str> = wanted.splitn(6, ':').collect();
            let found: Vec<&str> = value.splitn(6, ':').collect();
            let mut all = fields.len() == found.len();
            for (field, found) in fields.iter().zip(&found) {
                all &= matching::glob(&matching::filled(field, variables, asked.context)?, found);
            }
            all
        }
        Kind::Number(order) => {
            let number = |text: &str| text.parse::<f64>().ok();
            number(value)
                .zip(number(wanted))
                .is_some_and(|(value, wanted)| in_order(order, value, wanted))
        }
        Kind::Date(order) => {
            let instant = |text: &str| text.parse::<Timestamp>().ok();
            instant(value)
                .zip(instant(wanted))
                .is_some_and(|(value, wanted)| in_order(order, value, wanted))
        }
        Kind::Truth => wanted.eq_ignore_ascii_case(value),
        Kind::Binary => wanted == value,
        Kind::Network => within(wanted, value),
        Kind::Null => false,
    })
}

fn in_order<T: PartialOrd>(order: Order, value: T, wanted: T) -> bool {
    match order {
        Order::Equal => value == wanted,
        Order::Less => value < wanted,
        Order::LessOrEqual => value <= wanted,
        Order::Greater => value > wanted,
        Order::GreaterOrEqual => value >= wanted,
    }
}

fn within(block: &str, address: &str) -> bool {
    let (first, bits) = block.split_once('/').unwrap_or((block, ""));
    match (first.parse(), address.parse()) {
        (Ok(IpAddr::V4(first)), Ok(IpAddr::V4(address))) => {
            let free = 32 - bits.parse::<u32>().unwrap_or(32);
            u64::from(first.to_bits()) >> free == u64::from(address.to_bits()) >> free
        }
        (Ok(IpAddr::V6(first)), Ok(IpAddr::V6(address))) => first == address,
        _ => false,
    }
}
