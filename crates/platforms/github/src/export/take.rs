//! Takes GitHub's answers one by one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use leastwise_document::{Node, pointer_join};
use leastwise_model::{FileIndex, Location, Remark, Text};

use super::{
    Bypass, DeployKey, Environment, Exports, Installation, Listed, Owner, Person, PersonalToken, Policy,
    PrivateForks, Protection, Reach, Repository, Ruleset, Subject, Visibility,
};

/// The mark of an export.
const MARK: &str = "github-export/v1";

/// An export as a document.
pub(crate) struct Manifest<'n>(&'n Node);

/// The export in a document, if it is one.
pub(crate) fn recognize(node: &Node) -> Option<Manifest<'_>> {
    (node.get("leastwise").and_then(Node::text) == Some(MARK)).then_some(Manifest(node))
}

/// The folder of a path, without a `/` at its end.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `below` in `folder`, without `.`.
fn joined(folder: &str, below: &str) -> Text {
    let parts = below.split('/').filter(|part| !part.is_empty() && *part != ".");
    let below: Vec<&str> = parts.collect();
    match (folder.is_empty(), below.is_empty()) {
        (_, true) => folder.into(),
        (true, false) => below.join("/").into(),
        (false, false) => format!("{folder}/{}", below.join("/")).into(),
    }
}

/// Where an answer stands.
struct At<'p> {
    file: FileIndex,
    pointer: &'p str,
}

impl At<'_> {
    fn of(&self, node: &Node) -> Location {
        Location {
            file: self.file,
            line: node.at.line,
            column: node.at.column,
            pointer: self.pointer.into(),
        }
    }
}

fn scalar(node: &Node, key: &str) -> Option<Text> {
    node.get(key)
        .and_then(Node::scalar)
        .filter(|text| !text.is_empty())
        .map(Text::from)
}

fn flag(node: &Node, key: &str) -> Option<bool> {
    node.get(key).and_then(Node::boolean)
}

fn moment(node: &Node, key: &str) -> Option<Timestamp> {
    node.get(key)?.text()?.parse().ok()
}

fn number(node: &Node, key: &str) -> Option<u32> {
    node.get(key)?.number()?.parse().ok()
}

fn texts(node: Option<&Node>) -> Vec<Text> {
    let list = node.map(Node::list).unwrap_or_default();
    list.iter().filter_map(Node::scalar).map(Text::from).collect()
}

fn names(node: &Node, list: &str) -> BTreeSet<Text> {
    let listed = node.get(list).unwrap_or(node).list().iter();
    listed
        .filter_map(|one| scalar(one, "name"))
        .map(|name| name.to_ascii_uppercase().into())
        .collect()
}

fn levels(node: Option<&Node>) -> Vec<(Text, Text)> {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    entries
        .filter_map(|(key, level)| Some((key.text.replace('_', "-").into(), level.text()?.into())))
        .collect()
}

/// Logins, slugs and numbers of people, teams and Apps.
fn actors(node: Option<&Node>) -> BTreeSet<Text> {
    let kinds = ["users", "teams", "apps"].into_iter();
    let listed = kinds.flat_map(|kind| {
        node.and_then(|node| node.get(kind))
            .map(Node::list)
            .unwrap_or_default()
    });
    listed
        .filter_map(|one| scalar(one, "login").or_else(|| scalar(one, "slug")))
        .collect()
}

