//! Random conditions.

use leastwise_bench::Random;
use serde_json::{Value, json};

use super::pick;

/// One operator with a key and values that fit it.
pub fn condition(random: &mut Random) -> Value {
    let prefix = pick(random, &["", "", "ForAllValues:", "ForAnyValue:"]);
    let suffix = if prefix.is_empty() {
        pick(random, &["", "", "IfExists"])
    } else {
        ""
    };
    let one = |operator: String, key: &str, values: Value| json!({ operator: { key: values } });
    let text = pick(
        random,
        &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
    );
    let value = || {
        [
            "x",
            "y",
            "X",
            "*",
            "x*",
            "${aws:PrincipalTag/t}",
            "${aws:username}",
            "${aws:PrincipalTag/t, 'y'}",
            "${aws:ResourceTag/u, 'x'}",
        ]
    };
    match random.below(13) {
        11 => {
            let operator = pick(random, &["StringEquals", "StringNotEquals"]);
            let id = pick(random, &["o-world", "o-other"]);
            one(
                format!("{operator}{suffix}"),
                pick(random, &["aws:PrincipalOrgID", "aws:ResourceOrgID"]),
                json!(id),
            )
        }
        0..=2 => {
            let values = [pick(random, &value()), pick(random, &value())];
            if prefix.is_empty() {
                let key = pick(
                    random,
                    &[
                        "aws:ResourceTag/t",
                        "AWS:resourcetag/T",
                        "aws:PrincipalTag/t",
                        "aws:ResourceTag/u",
                    ],
                );
                one(format!("{text}{suffix}"), key, json!(values))
            } else {
                one(format!("{prefix}{text}"), "aws:TagKeys", json!(values))
            }
        }
        3 => {
            let operator = pick(random, &["IpAddress", "NotIpAddress"]);
            let block = pick(random, &["10.0.0.0/8", "10.1.0.0/16", "::1"]);
            one(format!("{operator}{suffix}"), "aws:SourceIp", json!(block))
        }
        4 => {
            let operator = pick(
                random,
                &[
                    "NumericEquals",
                    "NumericNotEquals",
                    "NumericLessThan",
                    "NumericLessThanEquals",
                    "NumericGreaterThan",
                    "NumericGreaterThanEquals",
                ],
            );
            one(
                format!("{operator}{suffix}"),
                "s3:max-keys",
                json!(random.below(3)),
            )
        }
        5 => {
            let operator = pick(
                random,
                &[
                    "DateLessThan",
                    "DateGreaterThanEquals",
                    "DateEquals",
                    "DateNotEquals",
                    "DateLessThanEquals",
                    "DateGreaterThan",
                ],
            );
            one(
                format!("{operator}{suffix}"),
                "aws:CurrentTime",
                json!("2026-06-01T00:00:00Z"),
            )
        }
        6 => one(
            format!("Bool{suffix}"),
            "aws:MultiFactorAuthPresent",
            json!(pick(random, &["true", "False"])),
        ),
        7 => {
            let key = pick(
                random,
                &[
                    "aws:TokenIssueTime",
                    "iam:PermissionsBoundary",
                    "aws:ResourceAccount",
                    "aws:ResourceTag/t",
                    "aws:username",
                    "aws:PrincipalTag/t",
                    "aws:MultiFactorAuthPresent",
                ],
            );
            one("Null".into(), key, json!(pick(random, &["true", "false"])))
        }
        8 => {
            let operator = pick(
                random,
                &["ArnLike", "StringEquals", "StringNotEquals", "ArnNotLike"],
            );
            let boundary = pick(
                random,
                &[
                    "arn:aws:iam::111122223333:policy/p0",
                    "arn:aws:iam::444455556666:policy/p1",
                    "arn:aws:iam::444455556666:policy/${aws:username}",
                ],
            );
            one(
                format!("{operator}{suffix}"),
                "iam:PermissionsBoundary",
                json!(boundary),
            )
        }
        9 => {
            let operator = pick(random, &["StringEquals", "StringNotEquals", "StringLike"]);
            let owner = pick(
                random,
                &["111122223333", "444455556666", "1*", "${aws:PrincipalAccount}"],
            );
            one(format!("{operator}{suffix}"), "aws:ResourceAccount", json!(owner))
        }
        10 => {
            let operator = pick(random, &["StringLike", "StringNotLike", "StringEquals"]);
            let id = pick(
                random,
                &["AROA1111122223333:*", "AROA*", "AROA0444455556666:x", "AIDA*"],
            );
            one(format!("{operator}{suffix}"), "aws:userid", json!(id))
        }
        _ => {
            let operator = pick(
                random,
                &[
                    "ArnLike",
                    "ArnEquals",
                    "ArnNotLike",
                    "ArnNotEquals",
                    "StringLike",
                    "StringNotLike",
                ],
            );
            let pattern = pick(
                random,
                &[
                    "arn:aws:iam::*:role/*",
                    "arn:aws:iam::111122223333:*",
                    "arn:*:*:*:*:user/${aws:username}",
                    "arn:aws:iam:?:*:role/r?",
                    "arn:aws:*:role/r0::x",
                ],
            );
            one(format!("{operator}{suffix}"), "aws:PrincipalArn", json!(pattern))
        }
    }
}
