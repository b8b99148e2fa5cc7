//! Conditions lowered into literals.
//!
//! A condition becomes a list of alternatives, each a conjunction. What a missing key does follows from the literal:
//! positive operators ask for a value that passes; negated ones forbid one, so they hold without the key; `IfExists`
//! forbids that every value fails; `ForAllValues` forbids a value that fails.
//! Source: IAM User Guide, "Condition operators" and "Single-valued vs. multivalued context keys".

use leastwise_model::Side;
use leastwise_permset::{
    Case, Condition as Ask, Decimal, Instant, Key, Literal, Network, Pattern, Range, Strings, Test,
};

use super::pattern::Spelling;
use super::{ALTERNATIVES_MAX, Caller, Demands, Lowering, Within, absent, present, without};
use crate::keys::KeyInfo;
use crate::policy::{Condition, Kind, Operator, Order, Quantifier, Variables};

/// How many colons the pattern of an ARN has at least.
const ARN_COLONS: usize = 5;

/// The values of a condition as one test, in one way in which its variables can turn out.
struct Tested {
    /// Whether a value is among them; a variable without a value matches nothing.
    test: Test,
    /// What this way asks of the context.
    demands: Demands,
}

impl Lowering<'_> {
    /// The alternatives under which a condition holds; none: it never does.
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        within: Within<'_>,
        caller: Caller<'_>,
    ) -> Vec<Demands> {
        match self.ways(condition, within, caller) {
            Ok(mut ways) => {
                ways.sort();
                ways.dedup();
                ways
            }
            Err(why) => vec![vec![self.undecided(&condition.to_string(), &why, within)]],
        }
    }

    fn ways(
        &mut self,
        condition: &Condition,
        within: Within<'_>,
        caller: Caller<'_>,
    ) -> Result<Vec<Demands>, String> {
        let info = self.keys.info(&condition.key);
        let operator = condition
            .operator
            .ok_or_else(|| format!("there is no operator `{}`", condition.written))?;
        let ways = self.with_operator(condition, operator, &info, within, caller)?;
        if info.described {
            return Ok(ways);
        }
        let is = self.carried(&info.key, within);
        let with = ways
            .into_iter()
            .map(|way| [std::slice::from_ref(&is), &*way].concat());
        let lacking = (without(condition) == Some(true)).then(|| vec![is.condition.clone().fails()]);
        Ok(with.chain(lacking).collect())
    }

    fn with_operator(
        &mut self,
        condition: &Condition,
        operator: Operator,
        info: &KeyInfo,
        within: Within<'_>,
        caller: Caller<'_>,
    ) -> Result<Vec<Demands>, String> {
        if operator.kind == Kind::Null {
            let key = info.key.clone();
            return match null(&condition.values) {
                Some((true, true)) => Ok(vec![Vec::new()]),
                Some((true, false)) => Ok(vec![vec![absent(key)]]),
                Some((false, _)) => Ok(vec![vec![present(key)]]),
                None => Err("`Null` takes `true` or `false`".into()),
            };
        }
        if info.many && operator.quantifier.is_none() {
            return Err(format!(
                "a request can carry several values of {} and the operator is for one",
                info.key
            ));
        }
        let mut ways = Vec::new();
        for tested in self.tests(condition, operator, within.variables, caller)? {
            ways.push(around(&info.key, operator, tested));
        }
        if operator.quantifier == Some(Quantifier::Any) && operator.if_exists {
            let why = "sources disagree on `ForAnyValue` with `IfExists` where the key is missing";
            let literal = self.undecided(&condition.to_string(), why, within);
            ways.push(vec![absent(info.key.clone()), literal]);
        }
        Ok(ways)
    }

    /// The literal that holds where requests may carry a key that nobody describes.
    fn carried(&mut self, key: &Key, within: Within<'_>) -> Literal {
        self.gap(
            &format!("whether there is a condition key {key} is not known: no reference of AWS lists it"),
            &format!(
                "aws accessanalyzer validate-policy, with {} as --policy-document",
                within.title
            ),
            Side::Both,
        )
    }

    /// The tests of a condition's values, one for each way in which variables with default values can turn out.
    fn tests(
        &mut self,
        condition: &Condition,
        operator: Operator,
        variables: Variables,
        caller: Caller<'_>,
    ) -> Result<Vec<Tested>, String> {
        let spelling = match operator.kind {
            Kind::Text => Spelling::Text,
            Kind::TextFolded => Spelling::TextFolded,
            Kind::Glob => Spelling::Glob,
            Kind::Arn => {
                if let Some(text) = condition
                    .values
                    .iter()
                    .find(|text| text.matches(':').count() < ARN_COLONS)
                {
                    return Err(format!("`{text}` has not the six fields of an ARN"));
                }
                Spelling::Arn
            }
            Kind::Number(_) | Kind::Date(_) | Kind::Truth | Kind::Binary | Kind::Network | Kind::Null => {
                let test = plain_test(operator.kind, &condition.values)?;
                return Ok(vec![Tested {
                    test,
                    demands: Vec::new(),
                }]);
            }
        };
        let ways = self.patterns(&condition.values, spelling, variables, caller);
        if ways.len() > ALTERNATIVES_MAX {
            return Err("it has too many alternatives".into());
        }
        for hole in ways.iter().flat_map(|way| &way.holes) {
            if self.keys.info(hole.as_str()).many {
                return Err(format!("`${{{hole}}}` can have several values"));
            }
        }
        Ok(ways
            .into_iter()
            .map(|way| Tested {
                test: Test::Text(Strings::any_of(way.patterns)),
                demands: way.demands,
            })
            .collect())
    }
}

