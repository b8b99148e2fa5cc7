//! Carries out the statements by which a role is made.

use leastwise_model::{Mint, Text};

use crate::compile::{Kind, Roles};
use crate::object::{Export, Membership, Role};
use crate::server::Server;
use crate::sql::apply;
use crate::sql::grants::{self, GrantStatement, On};
use crate::sql::lex::{Kind as TokenKind, Lexer, Token};
use crate::sql::roles::{self, Attributes, Options, RoleStatement};

/// What stands for the name of the role.
const NAMES: [&str; 2] = ["{{name}}", "{{username}}"];
/// The first version in which each membership says what it allows, and CREATEROLE is no power over all roles.
const OPTIONS_SINCE: u32 = 16;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Why the role may not be made.
    pub doubts: Vec<String>,
    /// Why it is not known what it holds.
    pub unread: Option<String>,
}

/// Whether whoever makes it may.
enum Might {
    Yes,
    /// The server refuses, and then nothing is made at all.
    No(String),
    Unknown(String),
}

/// Makes the role on the server. An error says why the server would refuse.
pub(super) fn carry_out(
    server: &mut Server,
    before: &Roles<'_>,
    mint: &Mint,
    role: Role,
    texts: &[Text],
) -> Result<Done, String> {
    let place = match &mint.place {
        Some(database) => {
            let known = server
                .exports
                .first()
                .is_none_or(|first| first.databases.iter().any(|one| one.owned.name == *database));
            if !known {
                return Err(format!("there is no database `{database}` on {}", server.name));
            }
            Some(
                server
                    .exports
                    .iter()
                    .position(|export| export.database == *database),
            )
        }
        None => None,
    };
    let mut done = Done::default();
    let maker = mint.maker.as_ref().and_then(|maker| before.find(maker));
    if maker.is_none() {
        done.doubts.push(match &mint.maker {
            Some(maker) => format!(
                "the role {maker}, by which {} makes identities, is not in the export of {}",
                mint.by, server.name
            ),
            None => format!(
                "by which role of {} identities are made for {}",
                server.name, mint.by
            ),
        });
    }
    let mut making = Making {
        maker: Maker {
            roles: before,
            at: maker,
        },
        server,
        place,
        role,
        created: false,
        memberships: Vec::new(),
        password: false,
    };
    let mut unread = None;
    for text in texts {
        let mut lexer = Lexer::new(text);
        loop {
            match lexer.statement() {
                Ok(Some(tokens)) => {
                    if let Err(stop) = making.statement(&tokens) {
                        match stop {
                            Stop::Refused(why) => return Err(why),
                            Stop::Unread(why) => {
                                unread.get_or_insert(why);
                            }
                        }
                    }
                }
                Ok(None) => break,
                Err(fault) => {
                    unread.get_or_insert(format!("{} is not understood", fault.what));
                    break;
                }
            }
        }
    }
    let Making {
        role,
        created,
        memberships,
        password,
        ..
    } = making;
    if !created && unread.is_none() {
        return Err("its statements make no role".into());
    }
    if created && !role.login && unread.is_none() {
        return Err("the role that it makes cannot log in".into());
    }
    if created && !password {
        done.doubts.push(format!(
            "whether the server lets those in without a password whom {} makes",
            mint.by
        ));
    }
    let new_name = role.name.clone();
    let automatic = maker.filter(|at| before.version >= OPTIONS_SINCE && !before.superuser(*at));
    if let Some(export) = server.exports.first_mut() {
        export.roles.push(role);
        export.memberships.extend(memberships);
        if let Some(at) = automatic {
            // Since 16 whoever makes a role may grant it.
            export.memberships.push(Membership {
                role: new_name,
                member: before.name(at),
                grantor: "".into(),
                admin: true,
                inherit: Some(false),
                set: Some(false),
                at: mint.location.clone(),
            });
        }
    }
    done.unread = unread;
    Ok(done)
}

enum Stop {
    Refused(String),
    Unread(String),
}

/// Whoever makes it; unknown ones are doubted elsewhere, and taken to be allowed.
struct Maker<'r> {
    roles: &'r Roles<'r>,
    at: Option<u32>,
}

