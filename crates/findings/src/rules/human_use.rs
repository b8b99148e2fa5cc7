//! # people use the identity of a machine
//!
//! There are signs that a program acts as the identity, and signs that a person does: keys in use and a password in
//! use.
//!
//! ## Why it matters
//!
//! What was done by the program and what by a person cannot be told apart, and what a person may not do, they do as
//! the program.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-books", "UserId": "AIDAEXAMPLESVCBOOKS001", "Arn": "arn:aws:iam::111122223333:user/svc-books", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "books", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-books/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-books,arn:aws:iam::111122223333:user/svc-books,2021-01-01T00:00:00+00:00,true,2026-11-19T09:00:00+00:00,2026-05-01T00:00:00+00:00,N/A,false,true,2026-09-01T00:01:00+00:00,2026-11-20T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Example that does not
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-books", "UserId": "AIDAEXAMPLESVCBOOKS001", "Arn": "arn:aws:iam::111122223333:user/svc-books", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "books", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-books/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-books,arn:aws:iam::111122223333:user/svc-books,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2026-09-01T00:01:00+00:00,2026-11-20T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Severity
//!
//! As for rights over rights where the identity administers (high where others can trigger it); else medium where it
//! can change something, and low where it cannot.
//!
//! ## Fix
//!
//! Give the people accounts of their own; take the password away from the machine's.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI10:2025, direct: a person acts as a machine
//! - owasp-agentic-2026 ASI09, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-03, direct: who acts is not authenticated as oneself
//! - nist-800-53r5 AC-2, partial: the account's kind and use differ
//! - nist-800-53r5 AU-10, direct: an act cannot be traced to who did it
//! - iso-27001-2022 A.5.16, direct: one identity for a program and for people
//! - pci-dss-4.0.1 8.6.1, direct: interactive use of a system account
//! - mitre-attack T1078, partial: a valid account in the wrong hands

use leastwise_model::Nature;

use crate::estate::Estate;
use crate::finding::Confidence;
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW014",
    name: "human-use",
    source: include_str!("human_use.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for (index, identity) in estate.identities() {
        let Nature::Mixed(evidence) = &identity.nature else {
            continue;
        };
        let signs = |human: bool| -> String {
            let signs: Vec<&str> = evidence
                .iter()
                .filter(|sign| sign.human == human)
                .map(|sign| &*sign.what)
                .collect();
            signs.join(", ")
        };
        let classes = estate.rights(index).classes;
        found.add(Draft {
            reached: estate.standing(index),
            classes,
            title: format!(
                "{{who}} is used by people ({}) and by programs ({})",
                signs(true),
                signs(false)
            ),
            fix: "give the people accounts of their own, and take the password away".to_string(),
            confidence: Confidence::Likely,
            about: identity.id.to_string(),
            location: identity.location.clone(),
            ..Draft::about(vec![index])
        });
    }
}
