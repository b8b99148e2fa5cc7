//! All files of roles together: ids, references, circles.

use std::collections::BTreeMap;

use leastwise_model::{Text, Written};

use super::read::{self, Said};
use super::role::{BusinessRole, Permission, Role, RoleFault};
use leastwise_model::nearest;

/// Roles that belong together, every reference resolved.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// Technical roles by their ids.
    pub technical: BTreeMap<Text, Role>,
    /// Business roles by their ids.
    pub business: BTreeMap<Text, BusinessRole>,
}

impl Roles {
    /// A role and all that it includes, each once, itself first, in the order in which they are named.
    #[must_use]
    pub fn with_included<'a>(&'a self, role: &'a Role) -> Vec<&'a Role> {
        let mut found: Vec<&Role> = vec![role];
        let mut at = 0;
        while let Some(role) = found.get(at).copied() {
            for included in &role.includes {
                if let Some(included) = self.technical.get(&included.text)
                    && !found.iter().any(|known| known.id.text == included.id.text)
                {
                    found.push(included);
                }
            }
            at += 1;
        }
        found
    }

    /// Every permission of a role with the role that says it, those of included roles with them.
    #[must_use]
    pub fn permissions<'a>(&'a self, role: &'a Role) -> Vec<(&'a Role, &'a Permission)> {
        let roles = self.with_included(role).into_iter();
        roles
            .flat_map(|role| role.permissions.iter().map(move |permission| (role, permission)))
            .collect()
    }
}

/// Takes files one by one.
#[derive(Debug, Default)]
pub struct Folder {
    roles: Roles,
    faults: Vec<RoleFault>,
}

impl Folder {
    /// Takes a file; `file` is how people are told of it.
    pub fn add(&mut self, file: &str, bytes: &[u8]) {
        let file = Text::from(file);
        match read::file(&file, bytes) {
            Err(mut faults) => self.faults.append(&mut faults),
            Ok(Said::Role(role)) => {
                if let Some(first) = self.roles.technical.get(&role.id.text) {
                    self.faults.push(twice(&file, &role.id, &first.file, &first.id));
                } else {
                    self.roles.technical.insert(role.id.text.clone(), *role);
                }
            }
            Ok(Said::Business(roles)) => {
                for role in roles {
                    if let Some(first) = self.roles.business.get(&role.id.text) {
                        self.faults.push(twice(&file, &role.id, &first.file, &first.id));
                    } else {
                        self.roles.business.insert(role.id.text.clone(), role);
                    }
                }
            }
        }
    }

    /// The roles and everything that is wrong with them, by file and place. Where anything is, roles may be missing.
    #[must_use]
    pub fn finish(mut self) -> (Roles, Vec<RoleFault>) {
        // What a file that cannot be read would have said is not known: references are looked at only where all can.
        if self.faults.is_empty() {
            references(&self.roles, &mut self.faults);
        }
        if self.faults.is_empty() {
            circles(&self.roles, &mut self.faults);
        }
        self.faults.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
        (self.roles, self.faults)
    }
}

fn place(file: &Text, written: &Written) -> String {
    format!("{file}:{}:{}", written.at.line, written.at.column)
}

fn twice(file: &Text, id: &Written, first_file: &Text, first: &Written) -> RoleFault {
    let what = format!("role `{}` is also at {}", id.text, place(first_file, first));
    RoleFault::new(
        file,
        id.at,
        what,
        "an id belongs to one role: give one of them another id",
    )
}

fn unknown(roles: &Roles, file: &Text, id: &Written) -> RoleFault {
    let meant = nearest(&id.text, roles.technical.keys().map(|id| &**id))
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    let what = format!("there is no technical role `{}`{meant}", id.text);
    RoleFault::new(file, id.at, what, "name the id of a role of this folder")
}

fn references(roles: &Roles, faults: &mut Vec<RoleFault>) {
    for role in roles.technical.values() {
        for id in &role.includes {
            let Some(included) = roles.technical.get(&id.text) else {
                faults.push(unknown(roles, &role.file, id));
                continue;
            };
            for (word, own, other) in [
                ("platform", &role.platform, &included.platform),
                ("environment", &role.environment, &included.environment),
            ] {
                if own.text != other.text {
                    let what = format!(
                        "`{}` is for the {word} `{}`, and this role for `{}`",
                        id.text, other.text, own.text
                    );
                    let hint = format!("a role is for exactly one {word}: include one of the same");
                    faults.push(RoleFault::new(&role.file, id.at, what, hint));
                }
            }
        }
    }
    for role in roles.business.values() {
        for id in &role.roles {
            if !roles.technical.contains_key(&id.text) {
                faults.push(unknown(roles, &role.file, id));
            }
        }
    }
}

/// Circles of inclusion, each told once with the places of all its steps. A walk over the inclusions: linear.
fn circles(roles: &Roles, faults: &mut Vec<RoleFault>) {
    let mut done: BTreeMap<&Text, bool> = BTreeMap::new();
    for start in roles.technical.values() {
        // Each entry: a role, and how many of its inclusions were followed.
        let mut path: Vec<(&Role, usize)> = vec![(start, 0)];
        while let Some((role, next)) = path.last_mut() {
            let role: &Role = role;
            if done.get(&role.id.text) == Some(&true) {
                path.pop();
                continue;
            }
            done.insert(&role.id.text, false);
            let followed = role
                .includes
                .get(*next)
                .and_then(|id| roles.technical.get(&id.text));
            *next += 1;
            let Some(followed) = followed else {
                done.insert(&role.id.text, true);
                path.pop();
                continue;
            };
            match path.iter().position(|(on, _)| on.id.text == followed.id.text) {
                Some(from) => faults.push(circle(path.get(from..).unwrap_or_default())),
                None => path.push((followed, 0)),
            }
        }
    }
}

fn circle(steps: &[(&Role, usize)]) -> RoleFault {
    let mut places = Vec::new();
    let mut first = None;
    for (role, next) in steps {
        let Some(id) = next.checked_sub(1).and_then(|at| role.includes.get(at)) else {
            continue;
        };
        places.push(format!("`{}` at {}", id.text, place(&role.file, id)));
        first.get_or_insert((*role, id));
    }
    let what = format!("roles include each other in a circle: {}", places.join(", then "));
    match first {
        Some((role, id)) => RoleFault::new(&role.file, id.at, what, "take one of these inclusions away"),
        None => RoleFault {
            file: Text::from(""),
            at: None,
            what,
            hint: String::new(),
        },
    }
}