impl Maker<'_> {
    fn free(&self) -> bool {
        self.at.is_none_or(|at| self.roles.superuser(at))
    }

    fn attributes(&self, attributes: &Attributes) -> Might {
        let Some(about) = self.at.filter(|_| !self.free()).and_then(|at| self.roles.get(at)) else {
            return Might::Yes;
        };
        let no = |word: &str| Might::No(format!("{} may not make a role with {word}", about.name));
        let since = self.roles.version >= OPTIONS_SINCE;
        if !about.createrole {
            return Might::No(format!("{} has no CREATEROLE", about.name));
        }
        if attributes.superuser == Some(true) {
            return no("SUPERUSER");
        }
        if attributes.replication == Some(true) && !(since && about.replication) {
            return no("REPLICATION");
        }
        if attributes.bypassrls == Some(true) && !(since && about.bypassrls) {
            return no("BYPASSRLS");
        }
        if attributes.createdb == Some(true) && since && !about.createdb {
            return no("CREATEDB");
        }
        Might::Yes
    }

    fn grants_role(&self, role: u32) -> Might {
        let Some(at) = self.at.filter(|_| !self.free()) else {
            return Might::Yes;
        };
        let may = if self.roles.version >= OPTIONS_SINCE {
            self.roles.administers(at).iter().any(|via| via.role == role)
        } else {
            let createrole = self.roles.get(at).is_some_and(|about| about.createrole);
            !self.roles.superuser(role)
                && (createrole || self.roles.administers(at).iter().any(|via| via.role == role))
        };
        match may {
            true => Might::Yes,
            false => Might::No(format!(
                "{} may not grant {}",
                self.roles.name(at),
                self.roles.name(role)
            )),
        }
    }

    /// Owners may grant, in schemas that they own too: of others it is not looked into.
    fn grants_on(&self, export: &Export, target: &apply::Target) -> Might {
        let Some(at) = self.at.filter(|_| !self.free()) else {
            return Might::Yes;
        };
        let database = &export.database;
        let owns = |owner: &Text| {
            self.roles
                .find(owner)
                .is_some_and(|owner| self.roles.acts_for(at, owner, database))
        };
        let schema = target
            .schema(export)
            .and_then(|name| export.schemas.iter().find(|one| one.name == *name));
        let may = target.owned(export).is_some_and(|owned| owns(&owned.owner))
            && schema.is_none_or(|schema| owns(&schema.owner));
        match may {
            true => Might::Yes,
            false => Might::Unknown(format!(
                "whether {} may grant all that it grants",
                self.roles.name(at)
            )),
        }
    }
}

struct Making<'m> {
    maker: Maker<'m>,
    server: &'m mut Server,
    /// Whether the database is known in which statements are run, and then its export if there is one.
    place: Option<Option<usize>>,
    role: Role,
    created: bool,
    memberships: Vec<Membership>,
    password: bool,
}

fn check(might: Might) -> Result<(), Stop> {
    match might {
        Might::Yes => Ok(()),
        Might::No(why) => Err(Stop::Refused(why)),
        Might::Unknown(why) => Err(Stop::Unread(why)),
    }
}

fn is_new(name: &str) -> bool {
    NAMES.contains(&name)
}

