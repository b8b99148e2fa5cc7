//! Ids of standards that findings may name, and what each mapping claims.
//!
//! A mapping says that a finding is *evidence for* a clause, how strong, and why we think so; never that anything
//! complies. The ids and their titles are `data/standards.tsv`; a test holds every printed id against it. Titles of
//! texts under copyright are our own paraphrase.

use std::sync::OnceLock;

/// A published catalogue of clauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Framework {
    /// Short and stable, such as `nist-800-53r5`.
    pub key: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where its ids were taken from.
    pub source: &'static str,
    /// The platform that it is for; `None` where it is for any.
    pub platform: Option<&'static str>,
}

/// A clause of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clause {
    /// The framework.
    pub framework: Framework,
    /// Its id, as the framework writes it.
    pub id: &'static str,
    /// Its title, or our paraphrase.
    pub title: &'static str,
    /// The platform that it is for, by itself or as its framework; `None` where it is for any.
    pub platform: Option<&'static str>,
}

impl Clause {
    /// Whether it speaks of something on any of these platforms; where none is known, it may.
    #[must_use]
    pub fn concerns(&self, platforms: &[&str]) -> bool {
        platforms.is_empty() || self.platform.is_none_or(|own| platforms.contains(&own))
    }
}

/// How much a finding says about a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It is about what the clause asks.
    Direct,
    /// It is about a part of it, or something near it.
    Partial,
}

impl Strength {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Partial => "partial",
        }
    }
}

/// A rule's claim to be evidence for a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Which clause.
    pub clause: Clause,
    /// How strong.
    pub strength: Strength,
    /// Why, in our own words.
    pub basis: &'static str,
}

/// All clauses that may be named, in the order of the data file.
#[must_use]
pub fn clauses() -> &'static [Clause] {
    static CLAUSES: OnceLock<Vec<Clause>> = OnceLock::new();
    CLAUSES.get_or_init(|| read(include_str!("../data/standards.tsv")))
}

/// The clause of this framework with this id.
#[must_use]
pub fn clause(framework: &str, id: &str) -> Option<Clause> {
    clauses()
        .iter()
        .find(|clause| clause.framework.key == framework && clause.id == id)
        .copied()
}

fn read(text: &'static str) -> Vec<Clause> {
    let mut framework = None;
    let mut clauses = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut cells = line.split('\t');
        let row = [(); 5].map(|()| cells.next());
        match row {
            [Some("framework"), Some(key), Some(title), Some(source), platform] => {
                framework = Some(Framework {
                    key,
                    title,
                    source,
                    platform,
                });
            }
            [Some(id), Some(title), platform, None, None] => {
                clauses.extend(framework.map(|framework| Clause {
                    framework,
                    id,
                    title,
                    platform: platform.or(framework.platform),
                }));
            }
            _ => {}
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_data_is_read() {
        let rows = include_str!("../data/standards.tsv")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("framework\t"))
            .count();
        assert_eq!(clauses().len(), rows);
        assert!(rows > 60);
    }

    #[test]
    fn a_clause_is_for_its_platform_and_for_no_other() {
        let concerns = |framework, id, platforms: &[&str]| clause(framework, id).unwrap().concerns(platforms);
        assert!(concerns("cis-aws-7.0", "2.14", &["aws"]));
        assert!(!concerns("cis-aws-7.0", "2.14", &["kubernetes"]));
        assert!(concerns("cis-aws-7.0", "2.14", &["kubernetes", "aws"]));
        assert!(!concerns("cis-kubernetes-1.12", "5.1.1", &["aws"]));
        assert!(concerns("mitre-attack", "T1552.007", &["kubernetes"]));
        assert!(!concerns("mitre-attack", "T1552.007", &["aws"]));
        assert!(concerns("nist-800-53r5", "AC-6", &["aws"]));
        assert!(concerns("cis-aws-7.0", "2.14", &[]));
    }

    #[test]
    fn no_clause_is_listed_twice_and_none_claims_compliance() {
        let mut keys: Vec<_> = clauses()
            .iter()
            .map(|clause| (clause.framework.key, clause.id))
            .collect();
        keys.sort_unstable();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert!(
            clauses()
                .iter()
                .all(|clause| !clause.title.to_lowercase().contains("complian"))
        );
    }
}
