//! What could make rows without end, and where it is folded.
//!
//! A fold must not depend on the order in which things come, or rollups of parts would not merge. So sets are kept until they
//! exceed their limit, and then replaced by what is the same in any order: *many* for sessions, the longest common beginning
//! for resources. A set exceeds its limit in the whole exactly if it does in a part or the union of parts does.

use rustc_hash::FxHashMap;

use crate::tally::Tally;

/// Beyond how many of a kind things count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions of one identity.
    pub sessions: usize,
    /// Resources of one line: one operation of one identity with one outcome.
    pub resources: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 16,
            resources: 64,
        }
    }
}

/// The resources of one line, with what happened on each.
#[derive(Debug)]
pub(crate) enum Resources {
    /// Each by itself.
    Each(FxHashMap<Box<str>, Tally>),
    /// Too many: what all begin with, and all of them together.
    Many(Box<str>, Tally),
}

impl Default for Resources {
    fn default() -> Self {
        Self::Each(FxHashMap::default())
    }
}

impl Resources {
    /// Counts one instant on a resource.
    pub fn one(&mut self, resource: &str, microsecond: i64, limit: usize) {
        match self {
            Self::Each(all) => {
                if let Some(tally) = all.get_mut(resource) {
                    tally.one(microsecond);
                    return;
                }
                all.entry(resource.into()).or_default().one(microsecond);
                self.keep(limit);
            }
            Self::Many(beginning, tally) => {
                shorten(beginning, resource);
                tally.one(microsecond);
            }
        }
    }

    /// Counts what is summed already on a resource.
    pub fn add(&mut self, resource: &str, more: &Tally, limit: usize) {
        match self {
            Self::Each(all) => {
                match all.get_mut(resource) {
                    Some(tally) => tally.add(more),
                    None => {
                        all.insert(resource.into(), more.clone());
                    }
                }
                self.keep(limit);
            }
            Self::Many(beginning, tally) => {
                shorten(beginning, resource);
                tally.add(more);
            }
        }
    }

    /// Folds what is too much.
    fn keep(&mut self, limit: usize) {
        let Self::Each(all) = self else { return };
        if all.len() <= limit {
            return;
        }
        let mut all = std::mem::take(all).into_iter();
        let Some((mut beginning, mut tally)) = all.next() else {
            return;
        };
        for (resource, more) in all {
            shorten(&mut beginning, &resource);
            tally.add(&more);
        }
        *self = Self::Many(beginning, tally);
    }

    /// Adds the resources of another line.
    pub fn merge(&mut self, other: Self, limit: usize) {
        match other {
            Self::Each(all) => {
                for (resource, tally) in all {
                    self.add(&resource, &tally, limit);
                }
            }
            Self::Many(beginning, tally) => {
                if let Self::Each(_) = self {
                    // Whatever is here folds into what is folded already.
                    let own = std::mem::replace(self, Self::Many(beginning, tally));
                    self.merge(own, limit);
                } else {
                    self.add(&beginning, &tally, limit);
                }
            }
        }
    }

    /// How many rows they make.
    pub fn count(&self) -> usize {
        match self {
            Self::Each(all) => all.len(),
            Self::Many(..) => 1,
        }
    }

    /// The resources as patterns, in order, with whether each stands for many that were folded.
    pub fn rows(&self) -> Vec<(String, bool, &Tally)> {
        match self {
            Self::Each(all) => {
                let mut all: Vec<(&str, &Tally)> = all.iter().map(|(name, tally)| (&**name, tally)).collect();
                all.sort_unstable_by_key(|(name, _)| *name);
                all.into_iter()
                    .map(|(name, tally)| (name.to_owned(), false, tally))
                    .collect()
            }
            Self::Many(beginning, tally) => vec![(pattern(beginning), true, tally)],
        }
    }
}

/// Cuts `beginning` down to what `text` begins with as well.
fn shorten(beginning: &mut Box<str>, text: &str) {
    if text.starts_with(&**beginning) {
        return;
    }
    let same = beginning.char_indices().zip(text.chars());
    let mut length = 0;
    for ((at, one), other) in same {
        if one != other {
            break;
        }
        length = at + one.len_utf8();
    }
    *beginning = beginning.get(..length).unwrap_or_default().into();
}

/// A pattern for all that begin like this: names end at separators, so the pattern does.
fn pattern(beginning: &str) -> String {
    let end = beginning.rfind([':', '/']).map_or(0, |at| at + 1);
    format!("{}*", beginning.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Resources;

    fn of(names: &[&str], limit: usize) -> Resources {
        let mut all = Resources::default();
        for name in names {
            all.one(name, 0, limit);
        }
        all
    }

    fn rows(all: &Resources) -> Vec<(String, bool, u64)> {
        all.rows()
            .into_iter()
            .map(|(name, many, tally)| (name, many, tally.count))
            .collect()
    }

    #[test]
    fn few_resources_stand_by_themselves() {
        assert_eq!(
            rows(&of(&["t/b", "t/a", "t/b"], 2)),
            [("t/a".into(), false, 1), ("t/b".into(), false, 2)]
        );
    }

    #[test]
    fn many_resources_count_together_under_what_they_share() {
        let names = ["a:queue/one", "a:queue/onto", "a:queue/once", "a:queue/one"];
        assert_eq!(rows(&of(&names, 2)), [("a:queue/*".into(), true, 4)]);
        assert_eq!(rows(&of(&["x", "y", "z"], 2)), [("*".into(), true, 3)]);
    }

    #[test]
    fn parts_fold_exactly_if_their_union_does() {
        let limit = 2;
        for cut in 0..=3 {
            let names = ["q/a", "q/b", "q/b", "q/c"];
            let (one, other) = names.split_at(cut);
            let mut merged = of(one, limit);
            merged.merge(of(other, limit), limit);
            assert_eq!(rows(&merged), [("q/*".into(), true, 4)], "{cut}");
        }
        let mut within = of(&["q/a", "q/b"], limit);
        within.merge(of(&["q/a"], limit), limit);
        assert_eq!(
            rows(&within),
            [("q/a".into(), false, 2), ("q/b".into(), false, 1)]
        );
    }
}