impl Making<'_> {
    fn statement(&mut self, tokens: &[Token]) -> Result<(), Stop> {
        match roles::read(tokens) {
            Some(RoleStatement::Create { name, attributes }) if is_new(&name) => self.create(&attributes),
            Some(RoleStatement::Alter { name, attributes }) if is_new(&name) && self.created => {
                check(self.maker.attributes(&attributes))?;
                attributes.apply(&mut self.role);
                self.password |= attributes.password;
                Ok(())
            }
            Some(RoleStatement::Configure { name, .. }) if is_new(&name) => Ok(()),
            Some(RoleStatement::Grant {
                roles, to, options, ..
            }) => self.grant_roles(&roles, &to, options),
            _ => match grants::read(tokens) {
                Some(grant) if self.created => self.grant(&grant),
                _ => Err(Stop::Unread(format!("`{}` is not understood", shown(tokens)))),
            },
        }
    }

    fn create(&mut self, attributes: &Attributes) -> Result<(), Stop> {
        if self.created {
            return Err(Stop::Refused("it makes the same role twice".into()));
        }
        check(self.maker.attributes(attributes))?;
        attributes.apply(&mut self.role);
        self.created = true;
        self.password |= attributes.password;
        self.become_member(&attributes.member_of, Options::default())?;
        self.take_members(&attributes.members, Options::default())?;
        let admin = Options {
            admin: Some(true),
            ..Options::default()
        };
        self.take_members(&attributes.admins, admin)
    }

    fn find(&self, name: &Text) -> Result<u32, Stop> {
        let found = self.maker.roles.find(name);
        found.ok_or_else(|| Stop::Refused(format!("there is no role `{name}` on {}", self.server.name)))
    }

    fn become_member(&mut self, of: &[Text], options: Options) -> Result<(), Stop> {
        for name in of {
            let role = self.find(name)?;
            if self.maker.roles.is_database_owner(role) {
                return Err(Stop::Refused(format!("nobody can be made a member of {name}")));
            }
            check(self.maker.grants_role(role))?;
            let inherits = self.role.inherit;
            self.memberships
                .push(self.membership(name.clone(), self.role.name.clone(), options, inherits));
        }
        Ok(())
    }

    fn take_members(&mut self, names: &[Text], options: Options) -> Result<(), Stop> {
        for name in names {
            let member = self.find(name)?;
            let inherits = self.maker.roles.get(member).is_some_and(|member| member.inherit);
            self.memberships
                .push(self.membership(self.role.name.clone(), name.clone(), options, inherits));
        }
        Ok(())
    }

    fn membership(&self, role: Text, member: Text, options: Options, inherits: bool) -> Membership {
        let by_row = self.maker.roles.version >= OPTIONS_SINCE;
        Membership {
            role,
            member,
            grantor: self
                .maker
                .at
                .map_or_else(|| "".into(), |at| self.maker.roles.name(at)),
            admin: options.admin.unwrap_or(false),
            inherit: by_row.then(|| options.inherit.unwrap_or(inherits)),
            set: by_row.then(|| options.set.unwrap_or(true)),
            at: self.role.at.clone(),
        }
    }

    fn grant_roles(&mut self, granted: &[Text], to: &[Text], options: Options) -> Result<(), Stop> {
        let new = |names: &[Text]| names.iter().any(|name| is_new(name));
        let said = options.inherit.is_some() || options.set.is_some();
        match (granted, to) {
            _ if said && self.maker.roles.version < OPTIONS_SINCE => Err(Stop::Refused(
                "the server knows no such option of a membership".into(),
            )),
            _ if !self.created => Err(Stop::Unread("it grants roles before it makes one".into())),
            (granted, [one]) if is_new(one) && !new(granted) => self.become_member(granted, options),
            ([one], to) if is_new(one) && !new(to) => self.take_members(to, options),
            _ => Err(Stop::Unread(
                "it grants roles to others than the one that it makes".into(),
            )),
        }
    }

    fn grant(&mut self, grant: &GrantStatement) -> Result<(), Stop> {
        let only_new = matches!(grant.whom.as_slice(), [Some(name)] if is_new(name));
        if !only_new || grant.revokes {
            return Err(Stop::Unread(
                "it grants to others than the role that it makes, or revokes".into(),
            ));
        }
        let grant = GrantStatement {
            whom: vec![Some(self.role.name.clone())],
            ..grant.clone()
        };
        let shared = matches!(
            &grant.on,
            On::These(Kind::Database | Kind::Tablespace | Kind::Parameter, _)
        );
        let at = match (shared, self.place) {
            (true, _) => 0,
            (false, Some(Some(at))) => at,
            // Of a database that was not exported nothing is known anyway.
            (false, Some(None)) => return Ok(()),
            (false, None) => {
                return Err(Stop::Unread(
                    "it is not known in which database it is said".into(),
                ));
            }
        };
        let Some(export) = self.server.exports.get_mut(at) else {
            return Ok(());
        };
        let unread = |unclear: apply::Unclear| Stop::Unread(unclear.0);
        let targets = apply::targets(export, &apply::Index::of(export), &grant.on).map_err(unread)?;
        for target in &targets {
            check(self.maker.grants_on(export, target))?;
        }
        apply::grant(export, &grant, &targets).map_err(unread)
    }
}

/// How a statement begins, without strings, which may be secrets.
fn shown(tokens: &[Token]) -> String {
    let words: Vec<String> = tokens
        .iter()
        .take(4)
        .map(|token| match token.kind {
            TokenKind::Text => "'…'".to_owned(),
            TokenKind::Quoted => format!("\"{}\"", token.text),
            TokenKind::Word => token.text.to_uppercase(),
            TokenKind::Number | TokenKind::Sign | TokenKind::Meta => token.text.to_string(),
        })
        .collect();
    words.join(" ")
}
