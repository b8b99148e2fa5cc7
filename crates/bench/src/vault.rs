//! A server of Vault or OpenBao: policies, entities with aliases, groups, and roles of auth methods.

use std::io::{self, Write};

use crate::json::{object, string, strings};
use crate::{Random, Size};

/// The shape of a server.
#[derive(Debug, Clone, Copy)]
pub struct VaultServer {
    /// Policies, each with a handful of rules for the paths of one application.
    pub policies: usize,
    /// Entities, each a login of one of the roles, with a policy or two and perhaps a group.
    pub entities: usize,
    /// Roles of the Kubernetes and AppRole methods.
    pub roles: usize,
    /// Groups of entities, some within others.
    pub groups: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for VaultServer {
    fn default() -> Self {
        Self {
            policies: 500,
            entities: 2_000,
            roles: 500,
            groups: 50,
            seed: 7,
        }
    }
}

/// Writes an export.
///
/// # Errors
/// Where the output cannot be written.
pub fn vault_server(shape: &VaultServer, out: &mut dyn Write) -> io::Result<Size> {
    let mut random = Random::new(shape.seed);
    let mut writer = Responses { out, first: true };
    writeln!(
        writer.out,
        "{{\"leastwise\":\"vault-export/v1\",\"product\":\"openbao\",\"server\":\"bao\",\"namespace\":\"\",\"responses\":{{"
    )?;
    let mount =
        |kind: &str, accessor: &str| object(&[("type", string(kind)), ("accessor", string(accessor))]);
    let auth = [
        ("approle/", mount("approle", "auth_approle_1")),
        ("kubernetes/", mount("kubernetes", "auth_kubernetes_1")),
        ("token/", mount("token", "auth_token_1")),
    ];
    writer.data("sys/auth", &object(&auth))?;
    writer.data(
        "sys/mounts",
        &object(&[("secret/", mount("kv", "kv_1")), ("pki/", mount("pki", "pki_1"))]),
    )?;
    let policy = |number: usize| format!("app-{number}");
    let mut names: Vec<String> = (0..shape.policies).map(policy).collect();
    names.push("default".into());
    writer.list("sys/policies/acl/", &names)?;
    writer.data(
        "sys/policies/acl/default",
        &object(&[
            ("name", string("default")),
            (
                "policy",
                string("path \"auth/token/lookup-self\" { capabilities = [\"read\"] }"),
            ),
        ]),
    )?;
    let mut grants = 0;
    for number in 0..shape.policies {
        let text = rules(number, &mut random);
        let about = [
            ("name", string(policy(number))),
            ("policy", format!("\"{text}\"")),
        ];
        writer.data(&format!("sys/policies/acl/{}", policy(number)), &object(&about))?;
    }
    let role = |number: usize| format!("app-{number}");
    for number in 0..shape.roles {
        let policies = [policy(number % shape.policies.max(1))];
        grants += policies.len();
        let (place, about) = if number % 2 == 0 {
            let bounds = [
                ("bound_service_account_names", strings(&["api"])),
                (
                    "bound_service_account_namespaces",
                    strings(&[format!("team-{number}")]),
                ),
                ("token_policies", strings(&policies)),
            ];
            (format!("auth/kubernetes/role/{}", role(number)), object(&bounds))
        } else {
            (
                format!("auth/approle/role/{}", role(number)),
                object(&[("token_policies", strings(&policies))]),
            )
        };
        writer.data(&place, &about)?;
    }
    let entity = |number: usize| format!("e-{number}");
    let mut members: Vec<Vec<String>> = vec![Vec::new(); shape.groups.max(1)];
    for number in 0..shape.entities {
        let count = 1 + random.below(2);
        let own: Vec<String> = (0..count)
            .map(|_| policy(random.below(shape.policies.max(1))))
            .collect();
        grants += own.len();
        let group = random.below(members.len() * 2);
        if let Some(group) = members.get_mut(group) {
            group.push(entity(number));
        }
        let alias = object(&[
            ("id", string(format!("a-{number}"))),
            ("name", string(format!("uid-{number}"))),
            ("mount_accessor", string("auth_kubernetes_1")),
            (
                "metadata",
                object(&[
                    ("service_account_name", string("api")),
                    (
                        "service_account_namespace",
                        string(format!("team-{}", number % shape.roles.max(1))),
                    ),
                ]),
            ),
        ]);
        let about = [
            ("id", string(entity(number))),
            ("name", string(format!("workload-{number}"))),
            ("policies", strings(&own)),
            ("aliases", format!("[{alias}]")),
        ];
        writer.data(&format!("identity/entity/id/{}", entity(number)), &object(&about))?;
    }
    for (number, members) in members.iter().enumerate() {
        let within: Vec<String> = if number > 0 && number % 5 == 0 {
            vec![format!("g-{}", number - 1)]
        } else {
            Vec::new()
        };
        let about = [
            ("id", string(format!("g-{number}"))),
            ("name", string(format!("team-{number}"))),
            ("type", string("internal")),
            ("policies", strings(&[policy(number % shape.policies.max(1))])),
            ("member_entity_ids", strings(members)),
            ("member_group_ids", strings(&within)),
        ];
        writer.data(&format!("identity/group/id/g-{number}"), &object(&about))?;
    }
    writeln!(writer.out, "\n}}}}")?;
    Ok(Size {
        identities: shape.entities + shape.roles,
        grants,
        objects: shape.policies + shape.entities + shape.roles + shape.groups,
    })
}

/// The text of a policy, escaped for JSON: mostly its own paths, some patterns, now and then more than it needs.
fn rules(number: usize, random: &mut Random) -> String {
    let mut text = String::new();
    let mut rule = |path: String, capabilities: &[&str]| {
        let listed: Vec<String> = capabilities
            .iter()
            .map(|word| format!("\\\"{word}\\\""))
            .collect();
        text.push_str(&format!(
            "path \\\"{path}\\\" {{ capabilities = [{}] }}\\n",
            listed.join(", ")
        ));
    };
    rule(format!("secret/data/team-{number}/config"), &["read"]);
    rule(
        format!("secret/data/team-{number}/*"),
        &["create", "read", "update"],
    );
    rule(format!("secret/metadata/team-{number}/*"), &["list", "read"]);
    if random.chance(0.3) {
        rule(format!("secret/data/team-{number}/private"), &["deny"]);
    }
    if random.chance(0.2) {
        rule("secret/data/+/shared".into(), &["read"]);
    }
    if random.chance(0.1) {
        rule(format!("pki/issue/team-{number}"), &["update"]);
    }
    if random.chance(0.01) {
        rule("secret/*".into(), &["read", "list"]);
    }
    text
}

struct Responses<'w> {
    out: &'w mut dyn Write,
    first: bool,
}

impl Responses<'_> {
    fn data(&mut self, path: &str, data: &str) -> io::Result<()> {
        let comma = if std::mem::take(&mut self.first) {
            ""
        } else {
            ",\n"
        };
        write!(self.out, "{comma}\"{path}\":{{\"data\":{data}}}")
    }

    fn list(&mut self, path: &str, names: &[String]) -> io::Result<()> {
        self.data(path, &object(&[("keys", strings(names))]))
    }
}
