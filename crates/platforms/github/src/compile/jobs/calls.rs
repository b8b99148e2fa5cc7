//! What `uses` names.

use leastwise_model::Text;

use super::super::World;
use super::super::site::Site;
use crate::workflow::{Call, Workflow};

/// What a workflow calls, or a step uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Reference {
    /// A path in the repository that uses it.
    Here(Text),
    /// A path in another repository (`owner/name/path`), at a ref as it is written.
    Elsewhere { repository: Text, path: Text, at: Text },
    /// An image, or nothing that can be read.
    None,
}

impl Reference {
    pub fn of(uses: &str) -> Self {
        if let Some(path) = uses.strip_prefix("./") {
            return Self::Here(path.into());
        }
        let Some((path, at)) = uses.split_once('@') else {
            return Self::None;
        };
        let mut parts = path.split('/');
        match (parts.next(), parts.next()) {
            (Some(owner), Some(name)) if !owner.contains(':') && !owner.is_empty() && !name.is_empty() => {
                Self::Elsewhere {
                    repository: format!("{owner}/{name}").into(),
                    path: path.into(),
                    at: at.into(),
                }
            }
            _ => Self::None,
        }
    }
}

/// Whether a ref is a commit, which nobody can change.
pub(in crate::compile) fn is_commit(at: &str) -> bool {
    at.len() == 40 && at.bytes().all(|b| b.is_ascii_hexdigit())
}

/// How a token spells a ref that is written so.
pub(super) fn spellings(at: &str) -> Vec<Text> {
    match at.starts_with("refs/") || is_commit(at) {
        true => vec![at.into()],
        false => vec![
            format!("refs/heads/{at}").into(),
            format!("refs/tags/{at}").into(),
        ],
    }
}

/// The workflow that a call means.
pub(super) enum Target<'w, 'e> {
    Found {
        site: &'w Site<'e>,
        workflow: &'e Workflow,
        /// With its repository.
        path: Text,
        /// None for the ref of the run.
        refs: Vec<Text>,
    },
    Untold {
        what: String,
        settle: String,
    },
}

pub(in crate::compile) fn named_workflow<'e>(site: &Site<'e>, path: &str) -> Option<&'e Workflow> {
    site.workflows
        .iter()
        .find(|workflow| *workflow.path == *path)
        .copied()
}

pub(super) fn resolve<'w, 'e>(world: &'w World<'e>, holder: &Site<'e>, call: &Call) -> Target<'w, 'e> {
    let untold = |what: String, settle: String| Target::Untold { what, settle };
    match Reference::of(&call.uses) {
        Reference::Here(path) => {
            let site = world.site(&holder.full);
            match site.and_then(|site| Some((site, named_workflow(site, &path)?))) {
                Some((site, workflow)) => Target::Found {
                    site,
                    workflow,
                    path: format!("{}/{path}", site.full).into(),
                    refs: Vec::new(),
                },
                None => untold(
                    format!("workflow {path}, which {} calls, is not there", holder.full),
                    "give the whole checkout".to_owned(),
                ),
            }
        }
        Reference::Elsewhere { repository, path, at } => {
            let settle = format!("give a checkout of {repository} at {at}");
            let Some(site) = world.site(&repository) else {
                return untold(format!("workflow {path}@{at} is not there"), settle);
            };
            let inside = path
                .strip_prefix(&*repository)
                .and_then(|path| path.strip_prefix('/'));
            let found = inside.and_then(|inside| Some((inside, named_workflow(site, inside)?)));
            let Some((inside, workflow)) = found else {
                return untold(format!("workflow {path}@{at} is not there"), settle);
            };
            // A checkout is of the default branch, as far as anything says.
            let branch = at.strip_prefix("refs/heads/").unwrap_or(&at);
            if site.about.default_branch.as_deref() != Some(branch) && site.full != holder.full {
                return untold(
                    format!("workflow {path} is there, but whether as it is at {at} is not known"),
                    settle,
                );
            }
            let refs = match site.about.default_branch.as_deref() == Some(branch) {
                true => vec![format!("refs/heads/{branch}").into()],
                false => spellings(&at),
            };
            Target::Found {
                site,
                workflow,
                path: format!("{}/{inside}", site.full).into(),
                refs,
            }
        }
        Reference::None => untold(
            format!("`{}` names no workflow", call.uses),
            "write `./.github/workflows/FILE` or `OWNER/NAME/.github/workflows/FILE@REF`".to_owned(),
        ),
    }
}
