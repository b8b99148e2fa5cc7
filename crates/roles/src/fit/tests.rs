//! The law of a fit, over random accounts and random use, asked request by request: what is needed and held is in the role, and
//! what is in the role is granted. Nothing of the proof is taken over: the file is read again, and membership decides.

use std::cell::Cell;
use std::collections::BTreeMap;

use leastwise_document::{Limits as Reading, read};
use leastwise_effective::World;
use leastwise_model::{
    Basis, Declared, DeclaredPermission, File, FileIndex, IdentityIndex, Platform, Settings, Snapshot,
    UseOutcome,
};
use leastwise_permset::{Context, PermissionSet, Request};
use leastwise_usage::{Observation, Observed, requests};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::candidates::granted;
use super::{Unfit, Wish, fit};
use crate::excess::Evidence;
use crate::files::Folder;

const ROLE: &str = "arn:aws:iam::111122223333:role/reports";
const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "kms:Decrypt",
];
const RESOURCES: [&str; 6] = [
    "arn:aws:s3:::figures",
    "arn:aws:s3:::figures/a",
    "arn:aws:s3:::cards/a",
    "arn:aws:sqs:eu-west-1:111122223333:jobs",
    "arn:aws:sqs:eu-west-1:111122223333:mail",
    "arn:aws:kms:eu-west-1:111122223333:key/1",
];
/// As statements write them.
const ACTION_PATTERNS: [&str; 8] = [
    "s3:*",
    "s3:Get*",
    "s3:PutObject",
    "sqs:*",
    "sqs:SendMessage",
    "kms:Decrypt",
    "*",
    "s3:ListBucket",
];
const RESOURCE_PATTERNS: [&str; 6] = [
    "*",
    "arn:aws:s3:::figures/*",
    "arn:aws:s3:::figures*",
    "arn:aws:sqs:*:*:jobs",
    "arn:aws:s3:::cards/*",
    "arn:aws:kms:*:*:key/*",
];

fn statement() -> impl Strategy<Value = String> {
    let parts = (
        prop::bool::weighted(0.2),
        prop::sample::subsequence(ACTION_PATTERNS.to_vec(), 1..3),
        prop::sample::subsequence(RESOURCE_PATTERNS.to_vec(), 1..3),
        prop::bool::weighted(0.2),
    );
    parts.prop_map(|(denies, actions, resources, conditional)| {
        let effect = if denies { "Deny" } else { "Allow" };
        let condition = if conditional {
            r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#
        } else {
            ""
        };
        format!(r#"{{"Effect":"{effect}","Action":{actions:?},"Resource":{resources:?}{condition}}}"#)
    })
}

fn world(statements: &[String]) -> World {
    let account = format!(
        r#"{{"RoleDetailList":[{{"Path":"/","RoleName":"reports","RoleId":"AROA1","Arn":"{ROLE}",
        "AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":[]}},"RolePolicyList":[{{"PolicyName":"p",
        "PolicyDocument":{{"Version":"2012-10-17","Statement":[{}]}}}}]}}],"UserDetailList":[],"GroupDetailList":[],"Policies":[]}}"#,
        statements.join(",")
    );
    let mut snapshot = Snapshot::default();
    snapshot.files.push(File {
        path: "account.json".into(),
        unit: ".".into(),
    });
    let mut reader = leastwise_aws::Aws.reader(&Settings::default());
    read(account.as_bytes(), &Reading::default(), &mut |item| {
        reader.take(FileIndex(0), "account.json", item);
    });
    reader.compile(&mut snapshot);
    World::new(snapshot, &[&leastwise_aws::Aws])
}

fn used(uses: &[(usize, Option<usize>)]) -> Observed {
    let at = "2026-03-01T10:00:00Z".parse().expect("an instant");
    let uses = uses.iter().map(|(action, resource)| Observation {
        identity: ROLE.to_owned(),
        operation: ACTIONS[*action].to_owned(),
        action: ACTIONS[*action].to_owned(),
        basis: Basis::Mapped,
        resource: resource.map(|at| RESOURCES[at].to_owned()),
        folded: false,
        outcome: UseOutcome::Allowed,
        count: 1,
        first: at,
        last: at,
        days: [20_513].into_iter().collect(),
    });
    Observed {
        uses: uses.collect(),
        ..Observed::default()
    }
}

