//! A synthetic repository: technical roles as code, and manifests of a cluster, one file each.

use std::io::{self, Write};

use crate::Size;

/// The shape of a repository.
#[derive(Debug, Clone, Copy)]
pub struct Repository {
    /// Files of each of the two kinds.
    pub files: usize,
    /// Whether one role in a hundred and one manifest in a hundred give more than before.
    pub changed: bool,
}

impl Default for Repository {
    fn default() -> Self {
        Self {
            files: 1000,
            changed: false,
        }
    }
}

/// How many namespaces the manifests are in.
const NAMESPACES: usize = 50;
/// One file in so many gives more.
const ONE_IN: usize = 100;
/// What roles may do, besides.
const ACTIONS: [(&str, &str); 4] = [
    ("s3:GetObject", "arn:aws:s3:::bucket/*"),
    ("s3:ListBucket", "arn:aws:s3:::bucket"),
    ("dynamodb:Query", "*"),
    ("sqs:SendMessage", "*"),
];

/// Writes a repository; `open` is given the name of each file.
///
/// # Errors
/// Where the output cannot be written.
pub fn repository<W: Write>(
    shape: &Repository,
    mut open: impl FnMut(&str) -> io::Result<W>,
) -> io::Result<Size> {
    for number in 0..shape.files {
        let more = shape.changed && number % ONE_IN == 0;
        role(number, more, &mut open(&format!("role-{number}.yaml"))?)?;
        manifest(number, more, &mut open(&format!("manifest-{number}.yaml"))?)?;
    }
    Ok(Size {
        identities: shape.files,
        grants: shape.files,
        objects: shape.files * 5,
    })
}

fn role(number: usize, more: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "id: role-{number}\nname: Role {number}\nplatform: aws\nenvironment: production\nowner: team\nstate: active\npermissions:"
    )?;
    let extra = more.then_some(("s3:PutObject", "arn:aws:s3:::bucket/*"));
    for (action, resource) in ACTIONS
        .iter()
        .take(1 + number % ACTIONS.len())
        .copied()
        .chain(extra)
    {
        writeln!(
            out,
            "  - actions:\n      - {action}\n    resources:\n      - \"{resource}\"\n    reason: needed"
        )?;
    }
    writeln!(
        out,
        "assigned_to:\n  - identity: arn:aws:iam::111122223333:role/app-{number}"
    )
}

fn manifest(number: usize, more: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{{name: app-{number}, namespace: ns-{}}}", number % NAMESPACES);
    let rbac = "apiVersion: rbac.authorization.k8s.io/v1";
    let delete = if more { ", delete" } else { "" };
    writeln!(out, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name}\n---")?;
    writeln!(
        out,
        "{rbac}\nkind: Role\nmetadata: {name}\nrules:\n- apiGroups: [\"\"]\n  resources: [configmaps, secrets, pods]\n  verbs: [get, list{delete}]\n---"
    )?;
    writeln!(
        out,
        "{rbac}\nkind: RoleBinding\nmetadata: {name}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: app-{number}}}\nsubjects:\n- {{kind: ServiceAccount, name: app-{number}, namespace: ns-{}}}\n---",
        number % NAMESPACES
    )?;
    writeln!(
        out,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name}\nspec:\n  selector: {{matchLabels: {{app: app-{number}}}}}\n  template:\n    metadata: {{labels: {{app: app-{number}}}}}\n    spec:\n      serviceAccountName: app-{number}\n      containers: [{{name: app, image: app}}]"
    )
}
