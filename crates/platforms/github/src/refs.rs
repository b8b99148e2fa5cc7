//! Sets of refs (`refs/heads/main`), as rules and filters write them.

use leastwise_model::Text;
use leastwise_permset::{
    Case, Condition, Element, Guard, Key, Literal, Pattern, PermissionSet, Region, Strings, Test,
};

/// A set of refs: what one pattern matches and none of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refs {
    pub include: Vec<Pattern>,
    pub exclude: Vec<Pattern>,
    /// Whether it holds more than it should, because a pattern could not be written exactly.
    pub wide: bool,
}

/// What branches are called.
const HEADS: &str = "refs/heads/";
/// What tags are called.
const TAGS: &str = "refs/tags/";

/// Whether no text begins in both ways.
fn apart(one: &str, other: &str) -> bool {
    !one.starts_with(other) && !other.starts_with(one)
}

fn starting(head: &str) -> Pattern {
    Pattern::new([Element::Text(head.into()), Element::Many], Case::Exact)
}

impl Refs {
    /// Every branch and tag.
    pub fn all() -> Self {
        Self::of(vec![starting(HEADS), starting(TAGS)])
    }

    /// Every branch.
    pub fn branches() -> Self {
        Self::of(vec![starting(HEADS)])
    }

    /// Every tag.
    pub fn tags() -> Self {
        Self::of(vec![starting(TAGS)])
    }

    /// One branch.
    pub fn branch(name: &str) -> Self {
        Self::of(vec![Pattern::literal(&format!("{HEADS}{name}"))])
    }

    /// The merge commits of pull requests.
    pub fn merges() -> Self {
        let elements = [
            Element::Text("refs/pull/".into()),
            Element::ManyExcept('/'),
            Element::Text("/merge".into()),
        ];
        Self::of(vec![Pattern::new(elements, Case::Exact)])
    }

    /// What merge queues make.
    pub fn queue() -> Self {
        Self::of(vec![starting("refs/heads/gh-readonly-queue/")])
    }

    pub fn of(include: Vec<Pattern>) -> Self {
        Self {
            include,
            ..Self::default()
        }
    }

    /// A branch or a tag of this name.
    pub fn named(name: &str) -> Self {
        let full = [HEADS, TAGS].map(|head| Pattern::literal(&format!("{head}{name}")));
        match name.starts_with("refs/") {
            true => Self::of(vec![Pattern::literal(name)]),
            false => Self::of(full.into()),
        }
    }

    /// As rulesets write them: whole refs, in which `*` stays within a segment.
    pub fn of_ruleset(include: &[Text], exclude: &[Text], tags: bool, default: Option<&str>) -> Self {
        let mut wide = false;
        let mut read = |written: &Text, wide_counts: bool| match &**written {
            "~ALL" => vec![starting(if tags { TAGS } else { HEADS })],
            "~DEFAULT_BRANCH" => match default {
                Some(name) => vec![Pattern::literal(&format!("{HEADS}{name}"))],
                None => {
                    wide = true;
                    if wide_counts {
                        vec![starting(HEADS)]
                    } else {
                        Vec::new()
                    }
                }
            },
            pattern => {
                let (patterns, exact) = fnmatch(pattern);
                wide |= !exact;
                if exact || wide_counts {
                    patterns
                } else {
                    Vec::new()
                }
            }
        };
        let included = include.iter().flat_map(|one| read(one, true)).collect();
        let excluded = exclude.iter().flat_map(|one| read(one, false)).collect();
        Self {
            include: included,
            exclude: excluded,
            wide,
        }
    }

    /// As the policy of an environment writes one: a name, in which `*` stays within a segment; one that begins with
    /// `refs/` is a whole ref.
    pub fn of_policy(written: &str, tags: bool) -> Self {
        let full = match (written.starts_with("refs/"), tags) {
            (true, _) => written.to_owned(),
            (false, true) => format!("{TAGS}{written}"),
            (false, false) => format!("{HEADS}{written}"),
        };
        let (include, exact) = fnmatch(&full);
        Self {
            include,
            exclude: Vec::new(),
            wide: !exact,
        }
    }

