//! Rules on refs: who may change what a branch or tag points to, and with whose consent.
//!
//! Sources: "About protected branches", "About rulesets", "Available rules for rulesets" (docs.github.com/repositories).
//! A rule that asks for pull requests without approval, and one that asks for checks, which a pull request's own workflow
//! makes, stop nobody who may write.

use leastwise_model::{Assumption, Side, Snapshot, Text};
use leastwise_permset::{Atom, Condition, Guard, Key, Literal, PermissionSet, Strings, Test};

use super::assume;
use super::gaps::{gap, so};
use crate::export::{Bypass, Protection, Repository};
use crate::refs::Refs;

/// Whether somebody else approved the change.
pub(crate) const REVIEWED: &str = "github:reviewed";
/// Whether a reviewer of the environment approved the job.
pub(crate) const APPROVED: &str = "github:approved";
/// Whether a maintainer approved that workflows run for a stranger's pull request.
pub(crate) const RUN_APPROVED: &str = "github:run-approved";

/// A rule on refs.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub name: Text,
    pub refs: Refs,
    demands: Demands,
    spares: Spares,
    /// Set where `refs` holds more than the rule speaks of.
    wide: Option<Atom>,
}

#[derive(Clone, Debug)]
enum Demands {
    /// Nobody may.
    Nobody,
    /// Somebody else must approve.
    Review,
    /// Not known.
    Unknown(Atom),
}

#[derive(Clone, Debug, Default)]
struct Spares {
    /// People by login, Apps by slug.
    named: Vec<Text>,
    /// Who administers.
    admins: bool,
    bypass: Vec<Bypass>,
    teams: bool,
}

/// Whoever changes a ref.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor<'a> {
    Person {
        login: &'a str,
        id: Option<&'a str>,
        role: &'a str,
    },
    App {
        slug: &'a str,
        id: Option<&'a str>,
    },
    Key,
    Job,
}

/// Whether a rule binds somebody.
enum Binds {
    Yes,
    No,
    Perhaps(Literal),
}

pub(crate) fn approved(key: &str) -> Literal {
    Condition::Some(Key::single(key), Test::Text(Strings::literal("true"))).holds()
}

/// The rules of a repository, classic protection first.
pub(super) fn of(
    full: &str,
    about: &Repository,
    assumptions: &mut Vec<Assumption>,
    snapshot: &mut Snapshot,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    if about.protected.is_none() && about.protections.is_empty() {
        assumptions.push(assume(
            format!("protection of branches of {full}"),
            format!("gh api 'repos/{full}/branches?protected=true'; gh api repos/{full}/branches/BRANCH/protection"),
            Side::Removes,
        ));
    }
    if about.rulesets.is_none() {
        assumptions.push(assume(
            format!("rulesets of {full}"),
            format!("gh api 'repos/{full}/rulesets?includes_parents=true'; gh api repos/{full}/rulesets/ID"),
            Side::Removes,
        ));
    }
    for (branch, protection) in &about.protections {
        rules.extend(classic(branch, protection));
    }
    let untold =
        about.protected.iter().flatten().filter(|branch| {
            !about.protections.contains_key(*branch) && !about.unprotected.contains(*branch)
        });
    for branch in untold {
        let name = format!("how branch {branch} of {full} is protected is not known");
        let settle = format!("gh api repos/{full}/branches/{branch}/protection");
        let atom = gap(snapshot, name, settle, Side::Removes);
        rules.push(Rule {
            name: branch.clone(),
            refs: Refs::branch(branch),
            demands: Demands::Unknown(atom),
            spares: Spares::default(),
            wide: None,
        });
    }
    for (id, ruleset) in about.rulesets.iter().flatten() {
        let Some(ruleset) = ruleset else {
            let name = format!("what ruleset {id} of {full} asks for is not known");
            let settle = format!("gh api repos/{full}/rulesets/{id}");
            let atom = gap(snapshot, name, settle, Side::Removes);
            rules.push(Rule {
                name: format!("ruleset {id}").into(),
                refs: Refs::all(),
                demands: Demands::Unknown(atom),
                spares: Spares::default(),
                wide: None,
            });
            continue;
        };
        if !ruleset.active {
            continue;
        }
        let default = about.default_branch.as_deref();
        let refs = Refs::of_ruleset(&ruleset.include, &ruleset.exclude, ruleset.tags, default);
        let demands = match (ruleset.updates, ruleset.reviews, ruleset.creation) {
            (true, ..) => Demands::Nobody,
            (false, Some(count), _) if count > 0 => Demands::Review,
            (false, _, true) => {
                let name = format!(
                    "which refs that ruleset {} of {full} speaks of exist is not known",
                    ruleset.name
                );
                let settle = format!("gh api repos/{full}/git/matching-refs/heads");
                Demands::Unknown(gap(snapshot, name, settle, Side::Removes))
            }
            _ => continue,
        };
        let wide = refs.wide.then(|| {
            let name = format!(
                "which refs ruleset {} of {full} speaks of could not be told",
                ruleset.name
            );
            gap(
                snapshot,
                name,
                format!("look at the ruleset's patterns in {full}"),
                Side::Removes,
            )
        });
        rules.push(Rule {
            name: ruleset.name.clone(),
            refs,
            demands,
            spares: Spares {
                bypass: ruleset.bypass.clone(),
                ..Spares::default()
            },
            wide,
        });
    }
    rules
}

