//! Pairs of AWS policy documents that differ the way two revisions of a policy do.

use crate::Random;
use crate::aws_policy::{SERVICES, Statement, document_of};
use crate::json::string;

const ACCOUNT: &str = "111122223333";

/// `count` pairs (old, new) of policy documents, of one to eight statements.
///
/// By turns: the same set written differently, one thing taken away (an action, a resource, a condition added), one thing given, both at
/// once, and two unrelated documents. What was *meant* is no oracle: an action taken from one statement may still be in another.
pub fn policy_pairs(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    (0..count).map(|index| pair(&mut random, index)).collect()
}

fn pair(random: &mut Random, index: usize) -> (String, String) {
    let old: Vec<Statement> = statements(random);
    let mut new = old.clone();
    match index % 10 {
        0 | 1 => rewrite(random, &mut new),
        2 => take_action(random, &mut new),
        3 => narrow_resource(random, &mut new),
        4 => add_condition(random, &mut new),
        5 => new.push(Statement::random(random, ACCOUNT)),
        6 => give_action(random, &mut new),
        7 => {
            take_action(random, &mut new);
            give_action(random, &mut new);
            rewrite(random, &mut new);
        }
        8 => {
            narrow_resource(random, &mut new);
            new.push(Statement::random(random, ACCOUNT));
            rewrite(random, &mut new);
        }
        _ => new = statements(random),
    }
    // Read in both directions, a narrowing is a widening.
    if random.chance(0.3) {
        (document_of(&new), document_of(&old))
    } else {
        (document_of(&old), document_of(&new))
    }
}

fn statements(random: &mut Random) -> Vec<Statement> {
    let count = random.between(1, 8);
    (0..count).map(|_| Statement::random(random, ACCOUNT)).collect()
}

/// The same set in other words: other order, other case of actions, a statement split in two, a statement repeated.
fn rewrite(random: &mut Random, statements: &mut Vec<Statement>) {
    random.shuffle(statements);
    let at = random.below(statements.len());
    if let Some(statement) = statements.get_mut(at) {
        random.shuffle(&mut statement.actions.patterns);
        random.shuffle(&mut statement.resources.patterns);
        if random.chance(0.3) {
            for action in &mut statement.actions.patterns {
                *action = action.to_ascii_lowercase();
            }
        }
        let mut rest = statement.clone();
        if !statement.actions.negated && statement.actions.patterns.len() > 1 && random.chance(0.5) {
            rest.actions.patterns = statement.actions.patterns.split_off(1);
            statements.push(rest);
        } else if random.chance(0.3) {
            statements.push(rest);
        }
    }
}

/// Calls `edit` on a random statement.
fn edit_one(
    random: &mut Random,
    statements: &mut [Statement],
    edit: impl FnOnce(&mut Random, &mut Statement),
) {
    let at = random.below(statements.len());
    if let Some(statement) = statements.get_mut(at) {
        edit(random, statement);
    }
}

fn take_action(random: &mut Random, statements: &mut Vec<Statement>) {
    if statements.len() > 1 && random.chance(0.2) {
        statements.pop();
        return;
    }
    edit_one(random, statements, |random, statement| {
        let patterns = &mut statement.actions.patterns;
        if patterns.len() > 1 {
            let at = random.below(patterns.len());
            patterns.remove(at);
        } else if let Some(pattern) = patterns.first_mut() {
            // `s3:*` becomes one family or action of it.
            let service = pattern.split(':').next().unwrap_or("s3").to_owned();
            *pattern = format!(
                "{service}:{}",
                random.pick(&["Get*", "List*", "Describe*"], "Get*")
            );
        }
    });
}

fn narrow_resource(random: &mut Random, statements: &mut [Statement]) {
    edit_one(random, statements, |random, statement| {
        let number = random.below(50);
        for pattern in &mut statement.resources.patterns {
            match pattern.as_str() {
                "*" => *pattern = format!("arn:aws:*:eu-west-1:{ACCOUNT}:*"),
                text if text.ends_with('*') => {
                    pattern.pop();
                    pattern.push_str(&format!("{number}*"));
                }
                _ => pattern.push_str("/only"),
            }
        }
    });
}

fn add_condition(random: &mut Random, statements: &mut [Statement]) {
    edit_one(random, statements, |random, statement| {
        let conditions: [(&'static str, &'static str, &str); 5] = [
            ("StringEqualsIfExists", "aws:RequestedRegion", "eu-west-1"),
            ("BoolIfExists", "aws:MultiFactorAuthPresent", "true"),
            ("StringNotEquals", "aws:PrincipalTag/stage", "test"),
            ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24"),
            ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
        ];
        if let Some((operator, key, value)) = conditions.get(random.below(conditions.len())) {
            statement.conditions.push((operator, key, string(value)));
        }
    });
}

fn give_action(random: &mut Random, statements: &mut [Statement]) {
    edit_one(random, statements, |random, statement| {
        let Some(first) = statement.actions.patterns.first() else {
            return;
        };
        let name = first.split(':').next().unwrap_or_default();
        let Some(service) = SERVICES.iter().find(|service| service.name == name) else {
            return;
        };
        let action = random.pick(service.actions, "Get*");
        let action = format!("{name}:{action}");
        if !statement.actions.patterns.contains(&action) {
            statement.actions.patterns.push(action);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn pairs_are_policy_documents_and_the_same_every_time() {
        let pairs = policy_pairs(11, 2_000);
        assert_eq!(pairs.len(), 2_000);
        assert_eq!(pairs, policy_pairs(11, 2_000));
        assert_ne!(pairs, policy_pairs(12, 2_000));
        for (old, new) in &pairs {
            for document in [old, new] {
                let document: Value = serde_json::from_str(document).unwrap();
                let statements = document["Statement"].as_array().unwrap();
                assert!(!statements.is_empty());
                for statement in statements {
                    assert!(
                        ["Action", "NotAction"]
                            .iter()
                            .any(|name| statement.get(name).is_some())
                    );
                    assert!(
                        ["Resource", "NotResource"]
                            .iter()
                            .any(|name| statement.get(name).is_some())
                    );
                }
            }
        }
        let texts: String = pairs.iter().map(|(old, new)| format!("{old}{new}")).collect();
        for shape in [
            "NotAction",
            "NotResource",
            "\"Deny\"",
            "IfExists",
            "aws:SourceIp",
            ":*\"",
        ] {
            assert!(texts.contains(shape), "{shape} is missing");
        }
    }
}