    /// As filters of a workflow's events write them: names, in which `**` crosses segments and `!` takes back.
    pub fn of_filter(tags: bool, include: Option<&[Text]>, ignored: Option<&[Text]>) -> Self {
        let head = if tags { TAGS } else { HEADS };
        let mut refs = Self::default();
        match include {
            None => refs.include.push(starting(head)),
            Some(written) => {
                for one in written {
                    let (taken_back, one) = match one.strip_prefix('!') {
                        Some(rest) => (true, rest),
                        None => (false, &**one),
                    };
                    let (patterns, exact) = filter(head, one);
                    refs.wide |= !exact;
                    for pattern in patterns {
                        match (taken_back, exact) {
                            (false, _) => refs.give(pattern),
                            (true, true) => refs.exclude.push(pattern),
                            (true, false) => {}
                        }
                    }
                }
            }
        }
        for one in ignored.unwrap_or_default() {
            let (patterns, exact) = filter(head, one);
            if exact {
                refs.exclude.extend(patterns);
            }
            refs.wide |= !exact;
        }
        refs
    }

    /// With what a pattern matches, whatever was taken back before: the last that matches counts.
    fn give(&mut self, pattern: Pattern) {
        let nothing = leastwise_permset::Context::new();
        let mut wide = false;
        self.exclude.retain(|taken| {
            match (taken.as_literal(), pattern.as_literal()) {
                _ if *taken == pattern || pattern.is_any() => false,
                (Some(name), _) => !pattern.matches(name, &nothing),
                (None, Some(name)) if !taken.matches(name, &nothing) => true,
                (None, None) if apart(taken.prefix(), pattern.prefix()) => true,
                // Given again in part: all of it is, which says too much.
                (None, _) => {
                    wide = true;
                    false
                }
            }
        });
        self.wide |= wide;
        self.include.push(pattern);
    }

    /// Both; exceptions of either are exceptions where the other has none of what they take.
    pub fn and(mut self, other: Self) -> Self {
        // A filter of branches never names tags, so that exceptions stay apart.
        self.include.extend(other.include);
        self.exclude.extend(other.exclude);
        self.wide |= other.wide;
        self
    }

    /// Without those of another set, where that is known exactly.
    pub fn without(mut self, other: &Self) -> Self {
        if other.exclude.is_empty() && !other.wide {
            self.exclude.extend(other.include.iter().cloned());
        } else {
            self.wide = true;
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.include.is_empty()
    }

    /// Whether a ref is in it.
    #[cfg(test)]
    pub fn contains(&self, name: &str) -> bool {
        let nothing = leastwise_permset::Context::new();
        let within = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name, &nothing));
        within(&self.include) && !within(&self.exclude)
    }

    /// What a context key must hold to be one of them. No ref holds a colon (git-check-ref-format).
    pub fn literals(&self, key: &Key) -> Vec<Literal> {
        let without_colons = |pattern: &Pattern| {
            let elements = pattern.elements().iter().map(|element| match element {
                Element::Many => Element::ManyExcept(':'),
                other => other.clone(),
            });
            Pattern::new(elements, pattern.case())
        };
        let within = |patterns: &[Pattern]| {
            let strings = Strings::any_of(patterns.iter().map(without_colons));
            Condition::Some(key.clone(), Test::Text(strings))
        };
        let mut literals = vec![within(&self.include).holds()];
        if !self.exclude.is_empty() {
            literals.push(within(&self.exclude).fails());
        }
        literals
    }

    /// Actions on them in a repository, under a guard.
    pub fn requests(&self, actions: &Strings, repository: &str, guard: &Guard) -> PermissionSet {
        let here = |patterns: &[Pattern]| {
            let resources = patterns.iter().map(|pattern| {
                let head = Element::Text(format!("{repository}:").into());
                let elements = [head].into_iter().chain(pattern.elements().iter().cloned());
                Pattern::new(elements, Case::Exact)
            });
            let region = Region::new(actions.clone(), Strings::any_of(resources));
            PermissionSet::from(region.when(guard.clone()))
        };
        if self.exclude.is_empty() {
            return here(&self.include);
        }
        here(&self.include).difference(&here(&self.exclude))
    }
}