/// What the file of the role allows.
fn allowed(file: &str) -> PermissionSet {
    let mut folder = Folder::default();
    folder.add("role.yaml", file.as_bytes());
    let (roles, faults) = folder.finish();
    assert!(faults.is_empty(), "{faults:?}");
    let role = roles.technical.values().next().expect("one role");
    let meaning = crate::meaning::meaning(&roles, role, &[&leastwise_aws::Aws]).expect("it is understood");
    meaning.set()
}

/// How many accounts are tried, and of how many a role must be proposed at least, so that the law says something.
const ACCOUNTS: u32 = 96;
const PROPOSED: u32 = 24;

/// Statements, uses, and what is declared.
type Case = (Vec<String>, Vec<(usize, Option<usize>)>, Option<(usize, usize)>);

// needed ∩ held ⊆ role ⊆ granted
#[test]
fn the_role_lies_between_what_is_needed_and_what_is_granted() {
    let cases = (
        prop::collection::vec(statement(), 1..5),
        prop::collection::vec((0..ACTIONS.len(), prop::option::of(0..RESOURCES.len())), 1..5),
        prop::option::of((0..ACTION_PATTERNS.len(), 0..RESOURCE_PATTERNS.len())),
    );
    let proposed = Cell::new(0);
    let mut runner = TestRunner::new(Config::with_cases(ACCOUNTS));
    let result = runner.run(&cases, |case| {
        proposed.set(proposed.get() + u32::from(holds(&case)?));
        Ok(())
    });
    assert!(
        result.is_ok(),
        "{}",
        result.err().map(|error| error.to_string()).unwrap_or_default()
    );
    assert!(proposed.get() >= PROPOSED, "{} roles", proposed.get());
}

/// Whether a role is proposed; an error where it is not what it must be.
fn holds((statements, uses, declared): &Case) -> Result<bool, TestCaseError> {
    let world = world(statements);
    let observed = used(uses);
    let declared = declared.map(|(action, resource)| Declared {
        identity: ROLE.into(),
        permissions: vec![DeclaredPermission {
            action: ACTION_PATTERNS[action].into(),
            resource: RESOURCE_PATTERNS[resource].into(),
        }],
        says: None,
    });
    let declared: Vec<Declared> = declared.into_iter().collect();
    let evidence = Evidence::new(&world, &declared, &observed, BTreeMap::new());
    let index: IdentityIndex = world.find(ROLE).expect("it is there");
    let split = evidence.split(index).expect("it is divided");
    let wish = Wish {
        id: "reports",
        environment: "production",
        declared_only: false,
    };
    let role = match fit(&evidence, &split, &wish, None, &[&leastwise_aws::Aws]) {
        Ok(fit) => allowed(&fit.file),
        // Refused where it cannot be said exactly; that is told, and nothing is proposed.
        Err(Unfit::Nothing | Unfit::Inexpressible { .. } | Unfit::Faults(_)) => return Ok(false),
        Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
    };
    let aws: &'static dyn Platform = &leastwise_aws::Aws;
    let used = uses
        .iter()
        .map(|(action, resource)| requests(aws, ACTIONS[*action], resource.map(|at| RESOURCES[at])));
    let wanted = declared.iter().flat_map(|one| &one.permissions);
    let wanted = wanted.map(|one| aws.requests(&one.action, &one.resource));
    let needed = PermissionSet::union_of(used.chain(wanted));
    let (held, granted) = (world.effective(index), granted(&world, index));
    for action in ACTIONS {
        for resource in RESOURCES {
            for address in ["10.1.2.3", "192.0.2.1"] {
                let context = Context::new().with("aws:SourceIp", [address]);
                let request = Request::new(action, resource).within(context);
                let is = |set: &PermissionSet| set.contains(&request);
                prop_assert!(
                    !(is(&needed) && is(&held)) || is(&role),
                    "needed and left out: {request:?}"
                );
                prop_assert!(!is(&role) || is(&granted), "given and not granted: {request:?}");
            }
        }
    }
    Ok(true)
}
