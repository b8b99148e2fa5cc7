//! How bad a finding is: what is reached, and by whom. One table for all rules.
//!
//! | what is reached | others can trigger the identity | only itself | people or groups |
//! |---|---|---|---|
//! | control of the instance | critical | high | medium |
//! | a crown jewel | critical | high | medium |
//! | the credentials of everybody in the instance | high | high | medium |
//! | rights or identities of a part | high | medium | low |
//! | changing, deleting, executing | medium | medium | low |
//! | reading, or nothing that is known | low | low | low |
//!
//! *Others can trigger* an identity when something runs as it, when somebody who does not administer the instance
//! can become it, or when a trust admits callers from outside. For people and groups the question is who is a
//! member, which the estate does not say; a way *from* an administrator is never counted.

use leastwise_model::{ActionClasses, Target, Verb};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// To be put right.
    Medium,
    /// To be put right soon.
    High,
    /// To be put right now.
    Critical,
}

/// What a finding's identities reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    /// Reading, or nothing that is known.
    Reading,
    /// Changing, deleting or executing something.
    Changing,
    /// Rights or identities of a part of the instance.
    Control,
    /// The credentials of everybody in the instance.
    Credentials,
    /// Something that must not fall.
    CrownJewel,
    /// Control of the whole instance.
    Administration,
}

/// Who can set an identity in motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// People: a person's identity, or a group of unknown members.
    People,
    /// Only who holds its own credentials.
    Itself,
    /// Others.
    Others,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }

    /// The table at the top of this module.
    #[must_use]
    pub fn of(reached: Reached, trigger: Trigger) -> Self {
        use Severity::{Critical, High, Low, Medium};
        let [others, itself, people] = match reached {
            Reached::Administration | Reached::CrownJewel => [Critical, High, Medium],
            Reached::Credentials => [High, High, Medium],
            Reached::Control => [High, Medium, Low],
            Reached::Changing => [Medium, Medium, Low],
            Reached::Reading => [Low, Low, Low],
        };
        match trigger {
            Trigger::Others => others,
            Trigger::Itself => itself,
            Trigger::People => people,
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reached {
    /// What whoever can do actions of these classes reaches.
    #[must_use]
    pub fn by(classes: ActionClasses) -> Self {
        let mut most = Self::Reading;
        for class in classes.iter() {
            let reached = match (class.verb, class.target) {
                (Verb::Grant | Verb::Impersonate, _) | (Verb::Write | Verb::Delete, Target::Control) => {
                    Self::Control
                }
                (Verb::Write | Verb::Delete | Verb::Execute | Verb::Revoke, _) => Self::Changing,
                (Verb::Read | Verb::List, _) => Self::Reading,
            };
            most = most.max(reached);
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_never_falls_when_more_is_reached_or_more_can_trigger_it() {
        use Reached::{Administration, Changing, Control, Credentials, CrownJewel, Reading};
        let all = [
            Reading,
            Changing,
            Control,
            Credentials,
            CrownJewel,
            Administration,
        ];
        let triggers = [Trigger::People, Trigger::Itself, Trigger::Others];
        for pair in all.windows(2) {
            for trigger in triggers {
                assert!(
                    Severity::of(pair[0], trigger) <= Severity::of(pair[1], trigger),
                    "{pair:?}"
                );
            }
        }
        for reached in all {
            for pair in triggers.windows(2) {
                assert!(
                    Severity::of(reached, pair[0]) <= Severity::of(reached, pair[1]),
                    "{reached:?}"
                );
            }
        }
    }

    #[test]
    fn only_control_and_crown_jewels_are_critical() {
        assert_eq!(
            Severity::of(Reached::Administration, Trigger::Others),
            Severity::Critical
        );
        assert_eq!(
            Severity::of(Reached::CrownJewel, Trigger::Others),
            Severity::Critical
        );
        assert!(Severity::of(Reached::Credentials, Trigger::Others) < Severity::Critical);
        assert!(Severity::of(Reached::Administration, Trigger::Itself) < Severity::Critical);
    }
}