/// How many times `**/` is looked at in one pattern; it stands for no segment as well, which doubles the patterns.
const DEEP: usize = 4;

/// The patterns that one is which begins segments with `**/`: each stands for whole segments, or for none. `None` where
/// they would be too many.
fn segments(written: &str) -> Option<Vec<Vec<&str>>> {
    let mut all: Vec<Vec<&str>> = vec![Vec::new()];
    let mut rest = written;
    let mut doubled = 0;
    loop {
        let begins = rest.match_indices("**/").map(|(at, _)| at).find(|at| {
            let before = rest.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with('/')
        });
        let Some(at) = begins else {
            all.iter_mut().for_each(|parts| parts.push(rest));
            return Some(all);
        };
        doubled += 1;
        if doubled > DEEP {
            return None;
        }
        let before = rest.get(..at).unwrap_or_default();
        all = all
            .into_iter()
            .flat_map(|parts| {
                let none = [parts.clone(), vec![before]].concat();
                [none, [parts, vec![before, "**/"]].concat()]
            })
            .collect();
        rest = rest.get(at + "**/".len()..).unwrap_or_default();
    }
}

/// A pattern in which `*` and `?` stay within a segment and `**/` stands for any segments; whether it is exact.
/// Source: "Creating rulesets for a repository" (docs.github.com), which names Ruby's `File.fnmatch` with `FNM_PATHNAME`.
fn fnmatch(written: &str) -> (Vec<Pattern>, bool) {
    let mut exact = true;
    let mut one = |parts: Vec<&str>| {
        let mut elements = Vec::new();
        for part in parts {
            if part == "**/" {
                elements.extend([Element::Many, Element::Text("/".into())]);
                continue;
            }
            for c in part.chars() {
                elements.push(match c {
                    '*' => Element::ManyExcept('/'),
                    '?' => Element::OneExcept('/'),
                    '[' | '{' | '\\' => {
                        // Wider than any class of characters.
                        exact = false;
                        elements.push(Element::Many);
                        return Pattern::new(elements, Case::Exact);
                    }
                    c => Element::Text(c.to_string().into()),
                });
            }
        }
        Pattern::new(elements, Case::Exact)
    };
    let Some(all) = segments(written) else {
        return (vec![beginning("", written)], false);
    };
    let patterns = all.into_iter().map(&mut one).collect();
    (patterns, exact)
}

/// Whatever begins as a pattern does.
fn beginning(head: &str, written: &str) -> Pattern {
    let kept: String = written.chars().take_while(|c| *c != '*').collect();
    starting(&format!("{head}{kept}"))
}

/// A filter of a workflow: `*` stays within a segment, `**` does not, and `**/` stands for no segment as well; `?`, `+` and
/// `[]` repeat or choose what stands before them, which is taken as any text. Source: Workflow syntax, filter pattern cheat
/// sheet: `**/README.md` takes `README.md`.
fn filter(head: &str, written: &str) -> (Vec<Pattern>, bool) {
    if let Some(at) = written.find(['?', '+', '[', '\\']) {
        let before = written.get(..at).unwrap_or_default();
        // The character before may be missing.
        let mut kept: Vec<char> = before.chars().collect();
        kept.pop();
        let kept: String = kept.into_iter().collect();
        return (vec![beginning(head, &kept)], false);
    }
    let one = |parts: Vec<&str>| {
        let mut elements = vec![Element::Text(head.into())];
        for (number, part) in parts.concat().split("**").enumerate() {
            if number > 0 {
                elements.push(Element::Many);
            }
            for (number, part) in part.split('*').enumerate() {
                if number > 0 {
                    elements.push(Element::ManyExcept('/'));
                }
                elements.push(Element::Text(part.into()));
            }
        }
        Pattern::new(elements, Case::Exact)
    };
    match segments(written) {
        Some(all) => (all.into_iter().map(one).collect(), true),
        None => (vec![beginning(head, written)], false),
    }
}

#[cfg(test)]
mod tests {
    use super::Refs;

