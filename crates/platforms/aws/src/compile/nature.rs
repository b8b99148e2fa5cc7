//! Who acts as an identity, and who is accountable for it.

use leastwise_model::{Evidence, Nature, Owner, Text};

use super::trusts::Reading;
use crate::credentials::Row;

/// Tags that name the accountable team, best first, in any case.
pub const OWNER_TAGS: [&str; 5] = ["team", "owner", "owning-team", "service-owner", "squad"];

/// Tags that name the stage.
pub const ENVIRONMENT_TAGS: [&str; 3] = ["env", "environment", "stage"];

/// What signs of people and machines say together.
fn nature(mut evidence: Vec<Evidence>) -> Nature {
    evidence.sort();
    evidence.dedup();
    match (
        evidence.iter().any(|sign| sign.human),
        evidence.iter().any(|sign| !sign.human),
    ) {
        (true, true) => Nature::Mixed(evidence),
        (true, false) => Nature::Human(evidence),
        (false, true) => Nature::NonHuman(evidence),
        (false, false) => Nature::Unknown,
    }
}

/// Signs in the row of the credential report.
pub fn of_user(row: Option<&Row>) -> Nature {
    let Some(row) = row else { return Nature::Unknown };
    let mut evidence = Vec::new();
    let mut sign = |human, what: &str| {
        evidence.push(Evidence {
            human,
            what: what.into(),
        })
    };
    if row.password {
        sign(true, "console password enabled");
    }
    if row.second_factor {
        sign(true, "multi-factor authentication device");
    }
    if row.keys_active > 0 {
        sign(false, "active access key");
    }
    nature(evidence)
}

/// Signs in a role's name, instance profiles and trust policy.
pub fn of_role(arn: &str, profiles: &[Text], reading: &Reading) -> Nature {
    let mut evidence = reading.evidence.clone();
    if arn.contains(":role/aws-reserved/sso.amazonaws.com/") {
        evidence.push(Evidence {
            human: true,
            what: "made for people by IAM Identity Center".into(),
        });
    }
    if arn.contains(":role/aws-service-role/") {
        evidence.push(Evidence {
            human: false,
            what: "linked to a service".into(),
        });
    }
    if !profiles.is_empty() {
        evidence.push(Evidence {
            human: false,
            what: "in an instance profile".into(),
        });
    }
    nature(evidence)
}

/// The accountable team that a tag names.
pub fn owner(tag: Option<(&Text, &Text)>) -> Option<Owner> {
    tag.map(|(key, value)| Owner {
        team: value.clone(),
        source: format!("tag `{key}`").into(),
    })
}
