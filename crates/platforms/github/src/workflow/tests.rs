//! A second reader, which models workflows and reads YAML by itself, must find the same in the workflows of all cases.

use std::fs;
use std::path::{Path, PathBuf};

use github_actions_models::common::{BasePermission, Permission, Permissions as Others};
use github_actions_models::workflow::Job as OtherJob;
use github_actions_models::workflow::job::{DeploymentEnvironment, Secrets};
use leastwise_document::{Limits, read as read_document};
use leastwise_model::FileIndex;

use super::{Given, Passed, Permissions, Place, Workflow, is_workflow, read};
use crate::levels::{Level, scope};

fn workflows(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            workflows(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            found.push(path);
        }
    }
}

fn ours(text: &str) -> Option<Workflow> {
    let mut remarks = Vec::new();
    let mut place = Place {
        file: FileIndex(0),
        remarks: &mut remarks,
    };
    let mut workflow = None;
    let faults = read_document(text.as_bytes(), &Limits::default(), &mut |item| {
        assert!(is_workflow(&item.node));
        workflow = Some(read(&item.node, "x", &mut place));
    });
    assert!(faults.is_empty());
    workflow
}

fn same(own: Option<&Permissions>, other: &Others) -> bool {
    match (own.map(|own| &own.given), other) {
        (None, Others::Base(BasePermission::Default)) => true,
        (Some(Given::ReadAll), Others::Base(BasePermission::ReadAll)) => true,
        (Some(Given::WriteAll), Others::Base(BasePermission::WriteAll)) => true,
        (Some(Given::Named(named)), Others::Explicit(map)) => {
            let level = |permission: &Permission| match permission {
                Permission::Read => Level::Read,
                Permission::Write => Level::Write,
                Permission::None => Level::None,
            };
            // It lets every name pass; ours tells those that do not exist.
            let known = map.iter().filter(|(name, permission)| {
                scope(name).is_some_and(|scope| scope.allows(level(permission)))
            });
            let mut others: Vec<(String, Level)> = known
                .map(|(name, permission)| (name.clone(), level(permission)))
                .collect();
            let mut own: Vec<(String, Level)> = named
                .iter()
                .map(|(name, level)| (name.to_string(), *level))
                .collect();
            own.sort();
            others.sort();
            own == others
        }
        _ => false,
    }
}

#[test]
fn a_second_reader_finds_the_same() {
    let mut found = Vec::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    workflows(&here.join("cases"), &mut found);
    workflows(&here.join("../../leastwise/trust-cases"), &mut found);
    found.sort();
    let mut compared = 0;
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        // What is refused by the one is read with a remark by the other; merge keys are followed by ours alone.
        let Ok(other) = yaml_serde::from_str::<github_actions_models::workflow::Workflow>(&text) else {
            continue;
        };
        if text.contains("<<:") {
            continue;
        }
        let own = ours(&text).unwrap();
        let told = path.display();
        assert!(same(own.permissions.as_ref(), &other.permissions), "{told}");
        let keys: Vec<&str> = own.jobs.iter().map(|job| &*job.key).collect();
        let others: Vec<&str> = other.jobs.keys().map(String::as_str).collect();
        assert_eq!(keys, others, "{told}");
        for (job, (key, other)) in own.jobs.iter().zip(&other.jobs) {
            match other {
                OtherJob::NormalJob(other) => {
                    assert!(same(job.permissions.as_ref(), &other.permissions), "{told} {key}");
                    let environment = other.environment.as_ref().map(|environment| match environment {
                        DeploymentEnvironment::Name(name) => name.clone(),
                        DeploymentEnvironment::NameURL { name, .. } => name.clone(),
                    });
                    assert_eq!(job.environment.as_deref(), environment.as_deref(), "{told} {key}");
                    assert!(job.calls.is_none(), "{told} {key}");
                }
                OtherJob::ReusableWorkflowCallJob(other) => {
                    assert!(same(job.permissions.as_ref(), &other.permissions), "{told} {key}");
                    let call = job.calls.as_ref().unwrap();
                    let all = matches!(other.secrets, Some(Secrets::Inherit));
                    assert_eq!(call.secrets == Passed::All, all, "{told} {key}");
                }
            }
        }
        compared += 1;
    }
    assert!(compared >= 30, "only {compared} workflows were compared");
}
