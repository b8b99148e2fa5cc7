//! Rules that no document of AWS settles, or that others read otherwise; the settings can turn each.

use leastwise_model::{Assumption, Disputed, Settings, Side};

/// What a policy of a resource grants to everybody is beyond boundaries and policies of sessions.
const STAR: Disputed = Disputed {
    name: "star-principal-beats-caps",
    says: "neither a boundary nor the policy of a session holds back what a resource of the own account grants to everybody",
};

/// What a policy of a resource grants to a session by its name is beyond the policies of the session.
const SESSION: Disputed = Disputed {
    name: "session-arn-grant-beats-session-policy",
    says: "the policy of a session does not hold back what a resource of the own account grants to that session by name",
};

/// All of them.
pub const ALL: [Disputed; 2] = [STAR, SESSION];

/// How they are read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether grants to everybody are beyond boundaries and policies of sessions.
    pub star: bool,
    /// Whether grants to a session by name are beyond its policies.
    pub session: bool,
}

impl Rules {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Self {
        let holds = |rule: Disputed| settings.rules.get(rule.name).copied().unwrap_or(true);
        Self {
            star: holds(STAR),
            session: holds(SESSION),
        }
    }

    /// What an answer rests on where a `bound` meets a grant to everybody.
    pub fn on_star(self, bound: &str) -> Assumption {
        reading(
            STAR,
            self.star,
            bound,
            "what policies of resources grant to everybody",
        )
    }

    /// What an answer rests on where the policy of a session meets a grant to it by name.
    pub fn on_session(self) -> Assumption {
        let granted = "what policies of resources grant to it by name";
        reading(SESSION, self.session, "policy of the session", granted)
    }
}

fn reading(rule: Disputed, holds: bool, bound: &str, granted: &str) -> Assumption {
    let name = rule.name;
    Assumption {
        layer: match holds {
            true => format!("{bound} in the way of {granted} (rule {name})"),
            false => format!("way past the {bound} for {granted} (rule {name} is off)"),
        }
        .into(),
        settle: "aws iam simulate-principal-policy with --resource-policy".into(),
        side: if holds { Side::Removes } else { Side::Adds },
    }
}