/// What an operator asks around the test of its values.
fn around(key: &Key, operator: Operator, tested: Tested) -> Demands {
    let Tested { test, mut demands } = tested;
    let some = |test: Test| Ask::Some(key.clone(), test);
    let every = |test: Test| Ask::Every(key.clone(), test);
    demands.push(match (operator.quantifier, operator.negated) {
        (None, false) if operator.if_exists => every(test.negate()).fails(),
        (None, false) | (Some(Quantifier::Any), false) => some(test).holds(),
        (Some(Quantifier::All), false) => some(test.negate()).fails(),
        (Some(Quantifier::Any), true) => some(test.negate()).holds(),
        (None | Some(Quantifier::All), true) => some(test).fails(),
    });
    demands
}

/// Which of true and false are listed.
pub(super) fn null(values: &[Box<str>]) -> Option<(bool, bool)> {
    let mut listed = (false, false);
    for value in values {
        match truth(value)? {
            true => listed.0 = true,
            false => listed.1 = true,
        }
    }
    (listed != (false, false)).then_some(listed)
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}

fn all<T>(values: &[Box<str>], what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    values
        .iter()
        .map(|value| read(value).ok_or_else(|| format!("`{value}` is not {what}")))
        .collect()
}

fn plain_test(kind: Kind, values: &[Box<str>]) -> Result<Test, String> {
    Ok(match kind {
        Kind::Number(order) => {
            let ranges = all(values, "a number", |value| {
                let at = Decimal::parse(value)?;
                Some(range(
                    order,
                    at,
                    Decimal(at.0.checked_sub(1)?),
                    Decimal(at.0.checked_add(1)?),
                ))
            })?;
            Test::Number(ranges.into())
        }
        Kind::Date(order) => {
            let year = |value: &str| value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit());
            if let Some(value) = values.iter().find(|value| year(value)) {
                return Err(format!("`{value}` may be a year or a number of seconds"));
            }
            let ranges = all(values, "a date", |value| {
                let at = Instant::parse(value)?;
                Some(range(
                    order,
                    at,
                    Instant(at.0.checked_sub(1)?),
                    Instant(at.0.checked_add(1)?),
                ))
            })?;
            Test::Instant(ranges.into())
        }
        Kind::Truth => {
            let listed = all(values, "`true` or `false`", truth)?;
            match *listed {
                [one] => Test::Truth(one),
                _ => {
                    Test::Text(Strings::any_of(listed.into_iter().map(|one| {
                        Pattern::glob(if one { "true" } else { "false" }, Case::Folded)
                    })))
                }
            }
        }
        Kind::Network => {
            Test::Network(all(values, "an address or a block of addresses", Network::parse)?.into())
        }
        Kind::Binary => {
            let texts = all(values, "base64", |value| {
                is_base64(value).then(|| Pattern::literal(value))
            })?;
            Test::Text(Strings::any_of(texts))
        }
        Kind::Text | Kind::TextFolded | Kind::Glob | Kind::Arn | Kind::Null => Test::Text(Strings::none()),
    })
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// The values that stand in an order to `at`; `below` and `above` are its neighbors.
fn range<T: Copy>(order: Order, at: T, below: T, above: T) -> Range<T> {
    let (from, to) = match order {
        Order::Equal => (Some(at), Some(at)),
        Order::Less => (None, Some(below)),
        Order::LessOrEqual => (None, Some(at)),
        Order::Greater => (Some(above), None),
        Order::GreaterOrEqual => (Some(at), None),
    };
    Range { from, to }
}
