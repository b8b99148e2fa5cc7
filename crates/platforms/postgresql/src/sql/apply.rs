//! What a grant does to the lists of an export.

use leastwise_model::Text;
use rustc_hash::FxHashMap;

use super::cursor::Qualified;
use super::grants::{GrantStatement, On, Privileges};
use crate::acl::{Acl, AclItem};
use crate::compile::Kind;
use crate::object::{Export, Owned};

/// Where names without a schema are looked up, unless sessions say otherwise.
const USUAL_SCHEMA: &str = "public";

/// Why it is not known what a statement does; in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unclear(pub String);

type Done = Result<(), Unclear>;

fn unclear<T>(what: String) -> Result<T, Unclear> {
    Err(Unclear(what))
}

/// One list that a statement is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub kind: Kind,
    at: usize,
}

/// Where relations and functions stand in an export, by their names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub relations: FxHashMap<Text, Vec<usize>>,
    pub functions: FxHashMap<Text, Vec<usize>>,
}

impl Index {
    pub(crate) fn of(export: &Export) -> Self {
        let mut index = Self::default();
        for (at, relation) in export.relations.iter().enumerate() {
            index
                .relations
                .entry(relation.owned.name.clone())
                .or_default()
                .push(at);
        }
        for (at, function) in export.functions.iter().enumerate() {
            index
                .functions
                .entry(function.owned.name.clone())
                .or_default()
                .push(at);
        }
        index
    }
}

/// The lists that a statement is about. Those of databases, tablespaces and parameters are in the first export of a server.
pub(crate) fn targets(export: &Export, index: &Index, on: &On) -> Result<Vec<Target>, Unclear> {
    match on {
        On::Other => Ok(Vec::new()),
        On::AllIn(kind, schemas) => {
            for schema in schemas {
                if !export.schemas.iter().any(|known| known.name == *schema) {
                    return unclear(format!("there is no schema `{schema}` in {}", export.database));
                }
            }
            let places = 0usize..;
            let targets = match kind {
                Kind::Function => places
                    .zip(&export.functions)
                    .filter(|(_, function)| schemas.contains(&function.schema))
                    .map(|(at, _)| Target { kind: *kind, at })
                    .collect(),
                _ => places
                    .zip(&export.relations)
                    .filter(|(_, one)| {
                        schemas.contains(&one.schema) && (one.kind == 'S') == (*kind == Kind::Sequence)
                    })
                    .map(|(at, _)| Target { kind: *kind, at })
                    .collect(),
            };
            Ok(targets)
        }
        On::These(kind, names) => names
            .iter()
            .map(|(name, arguments)| one(export, index, *kind, name, arguments.as_ref()))
            .collect(),
    }
}

fn shown(name: &Qualified) -> String {
    match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name.to_string(),
    }
}

fn one(
    export: &Export,
    index: &Index,
    kind: Kind,
    name: &Qualified,
    arguments: Option<&Text>,
) -> Result<Target, Unclear> {
    let places = |all: &FxHashMap<Text, Vec<usize>>| all.get(&name.name).cloned().unwrap_or_default();
    let mut found: Vec<(usize, &Text)> = match kind {
        Kind::Table | Kind::Sequence | Kind::Column => places(&index.relations)
            .into_iter()
            .filter_map(|at| Some((at, export.relations.get(at)?)))
            .filter(|(_, one)| kind == Kind::Table || one.kind == 'S')
            .map(|(at, one)| (at, &one.schema))
            .collect(),
        Kind::Function => places(&index.functions)
            .into_iter()
            .filter_map(|at| Some((at, export.functions.get(at)?)))
            .filter(|(_, one)| arguments.is_none_or(|arguments| one.arguments == *arguments))
            .map(|(at, one)| (at, &one.schema))
            .collect(),
        _ => {
            let at = plain(export, kind).position(|known| *known == name.name);
            return match at {
                Some(at) => Ok(Target { kind, at }),
                None => unclear(format!("there is no {} `{}`", kind.word(), name.name)),
            };
        }
    };
    match &name.schema {
        Some(schema) => found.retain(|(_, of)| *of == schema),
        // Which one is meant depends on the search path: the only one there is, where one looks first.
        None if found.len() == 1 => found.retain(|(_, of)| &***of == USUAL_SCHEMA),
        None => found.clear(),
    }
    match (found.as_slice(), kind) {
        ([(at, _)], Kind::Table) if export.relations.get(*at).is_some_and(|one| one.kind == 'S') => {
            Ok(Target {
                kind: Kind::Sequence,
                at: *at,
            })
        }
        ([(at, _)], _) => Ok(Target { kind, at: *at }),
        _ => unclear(format!(
            "which {} `{}` in {} is",
            kind.word(),
            shown(name),
            export.database
        )),
    }
}

fn plain(export: &Export, kind: Kind) -> Box<dyn Iterator<Item = &Text> + '_> {
    let list: &[Owned] = match kind {
        Kind::Database => return Box::new(export.databases.iter().map(|database| &database.owned.name)),
        Kind::Schema => &export.schemas,
        Kind::Language => &export.languages,
        Kind::Wrapper => &export.wrappers,
        Kind::ForeignServer => &export.servers,
        Kind::Tablespace => &export.tablespaces,
        Kind::Parameter => &export.parameters,
        Kind::Table | Kind::Column | Kind::Sequence | Kind::Function => &[],
    };
    Box::new(list.iter().map(|owned| &owned.name))
}

