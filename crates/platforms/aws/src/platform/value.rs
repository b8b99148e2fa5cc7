//! Values that a condition key cannot have.

use std::net::IpAddr;

use leastwise_model::Text;
use leastwise_permset::{Decimal, Instant, Key};

use crate::catalogue::{Catalogue, KeyType};

/// Why a key cannot have a value; `None` where it can, or where nobody says what type the key is of.
///
/// Source: Service Authorization Reference, types of condition keys; IAM User Guide, condition operators.
pub fn objection(key: &Key, value: &str) -> Option<Text> {
    let wanted = match Catalogue::embedded().key_type(key.as_str())? {
        KeyType::Date => (
            Instant::parse(value).is_none(),
            "a moment, such as `2026-01-31T12:00:00Z`",
        ),
        KeyType::Numeric => (Decimal::parse(value).is_none(), "a number"),
        KeyType::Bool | KeyType::ArrayOfBool => {
            let truth = ["true", "false"].iter().any(|it| it.eq_ignore_ascii_case(value));
            (!truth, "`true` or `false`")
        }
        KeyType::IpAddress => (value.parse::<IpAddr>().is_err(), "one IP address"),
        KeyType::String | KeyType::Arn | KeyType::ArrayOfString | KeyType::ArrayOfArn => (false, ""),
    };
    let (strange, wanted) = wanted;
    strange.then(|| format!("`{}` is {wanted}, not `{value}`", key.as_str()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_key_can_have_is_a_value_of_it() {
        let fits = |key: &str, value: &str| objection(&Key::new(key), value).is_none();
        assert!(fits("aws:CurrentTime", "2026-01-31T12:00:00Z") && !fits("aws:CurrentTime", "banana"));
        assert!(fits("aws:SourceIp", "192.0.2.1") && !fits("aws:SourceIp", "192.0.2.0/24"));
        assert!(fits("aws:MultiFactorAuthAge", "300") && !fits("aws:MultiFactorAuthAge", "long"));
        assert!(fits("aws:SecureTransport", "True") && !fits("aws:SecureTransport", "yes"));
        assert!(fits("aws:PrincipalTag/team", "banana") && fits("unheard:Of", "banana"));
    }
}