impl Manifest<'_> {
    /// Takes everything; what could not be understood is told to `remarks`.
    pub fn take(&self, exports: &mut Exports, file: FileIndex, path: &str, remarks: &mut Vec<Remark>) {
        let Manifest(node) = self;
        let host = scalar(node, "host");
        if let (Some(known), Some(host)) = (&exports.host, &host)
            && known != host
        {
            remarks.push(Remark {
                location: Some(
                    At {
                        file,
                        pointer: "/host",
                    }
                    .of(node),
                ),
                what: format!("exports of two hosts, {known} and {host}: the second is left out").into(),
                hint: "read one host at a time".into(),
                loses: true,
            });
            return;
        }
        exports.host = exports.host.take().or(host);
        for (below, repository) in node.get("checkouts").map(Node::entries).unwrap_or_default() {
            if let Some(repository) = repository.text().filter(|name| name.split('/').count() == 2) {
                let place = joined(folder(path), &below.text);
                exports.repository(repository);
                let known = exports.known(repository);
                exports.checkouts.push((place, known));
            } else {
                remarks.push(Remark {
                    location: Some(
                        At {
                            file,
                            pointer: "/checkouts",
                        }
                        .of(repository),
                    ),
                    what: format!("`{}` is a checkout of no repository", below.text).into(),
                    hint: "write `owner/name`".into(),
                    loses: true,
                });
            }
        }
        for (path, answer) in node.get("responses").map(Node::entries).unwrap_or_default() {
            let pointer = pointer_join("/responses", &path.text);
            let at = At {
                file,
                pointer: &pointer,
            };
            let bare = path.text.split('?').next().unwrap_or_default().trim_matches('/');
            let segments: Vec<&str> = bare.split('/').collect();
            let refused = answer.get("message").is_some() && answer.get("status").is_some();
            if refused && !is_absence(&segments, answer) {
                remarks.push(Remark {
                    location: Some(at.of(answer)),
                    what: format!("`{bare}` was refused, so that it is not known").into(),
                    hint: "export it with the rights that it asks for".into(),
                    loses: false,
                });
                continue;
            }
            exports.take(&segments, answer, &at, refused);
        }
    }
}

/// Whether a refusal says that there is nothing.
fn is_absence(segments: &[&str], answer: &Node) -> bool {
    let said = answer.get("message").and_then(Node::text).unwrap_or_default();
    matches!(segments, ["repos", _, _, "branches", .., "protection"]) && said == "Branch not protected"
}

impl Exports {
    fn take(&mut self, segments: &[&str], answer: &Node, at: &At<'_>, refused: bool) {
        match segments {
            ["orgs" | "users", owner] => self.owner(owner).about(answer),
            ["orgs", owner, rest @ ..] => self.owner(owner).take(rest, answer, at),
            ["enterprises", slug, "actions", "oidc", "customization", "issuer"] => {
                if flag(answer, "include_enterprise_slug") == Some(true) {
                    self.issuer = Some(format!("https://token.actions.githubusercontent.com/{slug}").into());
                } else {
                    self.issuer = Some("https://token.actions.githubusercontent.com".into());
                }
            }
            ["repos", owner, name, "branches", branch @ .., "protection"] if refused => {
                let repository = self.repository(&format!("{owner}/{name}"));
                repository.unprotected.insert(branch.join("/").into());
            }
            ["repos", owner, name, rest @ ..] if !refused => {
                let asked = format!("{owner}/{name}");
                let repository = self.repository(&asked);
                repository.take(rest, answer, at);
                if rest.is_empty() && repository.full_name.is_none() {
                    repository.full_name = Some(asked.into());
                }
            }
            _ => {}
        }
    }
}

impl Owner {
    fn about(&mut self, answer: &Node) {
        self.id = scalar(answer, "id").or(self.id.take());
        // Only members are told of private ones.
        let counted = number(answer, "public_repos").zip(number(answer, "total_private_repos"));
        self.count = counted
            .and_then(|(public, private)| public.checked_add(private))
            .or(self.count);
    }

