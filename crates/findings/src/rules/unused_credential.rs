//! # a long-lived credential that nobody uses
//!
//! A key, token or certificate is active, and was not used for longer than the settings allow (90 days if they say
//! nothing): it was last used before, or never since it was made. The rule needs to know what day it is.
//!
//! ## Why it matters
//!
//! A copy of it may be anywhere. As nobody uses it, nobody would miss it, and nobody would see that somebody does.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-fax", "UserId": "AIDAEXAMPLESVCFAX00001", "Arn": "arn:aws:iam::111122223333:user/svc-fax", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "fax", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-fax/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-fax,arn:aws:iam::111122223333:user/svc-fax,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2021-01-01T00:01:00+00:00,2025-03-04T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Example that does not
//!
//! The key is as old, but inactive.
//!
//! ```json account.json
//! {"UserDetailList": [{"Path": "/", "UserName": "svc-fax", "UserId": "AIDAEXAMPLESVCFAX00001", "Arn": "arn:aws:iam::111122223333:user/svc-fax", "CreateDate": "2021-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
//!   "UserPolicyList": [{"PolicyName": "fax", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-fax/*"}]}}]}],
//!  "GroupDetailList": [], "Policies": [], "RoleDetailList": []}
//! ```
//! ```csv credential-report.csv
//! user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
//! svc-fax,arn:aws:iam::111122223333:user/svc-fax,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,2021-01-01T00:01:00+00:00,2025-03-04T05:06:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
//! ```
//!
//! ## Severity
//!
//! As for rights over rights where the identity administers (high where others can trigger it); else medium where it
//! can change something, and low where it cannot.
//!
//! ## Fix
//!
//! Deactivate it; delete it when nothing broke.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI7:2025, direct: a long-lived secret
//! - owasp-nhi-2025 NHI1:2025, partial: what is left of something that ended
//! - nist-csf-2.0 PR.AA-01, direct: a credential that nobody manages
//! - nist-800-53r5 IA-5, direct: an authenticator that is not withdrawn
//! - nist-800-53r5 AC-2(3), direct: what is unused is not disabled
//! - iso-27001-2022 A.5.17, direct: a secret for authentication that nobody manages
//! - pci-dss-4.0.1 8.6.3, direct: a secret of a system account that is not changed
//! - cis-aws-7.0 2.11, direct: an unused credential
//! - cis-controls-8.1 5.3, partial: a dormant account
//! - mitre-attack T1552.001, partial: where copies of keys are found

use leastwise_model::{Credential, CredentialKind, LastUse, Nature};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW012",
    name: "unused-credential",
    source: include_str!("unused_credential.rs"),
    follows: false,
    check,
};

/// Whole days between two moments.
pub(crate) fn days(from: jiff::Timestamp, to: jiff::Timestamp) -> i64 {
    to.duration_since(from).as_secs() / 86_400
}

/// For how many days a credential of a program has been unused, where that is longer than `most`.
pub(crate) fn unused_for(credential: &Credential, now: jiff::Timestamp, most: u32) -> Option<i64> {
    if !credential.active || credential.kind == CredentialKind::Password {
        return None;
    }
    let since = match credential.last_use {
        LastUse::At(then) => then,
        LastUse::Never => credential.rotated?,
        LastUse::Unknown => return None,
    };
    Some(days(since, now)).filter(|days| *days > i64::from(most))
}

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let Some(now) = estate.now else {
        found.silent("it is not known what day it is", "say so with `--now DATE`");
        return;
    };
    for (index, identity) in estate.identities() {
        if estate.is_dormant(identity) || matches!(identity.nature, Nature::Human(_)) {
            continue;
        }
        for credential in &identity.credentials {
            let Some(days) = unused_for(credential, now, estate.settings.thresholds.unused_days) else {
                continue;
            };
            let classes = estate.rights(index).classes;
            let when = match credential.last_use {
                LastUse::Never => format!("never used in the {days} days since it was made"),
                _ => format!("unused for {days} days"),
            };
            found.add(Draft {
                reached: estate.standing(index),
                classes,
                title: format!("{{who}} {{has}} an active {}, {when}", credential.name),
                fix: format!("deactivate {}, and delete it when nothing broke", credential.name),
                about: format!("{} {}", identity.id, credential.name),
                location: credential.location.clone().or_else(|| identity.location.clone()),
                ..Draft::about(vec![index])
            });
        }
    }
}