fn classic(branch: &Text, protection: &Protection) -> Vec<Rule> {
    let rule = |demands, named: Vec<Text>| Rule {
        name: branch.clone(),
        refs: Refs::branch(branch),
        demands,
        spares: Spares {
            named,
            admins: !protection.admins,
            bypass: Vec::new(),
            teams: protection.teams,
        },
        wide: None,
    };
    let mut rules = Vec::new();
    if protection.locked {
        rules.push(Rule {
            spares: Spares::default(),
            ..rule(Demands::Nobody, Vec::new())
        });
    }
    if let Some(pushers) = &protection.pushers {
        rules.push(rule(Demands::Nobody, pushers.iter().cloned().collect()));
    }
    if protection.reviews.is_some_and(|count| count > 0) {
        rules.push(rule(Demands::Review, protection.exempt.iter().cloned().collect()));
    }
    rules
}

impl Rule {
    fn binds(&self, actor: Actor<'_>, full: &str, snapshot: &mut Snapshot) -> Binds {
        let own = match actor {
            Actor::Person { login, .. } => login,
            Actor::App { slug, .. } => slug,
            Actor::Key | Actor::Job => "",
        };
        if self.spares.named.iter().any(|name| **name == *own) {
            return Binds::No;
        }
        let admin = matches!(actor, Actor::Person { role: "admin", .. });
        if self.spares.admins && admin {
            return Binds::No;
        }
        let mut doubt = |what: String, settle: String| {
            Binds::Perhaps(so(&gap(snapshot, what, settle, Side::Adds)).negate())
        };
        let mut perhaps = None;
        if self.spares.teams && matches!(actor, Actor::Person { .. }) {
            perhaps = Some(doubt(
                format!(
                    "who is in the teams that rule {} of {full} spares is not known",
                    self.name
                ),
                "gh api orgs/ORG/teams/TEAM/members".to_owned(),
            ));
        }
        for bypass in &self.spares.bypass {
            match (bypass, actor) {
                (Bypass::DeployKey, Actor::Key) => return Binds::No,
                (Bypass::Role(number), Actor::Person { role, .. }) => {
                    let spared = match &**number {
                        "5" => Some("admin"),
                        "2" => Some("maintain"),
                        "4" => Some("write"),
                        _ => None,
                    };
                    if spared == Some(role) {
                        return Binds::No;
                    }
                    let rank = |role| {
                        ["read", "triage", "write", "maintain", "admin"]
                            .iter()
                            .position(|r| *r == role)
                    };
                    if spared.is_none_or(|spared| rank(spared) < rank(role)) {
                        perhaps = Some(doubt(
                            format!(
                                "whether ruleset {} of {full} spares {own} by role is not known",
                                self.name
                            ),
                            format!("look at the bypass list of the ruleset in {full}"),
                        ));
                    }
                }
                (
                    Bypass::OrganizationAdmin,
                    Actor::Person {
                        role: "admin", login, ..
                    },
                ) => {
                    perhaps = Some(doubt(
                        format!("whether {login} owns the organization of {full} is not known"),
                        "gh api 'orgs/ORG/members?role=admin'".to_owned(),
                    ));
                }
                (Bypass::Other(kind, id), Actor::Person { id: own, .. })
                    if &**kind == "User" && own == Some(&**id) =>
                {
                    return Binds::No;
                }
                (Bypass::Other(kind, id), Actor::App { id: own, .. })
                    if &**kind == "Integration" && own == Some(&**id) =>
                {
                    return Binds::No;
                }
                (Bypass::Other(kind, id), Actor::Person { .. }) if &**kind == "Team" => {
                    perhaps = Some(doubt(
                        format!(
                            "who is in team {id}, which ruleset {} of {full} spares, is not known",
                            self.name
                        ),
                        format!("gh api teams/{id}/members"),
                    ));
                }
                _ => {}
            }
        }
        perhaps.unwrap_or(Binds::Yes)
    }
}

/// The refs of a repository that somebody may change by these actions.
pub(super) fn writable(
    actions: &Strings,
    full: &str,
    rules: &[Rule],
    actor: Actor<'_>,
    snapshot: &mut Snapshot,
) -> PermissionSet {
    let mut taken = Vec::new();
    for rule in rules {
        let mut literals = match rule.binds(actor, full, snapshot) {
            Binds::No => continue,
            Binds::Yes => Vec::new(),
            Binds::Perhaps(literal) => vec![literal],
        };
        match &rule.demands {
            Demands::Nobody => {}
            Demands::Review => literals.push(approved(REVIEWED).negate()),
            Demands::Unknown(atom) => literals.push(so(atom)),
        }
        literals.extend(rule.wide.iter().map(so));
        let guard = Guard::all_of(literals);
        taken.push(rule.refs.requests(actions, full, &guard));
    }
    Refs::all()
        .requests(actions, full, &Guard::always())
        .difference(&PermissionSet::union_of(taken))
}