    fn take(&mut self, rest: &[&str], answer: &Node, at: &At<'_>) {
        match rest {
            ["actions", "permissions", "workflow"] => self.defaults = permissive(answer),
            ["repos"] => {
                let read = |one: &Node| {
                    Some(Listed {
                        id: scalar(one, "id"),
                        full: scalar(one, "full_name")?,
                        archived: flag(one, "archived").unwrap_or_default(),
                    })
                };
                self.listed = Some(answer.list().iter().filter_map(read).collect());
            }
            ["actions", "oidc", "customization", "sub"] => {
                self.template = answer.get("include_claim_keys").map(|keys| texts(Some(keys)));
            }
            ["installations"] => {
                let listed = answer.get("installations").unwrap_or(answer).list().iter();
                let read = |one: &Node| {
                    Some(Installation {
                        id: scalar(one, "id")?,
                        app: scalar(one, "app_id"),
                        slug: scalar(one, "app_slug").or_else(|| scalar(one, "app_id"))?,
                        permissions: levels(one.get("permissions")),
                        all: one.get("repository_selection").and_then(Node::text) == Some("all"),
                        suspended: one.get("suspended_at").is_some_and(|when| !when.is_null()),
                        location: at.of(one),
                    })
                };
                self.installations = Some(listed.filter_map(read).collect());
            }
            ["personal-access-tokens"] => {
                let read = |one: &Node| {
                    let given = one.get("permissions");
                    Some(PersonalToken {
                        id: scalar(one, "id")?,
                        name: scalar(one, "token_name").unwrap_or_default(),
                        person: one.get("owner").and_then(|owner| scalar(owner, "login"))?,
                        permissions: levels(given.and_then(|given| given.get("repository"))),
                        organization: levels(given.and_then(|given| given.get("organization"))),
                        reach: match one.get("repository_selection").and_then(Node::text) {
                            Some("all") => Reach::All,
                            Some("none") => Reach::None,
                            _ => Reach::Some(None),
                        },
                        expired: flag(one, "token_expired").unwrap_or_default(),
                        last_used: moment(one, "token_last_used_at"),
                        location: at.of(one),
                    })
                };
                let mut read: Vec<PersonalToken> = answer.list().iter().filter_map(read).collect();
                for old in self.tokens.take().unwrap_or_default() {
                    if let Some(new) = read.iter_mut().find(|new| new.id == old.id) {
                        new.reach = old.reach;
                    }
                }
                self.tokens = Some(read);
            }
            ["personal-access-tokens", id, "repositories"] => {
                let listed = answer.list().iter().filter_map(|one| scalar(one, "full_name"));
                let reach = Reach::Some(Some(listed.collect()));
                let tokens = self.tokens.get_or_insert_default();
                if let Some(token) = tokens.iter_mut().find(|token| *token.id == **id) {
                    token.reach = reach;
                } else {
                    // The list of tokens may stand behind.
                    tokens.push(PersonalToken {
                        id: (*id).into(),
                        name: "".into(),
                        person: "".into(),
                        permissions: Vec::new(),
                        organization: Vec::new(),
                        reach,
                        expired: false,
                        last_used: None,
                        location: at.of(answer),
                    });
                }
            }
            _ => {}
        }
    }
}

fn permissive(answer: &Node) -> Option<bool> {
    match answer.get("default_workflow_permissions")?.text()? {
        "write" => Some(true),
        "read" => Some(false),
        _ => None,
    }
}

