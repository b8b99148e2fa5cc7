//! One text in several sets of strings at once.
//!
//! The quick relations of [`crate::glob`] settle what real policies hold: literals are tested, beginnings and ends
//! compared, patterns that cover one another recognised, and the simplest members tried. What is left goes to the
//! automaton, pattern by pattern.

use crate::automaton;
use crate::context::Context;
use crate::glob::{covers, has_hole, instance, plainly_disjoint, unmentioned};
use crate::limits::{Budget, Limit};
use crate::pattern::{Case, Pattern};
use crate::strings::Strings;

/// A set of strings that must hold the text (`true`) or must not.
pub(crate) type Demand<'s> = (&'s Strings, bool);

/// A text that meets all demands; `None` where there is none. Holes are read as any text on the wanted side and
/// as no text on the unwanted side, so that `None` is exact in every context and a text is so only without holes.
pub(crate) fn solve(demands: &[Demand<'_>], budget: &Budget) -> Result<Option<String>, Limit> {
    let mut wanted: Vec<&[Pattern]> = Vec::new();
    let mut unwanted: Vec<&Pattern> = Vec::new();
    for (strings, holds) in demands {
        if strings.is_complement() == *holds {
            unwanted.extend(strings.patterns());
        } else {
            wanted.push(strings.patterns());
        }
    }
    wanted.sort_by_key(|patterns| patterns.len());
    if let Some(texts) = listed(demands) {
        for text in texts {
            budget.spend(1)?;
            let nowhere = Context::nowhere();
            if demands
                .iter()
                .all(|(strings, holds)| strings.contains(text, nowhere) == *holds)
            {
                return Ok(Some(text.to_owned()));
            }
        }
        return Ok(None);
    }
    choose(&wanted, &mut Vec::new(), &unwanted, budget)
}

/// Whether the demands plainly imply that the text is in `strings`. `false` means only that it does not show.
pub(crate) fn plainly_within(demands: &[Demand<'_>], strings: &Strings) -> bool {
    if strings.is_any() {
        return true;
    }
    demands.iter().any(|(demand, holds)| {
        if demand.is_complement() == *holds {
            // Texts outside some patterns are outside fewer of them as well.
            strings.is_complement() && strings.patterns().iter().all(|p| demand.patterns().contains(p))
        } else if strings.is_complement() {
            false
        } else {
            demand
                .patterns()
                .iter()
                .all(|inner| strings.patterns().iter().any(|outer| covers(outer, inner)))
        }
    })
}

/// The only texts that can meet the demands, where one of these is a long list of texts and none has a hole. Each is
/// looked up in the other demands, which is faster than to compare it with every pattern.
fn listed<'s>(demands: &[Demand<'s>]) -> Option<impl Iterator<Item = &'s str>> {
    const LONG: usize = 16;
    let texts = demands.iter().find_map(|(strings, holds)| {
        let is_text = |pattern: &Pattern| pattern.case() == Case::Exact && pattern.as_literal().is_some();
        let patterns = strings.patterns();
        let long = patterns.len() > LONG && strings.is_complement() != *holds;
        (long && patterns.iter().all(is_text)).then_some(patterns)
    })?;
    let holed = demands
        .iter()
        .any(|(strings, _)| strings.holes().next().is_some());
    (!holed).then(|| texts.iter().filter_map(Pattern::as_literal))
}

fn choose<'s>(
    wanted: &[&'s [Pattern]],
    chosen: &mut Vec<&'s Pattern>,
    unwanted: &[&'s Pattern],
    budget: &Budget,
) -> Result<Option<String>, Limit> {
    let Some((first, rest)) = wanted.split_first() else {
        return within(chosen, unwanted, budget);
    };
    if first
        .iter()
        .any(|outer| chosen.iter().any(|inner| covers(outer, inner)))
    {
        return choose(rest, chosen, unwanted, budget);
    }
    for pattern in *first {
        budget.spend(1)?;
        if chosen.iter().any(|other| plainly_disjoint(pattern, other)) {
            continue;
        }
        chosen.push(pattern);
        let found = choose(rest, chosen, unwanted, budget);
        chosen.pop();
        if let Some(text) = found? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// A text in all of `chosen` and none of `unwanted`.
fn within(chosen: &[&Pattern], unwanted: &[&Pattern], budget: &Budget) -> Result<Option<String>, Limit> {
    budget.spend(1 + unwanted.len() / 8)?;
    let any = Pattern::any();
    let mut wanted: Vec<&Pattern> = Vec::with_capacity(chosen.len());
    for (index, pattern) in chosen.iter().enumerate() {
        let implied = chosen.iter().enumerate().any(|(other, narrower)| {
            other != index && covers(pattern, narrower) && (other < index || !covers(narrower, pattern))
        });
        if !implied {
            wanted.push(pattern);
        }
    }
    if wanted.is_empty() {
        wanted.push(&any);
    }
    let mut left: Vec<&Pattern> = Vec::new();
    for pattern in unwanted {
        if wanted.iter().any(|inner| covers(pattern, inner)) {
            return Ok(None);
        }
        if !has_hole(pattern) && !wanted.iter().any(|inner| plainly_disjoint(pattern, inner)) {
            left.push(pattern);
        }
    }
    let nowhere = Context::nowhere();
    let avoids = |text: &str| left.iter().all(|pattern| !pattern.matches(text, nowhere));
    if let [pattern] = &*wanted {
        let filler = unmentioned(std::iter::once(*pattern).chain(left.iter().copied()));
        let mut short = instance(pattern, filler, "");
        if short.is_empty() && !pattern.elements().is_empty() {
            short.push(filler);
            if !has_hole(pattern) && !pattern.matches(&short, nowhere) {
                short.clear();
            }
        }
        if avoids(&short) {
            return Ok(Some(short));
        }
        let filled = instance(pattern, filler, filler.encode_utf8(&mut [0; 4]));
        if avoids(&filled) {
            return Ok(Some(filled));
        }
    } else if let Some(literal) = wanted
        .iter()
        .find(|p| p.as_literal().is_some() && p.case() == Case::Exact)
    {
        // One text only; those with holes are left to the caller.
        let text = literal.as_literal().unwrap_or_default();
        let fits = wanted
            .iter()
            .all(|pattern| has_hole(pattern) || pattern.matches(text, nowhere));
        if !fits || !avoids(text) {
            return Ok(None);
        }
        if !wanted.iter().any(|pattern| has_hole(pattern)) {
            return Ok(Some(text.to_owned()));
        }
    }
    automaton::shortest(&wanted, &left, budget)
}

#[cfg(test)]
mod tests;
