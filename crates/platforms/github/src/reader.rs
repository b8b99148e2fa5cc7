//! Takes workflows and exports.

use leastwise_document::Item;
use leastwise_model::{FileIndex, Reader, Remark, Renaming, Snapshot, Taken, Text};

use crate::compile;
use crate::export::{Exports, recognize};
use crate::workflow::{self, Place, Workflow};

/// Where workflows are kept in a repository.
const FOLDER: &str = ".github/workflows/";

/// A workflow and the folder that holds its repository.
#[derive(Debug)]
pub(crate) struct Found {
    pub root: Text,
    pub workflow: Workflow,
}

/// Reads what an estate holds of one host.
#[derive(Debug, Default)]
pub(crate) struct GitHubReader {
    renaming: Option<Renaming>,
    exports: Exports,
    workflows: Vec<Found>,
    remarks: Vec<Remark>,
}

impl GitHubReader {
    /// Nothing read yet; tokens are told as they are after `renaming`.
    pub(crate) fn new(renaming: Option<Renaming>) -> Self {
        Self {
            renaming,
            ..Self::default()
        }
    }
}

/// The folder of a checkout, and the path of a workflow in it; `None` for a file that is not where workflows are.
fn split(path: &str) -> Option<(&str, &str)> {
    let (at, name) = match path.rfind(&format!("/{FOLDER}")) {
        Some(at) => (at, path.get(at + 1..)?),
        None if path.starts_with(FOLDER) => (0, path),
        None => return None,
    };
    let inside = name.strip_prefix(FOLDER)?;
    (!inside.contains('/')).then_some((path.get(..at)?, name))
}

impl Reader for GitHubReader {
    fn take(&mut self, file: FileIndex, path: &str, item: Item) -> Taken {
        if item.from.is_some() || !item.pointer.is_empty() {
            return Taken::No(Box::new(item));
        }
        if let Some(manifest) = recognize(&item.node) {
            manifest.take(&mut self.exports, file, path, &mut self.remarks);
            return Taken::Yes;
        }
        if !workflow::is_workflow(&item.node) {
            return Taken::No(Box::new(item));
        }
        let mut place = Place {
            file,
            remarks: &mut self.remarks,
        };
        match split(path) {
            Some((root, inside)) => {
                let workflow = workflow::read(&item.node, inside, &mut place);
                self.workflows.push(Found {
                    root: root.into(),
                    workflow,
                });
            }
            None => {
                let location = place.of(&item.node, "");
                let what = "a workflow that is not in .github/workflows does not run; left out".to_owned();
                place.remark(location, what, "give the folder that holds `.github`");
            }
        }
        Taken::Yes
    }

    fn compile(mut self: Box<Self>, snapshot: &mut Snapshot) {
        snapshot.remarks.append(&mut self.remarks);
        self.exports.call_by_own_names();
        compile::compile(&self.exports, &self.workflows, self.renaming.as_ref(), snapshot);
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_workflow_is_in_its_folder_and_no_deeper() {
        assert_eq!(
            split("a/b/.github/workflows/ci.yml"),
            Some(("a/b", ".github/workflows/ci.yml"))
        );
        assert_eq!(
            split(".github/workflows/ci.yml"),
            Some(("", ".github/workflows/ci.yml"))
        );
        assert_eq!(split("a/.github/workflows/old/ci.yml"), None);
        assert_eq!(split("a/ci.yml"), None);
    }
}