impl Repository {
    fn take(&mut self, rest: &[&str], answer: &Node, at: &At<'_>) {
        match rest {
            [] => {
                let whole = |name: &Text| name.split('/').filter(|part| !part.is_empty()).count() == 2;
                self.full_name = scalar(answer, "full_name").filter(whole);
                self.id = scalar(answer, "id");
                self.owner_id = answer.get("owner").and_then(|owner| scalar(owner, "id"));
                self.default_branch = scalar(answer, "default_branch");
                self.created = moment(answer, "created_at");
                self.archived = flag(answer, "archived").unwrap_or_default();
                self.allows_forks = flag(answer, "allow_forking");
                self.visibility = match answer.get("visibility").and_then(Node::text) {
                    Some("public") => Some(Visibility::Public),
                    Some("internal") => Some(Visibility::Internal),
                    Some("private") => Some(Visibility::Private),
                    _ => flag(answer, "private").map(|private| match private {
                        true => Visibility::Private,
                        false => Visibility::Public,
                    }),
                };
                self.location = Some(at.of(answer));
            }
            ["actions", "permissions"] => self.actions_enabled = flag(answer, "enabled"),
            ["actions", "permissions", "workflow"] => self.defaults = permissive(answer),
            ["actions", "permissions", "fork-pr-contributor-approval"] => {
                self.approval = scalar(answer, "approval_policy");
            }
            ["actions", "permissions", "fork-pr-workflows-private-repos"] => {
                let is = |key: &str| flag(answer, key);
                self.forks = Some(PrivateForks {
                    run: is("run_workflows_from_fork_pull_requests"),
                    write: is("send_write_tokens_to_workflows"),
                    secrets: is("send_secrets_and_variables"),
                    approval: is("require_approval_for_fork_pr_workflows"),
                });
            }
            ["actions", "oidc", "customization", "sub"] => {
                self.subject = Some(Subject {
                    default: flag(answer, "use_default").unwrap_or(true),
                    claims: answer.get("include_claim_keys").map(|keys| texts(Some(keys))),
                    immutable: flag(answer, "use_immutable_subject"),
                });
            }
            ["actions", "secrets"] => self.secrets = Some(names(answer, "secrets")),
            ["actions", "organization-secrets"] => self.organization_secrets = Some(names(answer, "secrets")),
            ["environments"] => {
                let listed = answer.get("environments").unwrap_or(answer).list().iter();
                let read = |one: &Node| Some((scalar(one, "name")?, environment(one, at)));
                self.environments = Some(listed.filter_map(read).collect());
            }
            ["environments", name, "deployment-branch-policies"] => {
                let listed = answer.get("branch_policies").unwrap_or(answer).list().iter();
                let read = |one: &Node| {
                    let tags = one.get("type").and_then(Node::text) == Some("tag");
                    Some((scalar(one, "name")?, tags))
                };
                self.policies
                    .insert((*name).into(), listed.filter_map(read).collect());
            }
            ["environments", name, "secrets"] => {
                self.environment_secrets
                    .insert((*name).into(), names(answer, "secrets"));
            }
            ["keys"] => self.keys = Some(answer.list().iter().filter_map(|one| key(one, at)).collect()),
            ["branches"] => {
                let listed = answer.list().iter();
                let protected = listed.filter(|one| flag(one, "protected") == Some(true));
                self.protected = Some(protected.filter_map(|one| scalar(one, "name")).collect());
            }
            ["branches", branch @ .., "protection"] => {
                self.protections
                    .insert(branch.join("/").into(), protection(answer));
            }
            ["rulesets"] => {
                let sets = self.rulesets.get_or_insert_default();
                for one in answer.list() {
                    if let Some(id) = scalar(one, "id") {
                        let known = sets.entry(id).or_default();
                        if one.get("rules").is_some() {
                            *known = Some(ruleset(one));
                        }
                    }
                }
            }
            ["rulesets", id] => {
                let sets = self.rulesets.get_or_insert_default();
                sets.insert((*id).into(), Some(ruleset(answer)));
            }
            ["collaborators"] => {
                let read = answer.list().iter().filter_map(|one| person(one, at));
                self.collaborators = Some(read.collect());
            }
            _ => {}
        }
    }
}

fn environment(node: &Node, at: &At<'_>) -> Environment {
    let rules = node.get("protection_rules").map(Node::list).unwrap_or_default();
    let kinds: Vec<&str> = rules.iter().filter_map(|rule| rule.get("type")?.text()).collect();
    let known = ["required_reviewers", "wait_timer", "branch_policy"];
    let policy = node
        .get("deployment_branch_policy")
        .filter(|policy| policy.is_map());
    Environment {
        reviewers: kinds.contains(&"required_reviewers"),
        custom: kinds.iter().any(|kind| !known.contains(kind)),
        policy: match policy {
            None => Policy::Any,
            Some(policy) if flag(policy, "protected_branches") == Some(true) => Policy::ProtectedBranches,
            Some(_) => Policy::Selected,
        },
        location: at.of(node),
    }
}

