//! One world on one server: made, exported, compiled, tried, compared.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_bench::Random;
use leastwise_document::{Limits, read};
use leastwise_model::{File, Gain, Platform, Settings, Snapshot, Targets};
use leastwise_permset::{Answers, Context, Key, PermissionSet, Request};
use leastwise_postgresql::PostgreSql;

use crate::server::Server;
use crate::world::{DATABASES, Judge, PREDEFINED, Probe, ROLES, ROWS, TARGET, World, make, quoted};

/// What comparing came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub worlds: usize,
    pub checks: usize,
    /// Of them, those that the server permits.
    pub permitted: usize,
    /// Of them, those after SET ROLE.
    pub after_set_role: usize,
    /// Of them, those that the sets leave open.
    pub unknown: usize,
    /// Requests of which a dump was asked as well, and of them those that it leaves open and the export does not.
    pub dumped: usize,
    pub dumped_open: usize,
    pub wrong: Vec<String>,
    /// How often each error came, and an example.
    pub errors: BTreeMap<String, (usize, String)>,
}

/// Prepares a server: what probes use is in every database that is made later.
pub fn prepare(server: &Server) -> Result<(), String> {
    let script = format!(
        "create role {TARGET};
         create schema lw; grant usage, create on schema lw to public;
         create table lw.lines(line text); grant all on lw.lines to public;
         create function lw.trigger() returns trigger language plpgsql as 'begin return new; end';
         create function lw.probe(session text, acting text, statements text[], thens text[]) returns text[] language plpgsql as $$
         declare said text[] := '{{}}'; number bigint;
         begin
           execute format('set session authorization %I', session);
           if acting <> session then
             begin
               execute format('set role %I', acting);
             exception when insufficient_privilege or invalid_parameter_value then
               execute 'reset session authorization';
               return null;
             end;
           end if;
           for at in 1 .. coalesce(array_length(statements, 1), 0) loop
             begin
               if statements[at] like 'select%' then
                 execute statements[at] into number;
               else
                 execute statements[at];
                 get diagnostics number = row_count;
               end if;
               if thens[at] is not null then
                 execute thens[at] into number;
               end if;
               raise exception using errcode = 'LW000', message = coalesce(number, 0)::text;
             exception
               when sqlstate 'LW000' then said := said || ('ok ' || sqlerrm);
               when others then said := said || (sqlstate || ' ' || sqlerrm);
             end;
           end loop;
           execute 'reset session authorization';
           return said;
         end $$;"
    );
    server.psql("template1", "postgres", &script)?;
    let made: Vec<String> = DATABASES
        .iter()
        .map(|name| format!("create database {};", quoted(name)))
        .collect();
    server.psql("postgres", "postgres", &made.join("\n")).map(drop)
}

/// Removes a world, and leaves the two databases as they were made. Making them anew would take far longer.
fn wipe(server: &Server) -> Result<(), String> {
    let roles: Vec<String> = ROLES.iter().map(|role| quoted(role)).collect();
    let roles = roles.join(", ");
    // One by one: together they stumble over default privileges that one gives to another.
    let drops: Vec<String> = ROLES
        .iter()
        .map(|role| format!("drop owned by {} cascade;", quoted(role)))
        .collect();
    let drops = drops.join(" ");
    for database in DATABASES {
        let script = format!(
            "set client_min_messages = error;
             reassign owned by {roles} to postgres;
             {drops}
             drop schema if exists \"s/1\" cascade;
             drop view if exists public.w; drop table if exists public.t, public.later cascade; drop sequence if exists public.q;
             drop function if exists public.f(int);
             revoke execute on function pg_read_file(text) from public;
             update pg_namespace set nspacl = '{{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}}'
             where nspname = 'public';"
        );
        server.psql(database, "postgres", &script)?;
    }
    let drops: Vec<String> = ROLES
        .iter()
        .map(|role| format!("drop role if exists {};", quoted(role)))
        .collect();
    let script = format!(
        "set client_min_messages = error; {} update pg_database set datacl = null where datname <> 'template1';",
        drops.join(" ")
    );
    server.psql("postgres", "postgres", &script)?;
    let left = server.psql(
        "postgres",
        "postgres",
        "select count(*) from pg_roles where rolname !~ '^(pg_|postgres$|lw_)';",
    )?;
    if left.trim() == "0" {
        Ok(())
    } else {
        Err(format!("{} roles of a world are left", left.trim()))
    }
}

fn array(texts: impl Iterator<Item = Option<String>>) -> String {
    let texts = texts
        .map(|text| text.map_or_else(|| "null".into(), |text| format!("'{}'", text.replace('\'', "''"))));
    format!("array[{}]::text[]", texts.collect::<Vec<_>>().join(","))
}

