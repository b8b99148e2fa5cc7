//! # a long-lived credential that should have been rotated
//!
//! A key, token or certificate is in use and was made longer ago than the settings allow (a year if they say
//! nothing). Unused ones are for `unused-credential`. The rule needs to know what day it is.
//!
//! ## Why it matters
//!
//! Each day of its life somebody may have copied it. Rotation ends what such a copy is worth.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-backup", "UserId": "AIDAEXAMPLESVCBACKUP01", "Arn": "arn:aws:iam::111122223333:user/svc-backup", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "backup", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-backup/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-backup,arn:aws:iam::111122223333:user/svc-backup,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2021-01-01T00:01:00+00:00,2026-11-20T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Example that does not
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-backup", "UserId": "AIDAEXAMPLESVCBACKUP01", "Arn": "arn:aws:iam::111122223333:user/svc-backup", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "backup", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-backup/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-backup,arn:aws:iam::111122223333:user/svc-backup,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2026-08-01T00:01:00+00:00,2026-11-20T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Severity
//!
//! As for rights over rights where the identity administers (high where others can trigger it); else medium where it
//! can change something, and low where it cannot.
//!
//! ## Fix
//!
//! Replace it by a credential that ends by itself; else make a new one, move the program to it, delete the old one.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI7:2025, direct: a long-lived secret
//! - owasp-agentic-2026 ASI03, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-01, direct: a credential that is not renewed
//! - nist-800-207 tenet 3, direct: access outlives every session
//! - nist-800-53r5 IA-5, direct: an authenticator that is not changed
//! - nist-800-53r5 IA-5(1), partial: a key is not a password, but is used like one
//! - iso-27001-2022 A.5.17, direct: a secret for authentication that is not changed
//! - pci-dss-4.0.1 8.6.3, direct: a secret of a system account that is not changed
//! - cis-aws-7.0 2.12, direct: a key older than it should be
//! - mitre-attack T1552.001, partial: where copies of keys are found

use leastwise_model::{CredentialKind, Nature};

use super::unused_credential::{days, unused_for};
use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW013",
    name: "old-credential",
    source: include_str!("old_credential.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let Some(now) = estate.now else {
        found.silent("it is not known what day it is", "say so with `--now DATE`");
        return;
    };
    let thresholds = &estate.settings.thresholds;
    for (index, identity) in estate.identities() {
        if estate.is_dormant(identity) || matches!(identity.nature, Nature::Human(_)) {
            continue;
        }
        for credential in &identity.credentials {
            let Some(age) = credential.rotated.map(|made| days(made, now)) else {
                continue;
            };
            if !credential.active
                || credential.kind == CredentialKind::Password
                || age <= i64::from(thresholds.key_age_days)
                || unused_for(credential, now, thresholds.unused_days).is_some()
            {
                continue;
            }
            let classes = estate.rights(index).classes;
            found.add(Draft {
                reached: estate.standing(index),
                classes,
                title: format!(
                    "{{who}} {{has}} an active {} that is {age} days old",
                    credential.name
                ),
                fix: format!(
                    "replace {}; best by a credential that ends by itself",
                    credential.name
                ),
                about: format!("{} {}", identity.id, credential.name),
                location: credential.location.clone().or_else(|| identity.location.clone()),
                ..Draft::about(vec![index])
            });
        }
    }
}