impl Target {
    /// What is granted on.
    pub(crate) fn owned<'e>(&self, export: &'e Export) -> Option<&'e Owned> {
        let at = self.at;
        match self.kind {
            Kind::Table | Kind::Sequence | Kind::Column => export.relations.get(at).map(|one| &one.owned),
            Kind::Function => export.functions.get(at).map(|one| &one.owned),
            Kind::Database => export.databases.get(at).map(|one| &one.owned),
            Kind::Schema => export.schemas.get(at),
            Kind::Language => export.languages.get(at),
            Kind::Wrapper => export.wrappers.get(at),
            Kind::ForeignServer => export.servers.get(at),
            Kind::Tablespace => export.tablespaces.get(at),
            Kind::Parameter => export.parameters.get(at),
        }
    }

    fn owned_mut<'e>(&self, export: &'e mut Export) -> Option<&'e mut Owned> {
        let at = self.at;
        match self.kind {
            Kind::Table | Kind::Sequence | Kind::Column => {
                export.relations.get_mut(at).map(|one| &mut one.owned)
            }
            Kind::Function => export.functions.get_mut(at).map(|one| &mut one.owned),
            Kind::Database => export.databases.get_mut(at).map(|one| &mut one.owned),
            Kind::Schema => export.schemas.get_mut(at),
            Kind::Language => export.languages.get_mut(at),
            Kind::Wrapper => export.wrappers.get_mut(at),
            Kind::ForeignServer => export.servers.get_mut(at),
            Kind::Tablespace => export.tablespaces.get_mut(at),
            Kind::Parameter => export.parameters.get_mut(at),
        }
    }

    /// The schema in which it is looked up.
    pub(crate) fn schema<'e>(&self, export: &'e Export) -> Option<&'e Text> {
        match self.kind {
            Kind::Table | Kind::Sequence | Kind::Column => {
                export.relations.get(self.at).map(|one| &one.schema)
            }
            Kind::Function => export.functions.get(self.at).map(|one| &one.schema),
            _ => None,
        }
    }
}

/// Changes the lists that a grant or revocation is about.
pub(crate) fn grant(export: &mut Export, statement: &GrantStatement, targets: &[Target]) -> Done {
    let version = export.version;
    for target in targets {
        let letters = target.kind.letters(version);
        let wanted: Vec<(char, Vec<Text>)> = match &statement.privileges {
            Privileges::All => letters.chars().map(|letter| (letter, Vec::new())).collect(),
            Privileges::Listed(listed) => listed.clone(),
        };
        let whole: Vec<char> = wanted
            .iter()
            .filter(|(_, columns)| columns.is_empty())
            .map(|(letter, _)| *letter)
            .collect();
        if let Some(odd) = whole.iter().find(|letter| !letters.contains(**letter)) {
            let word = crate::acl::word(*odd).unwrap_or_default().to_uppercase();
            return unclear(format!("{word} is no privilege on a {}", target.kind.word()));
        }
        let Some(owned) = target.owned_mut(export) else {
            continue;
        };
        let owner = owned.owner.clone();
        if !whole.is_empty() {
            let defaults = || defaults(target.kind, version, &owner);
            change(&mut owned.acl, &owner, &whole, statement, defaults);
        }
        let of_columns = wanted.iter().filter(|(_, columns)| !columns.is_empty());
        for (letter, columns) in of_columns {
            for column in columns {
                let dumped = export.dumped;
                let relation = export.relations.get_mut(target.at);
                let Some(relation) = relation.filter(|_| target.kind == Kind::Table) else {
                    return unclear(format!("what the column `{column}` is"));
                };
                // A dump writes not which columns a view or a child has.
                if dumped && !relation.columns.iter().any(|(name, _)| name == column) {
                    relation.partial = true;
                    relation.columns.push((column.clone(), None));
                }
                let known = relation.columns.iter_mut().find(|(name, _)| name == column);
                let Some((_, acl)) = known else {
                    return unclear(format!(
                        "which columns the table has of which `{column}` is granted"
                    ));
                };
                change(acl, &owner, &[*letter], statement, Vec::new);
            }
        }
    }
    Ok(())
}

pub(crate) fn change(
    acl: &mut Acl,
    owner: &Text,
    letters: &[char],
    statement: &GrantStatement,
    defaults: impl FnOnce() -> Vec<AclItem>,
) {
    let items = acl.get_or_insert_with(defaults);
    for grantee in &statement.whom {
        let at = items
            .iter()
            .position(|item| item.grantee == *grantee && item.grantor == *owner);
        if statement.revokes {
            let Some(item) = at.and_then(|at| items.get_mut(at)) else {
                continue;
            };
            if statement.option {
                for (letter, option) in &mut item.privileges {
                    *option &= !letters.contains(letter);
                }
            } else {
                item.privileges.retain(|(letter, _)| !letters.contains(letter));
            }
            continue;
        }
        let at = at.unwrap_or_else(|| {
            items.push(AclItem {
                grantee: grantee.clone(),
                privileges: Vec::new(),
                grantor: owner.clone(),
            });
            items.len() - 1
        });
        let Some(item) = items.get_mut(at) else { continue };
        for letter in letters {
            match item.privileges.iter_mut().find(|(held, _)| held == letter) {
                Some((_, option)) => *option |= statement.option,
                None => item.privileges.push((*letter, statement.option)),
            }
        }
    }
    items.retain(|item| !item.privileges.is_empty());
}

/// The list that a missing one stands for.
pub(crate) fn defaults(kind: Kind, version: u32, owner: &Text) -> Vec<AclItem> {
    let item = |grantee: Option<Text>, letters: &str| AclItem {
        grantee,
        privileges: letters.chars().map(|letter| (letter, false)).collect(),
        grantor: owner.clone(),
    };
    let mut items = vec![item(Some(owner.clone()), kind.letters(version))];
    if !kind.public_letters().is_empty() {
        items.insert(0, item(None, kind.public_letters()));
    }
    if kind == Kind::Parameter {
        items.clear();
    }
    items
}