/// What the server says to probes, for each role that acts in each one's session.
struct Tried {
    /// By session, acting role and probe.
    said: BTreeMap<(&'static str, &'static str, usize), String>,
    connects: BTreeSet<(&'static str, usize)>,
    /// Who can connect anywhere at all.
    enters: BTreeSet<&'static str>,
    sets: BTreeSet<(&'static str, &'static str)>,
}

fn attempt(server: &Server, world: &World) -> Result<Tried, String> {
    let mut tried = Tried {
        said: BTreeMap::new(),
        connects: BTreeSet::new(),
        enters: BTreeSet::new(),
        sets: BTreeSet::new(),
    };
    for login in &world.logins {
        for (at, database) in DATABASES.iter().enumerate() {
            if server.connects(database, login) {
                tried.connects.insert((login, at));
            }
        }
        if server.connects("template1", login) {
            tried.enters.insert(login);
        }
    }
    for (place, database) in DATABASES.iter().enumerate() {
        let mut script = String::new();
        let mut asked = Vec::new();
        for session in ROLES {
            for acting in ROLES.into_iter().chain(PREDEFINED) {
                let probes: Vec<(usize, &Probe)> = world
                    .probes
                    .iter()
                    .enumerate()
                    .filter(|(_, probe)| probe.database == place && (probe.often || session == acting))
                    .collect();
                script.push_str(&format!(
                    "select coalesce(to_json(lw.probe({}, {}, {}, {}))::text, 'null');\n",
                    array([Some(session.to_owned())].into_iter())
                        .replace("array[", "(array[")
                        .replace("::text[]", "::text[])[1]"),
                    array([Some(acting.to_owned())].into_iter())
                        .replace("array[", "(array[")
                        .replace("::text[]", "::text[])[1]"),
                    array(probes.iter().map(|(_, probe)| Some(probe.statement.clone()))),
                    array(probes.iter().map(|(_, probe)| probe.then.clone())),
                ));
                asked.push((session, acting, probes));
            }
        }
        let out = server.psql(database, "postgres", &script)?;
        let lines: Vec<&str> = out.lines().collect();
        if lines.len() != asked.len() {
            return Err(format!("{} answers to {} questions", lines.len(), asked.len()));
        }
        for (line, (session, acting, probes)) in lines.iter().zip(asked) {
            let mut answers: Vec<String> = Vec::new();
            let mut refused = *line == "null";
            let _ = read(line.as_bytes(), &Limits::default(), &mut |item| {
                if item.node.is_null() {
                    refused = true;
                }
                answers.extend(item.node.text().map(str::to_owned));
            });
            if refused {
                continue;
            }
            tried.sets.insert((session, acting));
            for ((at, _), answer) in probes.iter().zip(answers) {
                tried.said.insert((session, acting, *at), answer);
            }
        }
    }
    Ok(tried)
}

fn number(said: &str) -> i64 {
    said.strip_prefix("ok ")
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// What the server let through: a number of rows, or 1 and 0.
fn outcome(probe: &Probe, said: &str) -> i64 {
    match probe.judge {
        // Beside `insufficient_privilege`: what no privilege makes possible.
        Judge::Permitted | Judge::Writes(_) => i64::from(
            !["42501", "XX000", "0A000"]
                .iter()
                .any(|state| said.starts_with(state)),
        ),
        Judge::Stands => i64::from(number(said) > 0),
        Judge::Rows | Judge::Changes(_) => number(said),
    }
}

/// What sets let through, in the same measure.
/// A table made after the export: who may read and write it, against what default privileges say.
fn later(
    server: &Server,
    seed: u64,
    world: &World,
    tried: &Tried,
    snapshot: &Snapshot,
    tally: &mut Tally,
) -> Result<(), String> {
    let maker = quoted(world.maker);
    let mut script = format!(
        "grant create, usage on schema public to {maker};
         set role {maker}; create table public.later (a int); reset role;\n"
    );
    for role in ROLES {
        for statement in [
            "select count(a) from public.later",
            "insert into public.later values (1)",
        ] {
            let role = format!("'{role}'");
            script.push_str(&format!(
                "select (lw.probe({role}, {role}, array['{statement}'], array[null]::text[]))[1],
                   pg_has_role({role}, '{}', 'usage');\n",
                world.maker
            ));
        }
    }
    let out = server.psql(DATABASES[0], "postgres", &script)?;
    let lines: Vec<&str> = out.lines().collect();
    for (role, said) in ROLES.into_iter().zip(lines.chunks(2)) {
        for (action, said) in ["table:select", "table:insert"].into_iter().zip(said) {
            // Built-in defaults give the maker, and those who act for it, everything: that is not said for what is not there.
            if said.ends_with("|t") || !world.logins.contains(&role) {
                continue;
            }
            let real = i64::from(!said.starts_with("42501") && tried.connects.contains(&(role, 0)));
            let identity = snapshot.identities.iter().find(|one| &*one.name == role);
            let identity = identity.ok_or("a role is missing")?;
            let context = Context::new().with(Key::new("created-by"), [world.maker]);
            let request = Request::new(action, "alpha/public/later").within(context);
            let wanted = i64::from(identity.holding.effective().contains(&request));
            let probe = Probe {
                database: 0,
                action: action.into(),
                resource: "alpha/public/later".into(),
                statement: format!("made by {}", world.maker),
                then: None,
                judge: Judge::Permitted,
                often: false,
            };
            judge(tally, seed, role, role, &probe, said, real, (wanted, wanted));
        }
    }
    Ok(())
}

pub fn expected(world: &World, sets: &[PermissionSet], probe: &Probe, answers: &Answers) -> i64 {
    let passes = |id: i64, new: bool| -> Vec<String> {
        let admits = |policy: &&crate::world::Policy| {
            let filter = if new {
                policy.check.or(policy.using)
            } else {
                policy.using
            };
            filter.is_some_and(|filter| filter.admits(id))
        };
        world
            .policies
            .iter()
            .filter(admits)
            .map(|policy| policy.name.clone())
            .collect()
    };
    let ask = |old: Option<i64>, new: Option<i64>| {
        let mut context = Context::new();
        if let Some(old) = old {
            context = context.with(Key::new("row-passes"), passes(old, false));
        }
        if let Some(new) = new {
            context = context.with(Key::new("new-row-passes"), passes(new, true));
        }
        let request = Request::new(&probe.action, &probe.resource).within(context);
        sets.iter().any(|set| set.contains_given(&request, answers))
    };
    match probe.judge {
        Judge::Permitted | Judge::Stands => i64::from(ask(None, None)),
        Judge::Writes(new) => i64::from(ask(None, Some(new))),
        Judge::Rows => ROWS.iter().filter(|id| ask(Some(**id), None)).count() as i64,
        Judge::Changes(new) => ROWS.iter().filter(|id| ask(Some(**id), Some(new))).count() as i64,
    }
}

fn compiled(exports: &[String]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut reader = PostgreSql.reader(&Settings::default());
    for (at, export) in exports.iter().enumerate() {
        let path = format!("{at}.json");
        let file = snapshot.add_file(File {
            path: path.as_str().into(),
            unit: "world".into(),
        });
        let faults = read(export.as_bytes(), &Limits::default(), &mut |item| {
            let _ = reader.take(file, &path, item);
        });
        assert!(faults.is_empty(), "{faults:?}");
    }
    reader.compile(&mut snapshot);
    snapshot
}

/// The sets of all that a role can become by SET ROLE alone, slowly.
fn reached(snapshot: &Snapshot, from: usize) -> Vec<PermissionSet> {
    let own = |at: usize| snapshot.identities[at].holding.effective();
    let mut sets = BTreeMap::from([(from, own(from))]);
    let mut extra = Vec::new();
    loop {
        let mut grown = false;
        for opportunity in &snapshot.opportunities {
            let technique = &snapshot.techniques[opportunity.technique.0 as usize];
            if !technique.id.starts_with("postgresql:set-role") {
                continue;
            }
            let need = &opportunity.needs[0];
            let resource = need.resource.as_deref().unwrap_or_default();
            let request = Request::new(&need.action, resource);
            for actor in sets.keys().copied().collect::<Vec<_>>() {
                let bears = opportunity
                    .bearers
                    .iter()
                    .any(|bearer| bearer.0 as usize == actor);
                if !bears || !sets[&actor].contains(&request) {
                    continue;
                }
                match (&opportunity.gain, &opportunity.targets) {
                    (Gain::Become, Targets::These(targets)) => {
                        for target in targets.iter() {
                            let at = target.0 as usize;
                            grown |= !sets.contains_key(&at);
                            sets.entry(at).or_insert_with(|| own(at));
                        }
                    }
                    (Gain::Grant(set), _) => extra.push(set.clone()),
                    _ => {}
                }
            }
        }
        if !grown {
            extra.sort();
            extra.dedup();
            return sets.into_values().chain(extra).collect();
        }
        extra.clear();
    }
}

/// Makes a world, tries it, and counts.
pub fn world(server: &Server, version: u32, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut random = Random::new(seed);
    let folder = server.folder().to_string_lossy().into_owned();
    let world = make(&mut random, version, &folder);
    let mut exports = Vec::new();
    for (database, setup) in DATABASES.iter().zip(&world.setup) {
        server.psql(database, "postgres", setup)?;
    }
    for database in DATABASES {
        exports.push(server.psql(database, "postgres", leastwise_postgresql::export_query())?);
    }
    let snapshot = compiled(&exports);
    crate::dump::compare(server, seed, &world, &snapshot, tally)?;
    let tried = attempt(server, &world)?;
    tally.worlds += 1;
    let place = |role: &str| {
        let found = snapshot.identities.iter().position(|one| &*one.name == role);
        found.ok_or_else(|| format!("no identity {role}"))
    };
    let every = Answers::holding(snapshot.gaps.keys().cloned());
    let range = |sets: &[PermissionSet], probe: &Probe| {
        let least = expected(&world, sets, probe, &Answers::none());
        (least, expected(&world, sets, probe, &every))
    };
    let superuser = |role: &str| place(role).is_ok_and(|at| snapshot.identities[at].unbounded.is_some());
    for role in ROLES {
        let identity = &snapshot.identities[place(role)?];
        let set = [identity.holding.effective()];
        let all = reached(&snapshot, place(role)?);
        let logs_in = world.logins.contains(&role);
        let takers: Vec<&str> = ROLES
            .into_iter()
            .filter(|other| world.logins.contains(other) && *other != role && !superuser(other))
            .filter(|other| tried.sets.contains(&(other, role)))
            .collect();
        // In which databases the role can act, as the server says.
        let acts = |at: usize| match (logs_in, takers.is_empty() || superuser(role)) {
            (true, _) => tried.connects.contains(&(role, at)),
            (false, true) => true,
            (false, false) => takers.iter().any(|taker| tried.connects.contains(&(*taker, at))),
        };
        for (at, database) in DATABASES.iter().enumerate() {
            let probe = Probe {
                database: at,
                action: "database:connect".into(),
                resource: crate::world::part(database),
                statement: "connect".into(),
                then: None,
                judge: Judge::Permitted,
                often: false,
            };
            let real = i64::from(tried.connects.contains(&(role, at)));
            judge(tally, seed, role, role, &probe, "", real, range(&set, &probe));
        }
        for other in ROLES.into_iter().filter(|other| *other != role) {
            let probe = Probe {
                database: 0,
                action: "role:set".into(),
                resource: crate::world::part(other),
                statement: format!("set role {other}"),
                then: None,
                judge: Judge::Permitted,
                often: false,
            };
            let real =
                i64::from(tried.sets.contains(&(role, other)) && (!logs_in || tried.enters.contains(role)));
            judge(tally, seed, role, role, &probe, "", real, range(&set, &probe));
        }
        for (at, probe) in world.probes.iter().enumerate() {
            let here = if probe.resource.contains('/') && probe.resource != "/"
                || matches!(&*probe.action, "database:create" | "database:temporary")
            {
                acts(probe.database)
            } else {
                !logs_in || tried.enters.contains(role)
            };
            // Nobody drops or alters what is used to ask, and a role is not granted to itself.
            if matches!(&*probe.action, "role:drop" | "role:grant")
                && probe.resource == crate::world::part(role)
            {
                continue;
            }
            let said = tried.said.get(&(role, role, at)).map_or("", String::as_str);
            let real = if here { outcome(probe, said) } else { 0 };
            judge(tally, seed, role, role, probe, said, real, range(&set, probe));
            if !said.starts_with("ok") {
                let state = said.get(..5).unwrap_or_default().to_owned();
                let entry = tally
                    .errors
                    .entry(state)
                    .or_insert_with(|| (0, format!("{}: {said}", probe.statement)));
                entry.0 += 1;
            }
            if !probe.often || !logs_in {
                continue;
            }
            let by_any = ROLES
                .into_iter()
                .chain(PREDEFINED)
                .filter(|acting| tried.sets.contains(&(role, *acting)))
                .filter_map(|acting| tried.said.get(&(role, acting, at)))
                .any(|said| outcome(probe, said) > 0);
            let real = i64::from(by_any && tried.connects.contains(&(role, probe.database)));
            let (least, most) = range(&all, probe);
            let wanted = (i64::from(least > 0), i64::from(most > 0));
            tally.after_set_role += 1;
            judge(tally, seed, role, "any", probe, said, real, wanted);
        }
    }
    later(server, seed, &world, &tried, &snapshot, tally)?;
    wipe(server)
}

#[allow(clippy::too_many_arguments, reason = "what is told where both sides differ")]
fn judge(
    tally: &mut Tally,
    seed: u64,
    role: &str,
    acting: &str,
    probe: &Probe,
    said: &str,
    real: i64,
    wanted: (i64, i64),
) {
    tally.checks += 1;
    tally.permitted += usize::from(real > 0);
    let (least, most) = wanted;
    tally.unknown += usize::from(least < most);
    if real < least || real > most {
        tally.wrong.push(format!(
            "seed {seed}: {role} (as {acting}): {} on {}: server {real}, compiled {least} to {most}\n    {}\n    {said}",
            probe.action, probe.resource, probe.statement
        ));
    }
}