    #[test]
    fn a_star_in_a_filter_stays_within_a_segment_and_two_do_not() {
        let one = Refs::of_filter(false, Some(&["releases/*".into()]), None);
        assert!(one.contains("refs/heads/releases/1") && !one.contains("refs/heads/releases/1/a"));
        let two = Refs::of_filter(false, Some(&["releases/**".into()]), None);
        assert!(two.contains("refs/heads/releases/1/a") && !two.contains("refs/heads/main"));
    }

    #[test]
    fn two_stars_before_a_slash_stand_for_no_segment_as_well() {
        let filter = |written: &str| Refs::of_filter(false, Some(&[written.into()]), None);
        let anywhere = filter("**/x");
        assert!(anywhere.contains("refs/heads/x") && anywhere.contains("refs/heads/a/b/x"));
        assert!(
            !anywhere.contains("refs/heads/ax") && !anywhere.contains("refs/heads/x/a") && !anywhere.wide
        );
        let below = filter("docs/**/x*");
        assert!(below.contains("refs/heads/docs/x1") && below.contains("refs/heads/docs/a/b/x1"));
        assert!(!below.contains("refs/heads/docsx1") && !below.contains("refs/heads/docs/ax1"));
        let inner = filter("a**/x");
        assert!(inner.contains("refs/heads/ab/x") && inner.contains("refs/heads/a/x"));
        assert!(!inner.contains("refs/heads/ax") && !inner.contains("refs/heads/x"));
    }

    #[test]
    fn an_exclamation_mark_takes_back_and_ignored_names_are_out() {
        let refs = Refs::of_filter(
            false,
            Some(&["releases/**".into(), "!releases/*-alpha".into()]),
            None,
        );
        assert!(refs.contains("refs/heads/releases/1") && !refs.contains("refs/heads/releases/1-alpha"));
        let refs = Refs::of_filter(false, None, Some(&["docs/**".into()]));
        assert!(refs.contains("refs/heads/main") && !refs.contains("refs/heads/docs/a"));
    }

    #[test]
    fn the_last_filter_that_matches_counts() {
        let filters = |written: &[&str]| {
            let written: Vec<_> = written.iter().map(|one| (*one).into()).collect();
            Refs::of_filter(false, Some(&written), None)
        };
        let again = filters(&["*", "!v1", "v1"]);
        assert!(again.contains("refs/heads/v1") && !again.wide);
        let another = filters(&["*", "!v1", "v2"]);
        assert!(!another.contains("refs/heads/v1") && !another.wide);
        let taken = filters(&["v1", "!v*"]);
        assert!(!taken.contains("refs/heads/v1") && !taken.wide);
        let part = filters(&["**", "!release/**", "release/1"]);
        assert!(part.contains("refs/heads/release/1") && part.wide);
        let apart = filters(&["**", "!release/**", "feature/**"]);
        assert!(!apart.contains("refs/heads/release/1") && !apart.wide);
    }

    #[test]
    fn what_cannot_be_written_exactly_is_wider_and_says_so() {
        let refs = Refs::of_filter(false, Some(&["v[12].x".into()]), None);
        assert!(refs.wide && refs.contains("refs/heads/v1.x"));
        assert!(!Refs::of_policy("release/*", false).wide);
    }

    #[test]
    fn a_policy_names_branches_or_tags() {
        assert!(Refs::of_policy("main", false).contains("refs/heads/main"));
        assert!(!Refs::of_policy("main", false).contains("refs/tags/main"));
        assert!(Refs::of_policy("v*", true).contains("refs/tags/v1"));
        assert!(Refs::of_policy("refs/pull/*/merge", false).contains("refs/pull/7/merge"));
    }

    #[test]
    fn rulesets_speak_of_whole_refs() {
        let refs = Refs::of_ruleset(
            &["~DEFAULT_BRANCH".into(), "refs/heads/release/**/*".into()],
            &[],
            false,
            Some("main"),
        );
        assert!(refs.contains("refs/heads/main") && refs.contains("refs/heads/release/1/2"));
        assert!(!refs.contains("refs/heads/feature"));
        let refs = Refs::of_ruleset(&["refs/heads/**/x".into()], &[], false, None);
        assert!(refs.contains("refs/heads/x") && refs.contains("refs/heads/a/x"));
        assert!(!refs.contains("refs/heads/ax") && !refs.wide);
    }
}