fn key(node: &Node, at: &At<'_>) -> Option<DeployKey> {
    Some(DeployKey {
        id: scalar(node, "id")?,
        title: scalar(node, "title").unwrap_or_default(),
        writes: !flag(node, "read_only").unwrap_or_default(),
        created: moment(node, "created_at"),
        last_used: moment(node, "last_used"),
        location: at.of(node),
    })
}

fn protection(node: &Node) -> Protection {
    let reviews = node
        .get("required_pull_request_reviews")
        .filter(|rule| rule.is_map());
    let enabled = |key: &str| {
        let rule = node.get(key);
        rule.and_then(|rule| flag(rule, "enabled").or_else(|| rule.boolean()))
            .unwrap_or_default()
    };
    Protection {
        reviews: reviews.map(|rule| number(rule, "required_approving_review_count").unwrap_or(1)),
        pushers: node
            .get("restrictions")
            .filter(|rule| rule.is_map())
            .map(|rule| actors(Some(rule))),
        teams: [
            node.get("restrictions"),
            reviews.and_then(|rule| rule.get("bypass_pull_request_allowances")),
        ]
        .into_iter()
        .flatten()
        .any(|rule| rule.get("teams").is_some_and(|teams| !teams.list().is_empty())),
        locked: enabled("lock_branch"),
        admins: enabled("enforce_admins"),
        exempt: actors(reviews.and_then(|rule| rule.get("bypass_pull_request_allowances"))),
    }
}

fn ruleset(node: &Node) -> Ruleset {
    let rules = node.get("rules").map(Node::list).unwrap_or_default();
    let rule = |kind: &str| {
        rules
            .iter()
            .find(|rule| rule.get("type").and_then(Node::text) == Some(kind))
    };
    let refs = node
        .get("conditions")
        .and_then(|conditions| conditions.get("ref_name"));
    let reviews = rule("pull_request").map(|rule| {
        let parameters = rule.get("parameters");
        parameters
            .and_then(|parameters| number(parameters, "required_approving_review_count"))
            .unwrap_or_default()
    });
    let bypass = node.get("bypass_actors").map(Node::list).unwrap_or_default();
    let bypass = bypass.iter().filter_map(|actor| {
        let id = scalar(actor, "actor_id").unwrap_or_default();
        Some(match actor.get("actor_type")?.text()? {
            "RepositoryRole" => Bypass::Role(id),
            "OrganizationAdmin" => Bypass::OrganizationAdmin,
            "DeployKey" => Bypass::DeployKey,
            kind => Bypass::Other(kind.into(), id),
        })
    });
    Ruleset {
        name: scalar(node, "name").unwrap_or_default(),
        // Rulesets for pushes look at files, not at refs.
        active: node.get("enforcement").and_then(Node::text) == Some("active")
            && node.get("target").and_then(Node::text) != Some("push"),
        tags: node.get("target").and_then(Node::text) == Some("tag"),
        include: texts(refs.and_then(|refs| refs.get("include"))),
        exclude: texts(refs.and_then(|refs| refs.get("exclude"))),
        reviews,
        updates: rule("update").is_some(),
        creation: rule("creation").is_some(),
        bypass: bypass.collect(),
    }
}

fn person(node: &Node, at: &At<'_>) -> Option<Person> {
    let held = node.get("permissions");
    let may = |what: &str| held.and_then(|held| flag(held, what)) == Some(true);
    let roles = [
        ("admin", "admin"),
        ("maintain", "maintain"),
        ("push", "write"),
        ("triage", "triage"),
        ("pull", "read"),
    ];
    let role = roles.iter().find(|(flag, _)| may(flag)).map(|(_, role)| *role);
    let named = node.get("role_name").and_then(Node::text);
    let named = roles
        .iter()
        .find(|(_, role)| named == Some(*role))
        .map(|(_, role)| *role);
    Some(Person {
        login: scalar(node, "login")?,
        id: scalar(node, "id"),
        bot: node.get("type").and_then(Node::text) == Some("Bot"),
        role: role.or(named).unwrap_or("read"),
        location: at.of(node),
    })
}
