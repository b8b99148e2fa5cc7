//! Audit events as Cloud Logging keeps them: entries of Google Kubernetes Engine.
//!
//! An entry tells the request by the name of a method (`io.k8s.core.v1.pods.exec.create`) and that of a resource
//! (`core/v1/namespaces/shop/pods/web/exec`). The method says verb, resource and subresource, the resource says group, namespace
//! and name. Sources: GKE documentation, "Kubernetes audit logging information"; Cloud Logging documentation, "AuditLog"
//! and "LogEntry"; `google/rpc/code.proto`.

use leastwise_document::skim::{Skim, Stop, Text};
use leastwise_model::UseOutcome;

/// What matters of an entry.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub id: Option<Text<'a>>,
    pub at: Option<Text<'a>>,
    pub cluster: Option<Text<'a>>,
    pub user: Option<Text<'a>>,
    pub method: Option<Text<'a>>,
    pub resource: Option<Text<'a>>,
    service: Option<Text<'a>>,
    decision: Option<Text<'a>>,
    code: Option<u16>,
    /// Whether it is the first of several entries of one request.
    pub first_only: bool,
}

/// What a request asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub group: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub verb: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads an entry, whose other members may be any.
    pub fn read(skim: &mut Skim<'a>) -> Result<Self, Stop> {
        let mut entry = Self::default();
        skim.members(&mut |key, skim| {
            match key {
                b"insertId" => entry.id = skim.text()?,
                b"timestamp" => entry.at = skim.text()?,
                b"labels" => one(skim, b"authorization.k8s.io/decision", &mut entry.decision)?,
                b"resource" => skim.members(&mut |key, skim| {
                    if key != b"labels" {
                        return Ok(false);
                    }
                    one(skim, b"cluster_name", &mut entry.cluster)?;
                    Ok(true)
                })?,
                b"operation" => {
                    let (mut first, mut last) = (false, false);
                    skim.members(&mut |key, skim| {
                        match key {
                            b"first" => first = skim.raw()? == b"true",
                            b"last" => last = skim.raw()? == b"true",
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?;
                    entry.first_only = first && !last;
                }
                b"protoPayload" => entry.payload(skim)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(entry)
    }

    fn payload(&mut self, skim: &mut Skim<'a>) -> Result<(), Stop> {
        skim.members(&mut |key, skim| {
            match key {
                b"serviceName" => self.service = skim.text()?,
                b"methodName" => self.method = skim.text()?,
                b"resourceName" => self.resource = skim.text()?,
                b"authenticationInfo" => one(skim, b"principalEmail", &mut self.user)?,
                b"status" => skim.members(&mut |key, skim| {
                    if key != b"code" {
                        return Ok(false);
                    }
                    let code = std::str::from_utf8(skim.raw()?).ok();
                    self.code = code.and_then(|code| code.parse().ok());
                    Ok(true)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })
    }

    /// Whether the API server of a cluster wrote it.
    pub fn is_of_a_cluster(&self) -> bool {
        self.service.is_some_and(|service| service.raw() == b"k8s.io")
    }

    /// What became of the request: the authorizer's own word first, then the code of `google.rpc`.
    pub fn outcome(&self) -> UseOutcome {
        let code = self.code.unwrap_or(0);
        match (self.decision.map(|text| text.raw()), code) {
            (Some(b"forbid"), _) => UseOutcome::Denied,
            (Some(b"allow"), 0) => UseOutcome::Allowed,
            (Some(b"allow"), _) => UseOutcome::AllowedInError,
            (_, 0) => UseOutcome::Allowed,
            // PERMISSION_DENIED; of admission too, so that alone it does not tell.
            (_, 7) => UseOutcome::Unknown,
            // NOT_FOUND, ALREADY_EXISTS.
            (_, 5 | 6) => UseOutcome::AllowedInError,
            _ => UseOutcome::Unknown,
        }
    }
}

/// The text under one key of a map.
fn one<'a>(skim: &mut Skim<'a>, wanted: &[u8], into: &mut Option<Text<'a>>) -> Result<(), Stop> {
    skim.members(&mut |key, skim| {
        if key != wanted {
            return Ok(false);
        }
        *into = skim.text()?;
        Ok(true)
    })
}

/// What a method and a resource name ask for; nothing where they are not spelled as documented.
pub(super) fn asked<'a>(method: &'a str, resource: &'a str) -> Option<Asked<'a>> {
    let mut said = method.split('.').skip_while(|part| !is_version(part)).skip(1);
    let (kind, second, third) = (said.next()?, said.next()?, said.next());
    let (subresource, verb) = match third {
        Some(verb) => (second, verb),
        None => ("", second),
    };
    let mut parts = resource.split('/');
    let group = parts.next()?;
    if said.next().is_some() || !parts.next().is_some_and(is_version) {
        return None;
    }
    let rest: Vec<&str> = parts.collect();
    let (namespace, at) = match rest.as_slice() {
        ["namespaces", name, ..] if kind == "namespaces" => (*name, rest.as_slice()),
        ["namespaces", namespace, at @ ..] => (*namespace, at),
        at => ("", at),
    };
    let (named, name, below) = match at {
        [named] => (*named, "", ""),
        [named, name] => (*named, *name, ""),
        [named, name, below @ ..] => (*named, *name, *below.first()?),
        [] => return None,
    };
    // The path below a proxied object may go on.
    (named == kind && below == subresource).then_some(Asked {
        group,
        resource: kind,
        subresource,
        namespace,
        name,
        verb,
    })
}

/// Whether this is the version of a group: `v1`, `v1beta2`.
fn is_version(part: &str) -> bool {
    let rest = part.strip_prefix('v').unwrap_or_default();
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let stage = number.trim_end_matches(|c: char| c.is_ascii_digit());
    number.len() < rest.len()
        && matches!(stage, "" | "alpha" | "beta")
        && (number.is_empty() == stage.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked};

    #[test]
    fn methods_and_resources_are_taken_apart() {
        let plain = asked(
            "io.k8s.core.v1.pods.exec.create",
            "core/v1/namespaces/shop/pods/web/exec",
        );
        let expected = Asked {
            group: "core",
            resource: "pods",
            subresource: "exec",
            namespace: "shop",
            name: "web",
            verb: "create",
        };
        assert_eq!(plain, Some(expected));
        let bound = asked(
            "io.k8s.authorization.rbac.v1.clusterrolebindings.create",
            "rbac.authorization.k8s.io/v1/clusterrolebindings/admins",
        );
        let bound = bound.expect("it is spelled well");
        assert_eq!(
            (bound.group, bound.resource, bound.name),
            ("rbac.authorization.k8s.io", "clusterrolebindings", "admins")
        );
        let namespace =
            asked("io.k8s.core.v1.namespaces.get", "core/v1/namespaces/shop").expect("so is this");
        assert_eq!((namespace.namespace, namespace.name), ("shop", "shop"));
        let list = asked(
            "io.k8s.apps.v1.deployments.list",
            "apps/v1/namespaces/shop/deployments",
        )
        .expect("and this");
        assert_eq!((list.namespace, list.name, list.verb), ("shop", "", "list"));
        for (method, resource) in [
            ("io.k8s.core.v1.pods.get", "core/v1/namespaces/shop/services/web"),
            ("io.k8s.core.v1.pods", "core/v1/pods"),
            ("io.k8s.get", "healthz"),
            ("io.k8s.core.vx.pods.get", "core/v1/pods/web"),
            ("", ""),
        ] {
            assert_eq!(asked(method, resource), None, "{method} {resource}");
        }
    }
}
