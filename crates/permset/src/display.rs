//! The readable form of tests, conditions, guards, regions and sets: the same value, the same text.

use std::fmt;

use crate::depth::SHALLOW;
use crate::guard::{Condition, Guard, Literal};
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::values::{Range, Test};

impl fmt::Display for Test {
    /// What is said of a value: `in 10.0.0.0/8`, `is one of (a | b)`, `is at least 5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_test(self, true, f)
    }
}

fn fmt_test(test: &Test, holds: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match test {
        Test::Not(inner) => fmt_test(inner, !holds, f),
        Test::Text(strings) => fmt_strings(strings, holds, f),
        Test::Number(ranges) => fmt_ranges(ranges, holds, ["a number", "at least", "at most"], f),
        Test::Instant(ranges) => fmt_ranges(ranges, holds, ["a moment", "from", "until"], f),
        Test::Network(networks) => {
            f.write_str(if holds { "in " } else { "not in " })?;
            alternatives(networks, f)
        }
        Test::Truth(truth) => write!(f, "is {}{truth}", if holds { "" } else { "not " }),
    }
}

fn fmt_strings(strings: &Strings, holds: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let inside = strings.is_complement() != holds;
    match (strings.patterns(), inside) {
        ([], false) => f.write_str("is any text"),
        ([], true) => f.write_str("is no text"),
        (patterns, _) => {
            let fixed = patterns.iter().all(|pattern| pattern.as_literal().is_some());
            let verb = match (patterns.len(), fixed, inside) {
                (1, true, true) => "is ",
                (1, true, false) => "is not ",
                (_, true, true) => "is one of ",
                (_, true, false) => "is none of ",
                (_, false, true) => "matches ",
                (_, false, false) => "does not match ",
            };
            f.write_str(verb)?;
            alternatives(patterns, f)
        }
    }
}

fn alternatives<T: fmt::Display>(items: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let [one] = items {
        return write!(f, "{one}");
    }
    f.write_str("(")?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(" | ")?;
        }
        write!(f, "{item}")?;
    }
    f.write_str(")")
}

fn fmt_ranges<T: fmt::Display + PartialEq>(
    ranges: &[Range<T>],
    holds: bool,
    [kind, from, to]: [&str; 3],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str(if holds { "is " } else { "is not " })?;
    if ranges.is_empty() {
        return write!(f, "{kind} of none");
    }
    for (index, range) in ranges.iter().enumerate() {
        if index > 0 {
            f.write_str(" or ")?;
        }
        match (&range.from, &range.to) {
            (None, None) => f.write_str(kind)?,
            (Some(least), None) => write!(f, "{from} {least}")?,
            (None, Some(greatest)) => write!(f, "{to} {greatest}")?,
            (Some(least), Some(greatest)) if least == greatest => write!(f, "{least}")?,
            (Some(least), Some(greatest)) => write!(f, "{from} {least} and {to} {greatest}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_literal(self, true, f)
    }
}

impl fmt::Display for Literal {
    /// `aws:SourceIp in 10.0.0.0/8`, `team is absent`, `every tag is one of (a | b)`, `unknown: members of x`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_literal(&self.condition, self.holds, f)
    }
}

fn fmt_literal(condition: &Condition, holds: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (condition, holds) {
        (Condition::Absent(key), true) => write!(f, "{key} is absent"),
        (Condition::Absent(key), false) => write!(f, "{key} is present"),
        (Condition::Some(key, test), true) if key.is_single() => write!(f, "{key} {test}"),
        (Condition::Some(key, test), true) => write!(f, "any of {key} {test}"),
        (Condition::Some(key, test), false) => {
            let denied = test.clone().negate();
            if key.is_single() {
                write!(f, "{key} is absent or {denied}")
            } else {
                write!(f, "{key} is absent or every one {denied}")
            }
        }
        (Condition::Every(key, test), true) if key.is_single() => write!(f, "{key} {test}"),
        (Condition::Every(key, test), true) => write!(f, "every one of {key} (present) {test}"),
        (Condition::Every(key, test), false) => {
            let denied = test.clone().negate();
            if key.is_single() {
                write!(f, "{key} is absent or {denied}")
            } else {
                write!(f, "{key} is absent or any one {denied}")
            }
        }
        (Condition::Atom(atom), true) => write!(f, "unknown: {atom}"),
        (Condition::Atom(atom), false) => write!(f, "unknown: not {atom}"),
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_always() {
            return f.write_str("always");
        }
        for (index, literal) in self.literals().iter().enumerate() {
            if index > 0 {
                f.write_str(" and ")?;
            }
            let text = literal.to_string();
            if self.literals().len() > 1 && text.contains(" or ") {
                write!(f, "({text})")?;
            } else {
                f.write_str(&text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Region {
    /// `s3:get* on arn:aws:s3:::a/* when mfa is true`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.actions, self.resources)?;
        if self.guard.is_always() {
            Ok(())
        } else {
            write!(f, " when {}", self.guard)
        }
    }
}

impl fmt::Display for PermissionSet {
    /// One line; labels are left out, and so is what lies too deep. Use it in messages and tests, not for large sets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.depth() > SHALLOW {
            return f.write_str("…");
        }
        let list = |sets: &[PermissionSet], joint: &str, f: &mut fmt::Formatter<'_>| {
            for (index, set) in sets.iter().enumerate() {
                if index > 0 {
                    f.write_str(joint)?;
                }
                write!(f, "{{{set}}}")?;
            }
            Ok(())
        };
        match self.node() {
            Node::Region(region) => write!(f, "{region}"),
            Node::Union(sets) if sets.is_empty() => f.write_str("nothing"),
            Node::Intersection(sets) if sets.is_empty() => f.write_str("everything"),
            Node::Union(sets) => list(sets, " or ", f),
            Node::Intersection(sets) => list(sets, " and ", f),
            Node::Difference(given, taken) => write!(f, "{{{given}}} but not {{{taken}}}"),
            Node::Labelled(_, inner) => write!(f, "{inner}"),
        }
    }
}

#[cfg(test)]
mod tests;
