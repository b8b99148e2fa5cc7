//! Roles as code keep their meaning. Every folder of `role-cases` is a test: what is rendered is read through the platform's
//! ordinary reader, and whoever holds it must hold exactly what the role says. Adding one needs no Rust:
//!
//! - `README.md`: the claim, and where it comes from.
//! - `*.yaml`: roles; the first by name of id that nobody includes is rendered. They stand in canonical form.
//! - `estate/`: native files, in one of which `@RENDERED@` stands for what is rendered. Every format is read so, or, where it is
//!   that of a tool, as what the tool makes of it ([`tools`]).
//! - `nothing`: what stands there before the role is given.
//! - `everything`, where an estate bounds what policies give: the native policy that allows everything.
//! - `holder`: the name of the identity that holds the role.
//!
//! held(with the role) = held(without) ∪ (set(role) ∩ held(with everything)), both differences empty; and where the platform
//! reads what is rendered by itself, as `compare` does, that is set(role).
#![expect(
    clippy::expect_used,
    reason = "a test that cannot find its own files must stop"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use leastwise_document::{Limits as ReadLimits, read};
use leastwise_model::{File, Platform, Settings, Snapshot};
use leastwise_permset::{Limits, PermissionSet, Relation};
use leastwise_roles::files::{Folder, Roles, canonical};
use leastwise_roles::meaning::{Meaning, meaning};
use libtest_mimic::{Arguments, Failed, Trial};

#[path = "roles_as_code/tools.rs"]
mod tools;

use tools::Given;

const PLATFORMS: &[&dyn Platform] = &[
    &leastwise_aws::Aws,
    &leastwise_kubernetes::Kubernetes,
    &leastwise_vault::Vault,
    &leastwise_postgresql::PostgreSql,
    &leastwise_github::GitHub,
];
/// Stands for what is rendered.
const RENDERED: &str = "@RENDERED@";

fn main() -> ExitCode {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("role-cases");
    let trials = entries(&cases).into_iter().map(|folder| {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Trial::test(name, move || case(&folder))
    });
    let mut trials: Vec<Trial> = trials.collect();
    trials.push(Trial::test("the_page_shows_what_is_rendered", page));
    trials.push(Trial::test(
        "a_narrower_and_a_wider_rendering_are_noticed",
        noticed,
    ));
    trials.push(Trial::test(
        "a_bound_comes_to_the_same_as_the_role_alone",
        bounded,
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).expect("the folder is there");
    let mut found: Vec<PathBuf> = read.map(|entry| entry.expect("readable").path()).collect();
    found.sort();
    found
}

/// The roles of a folder; each file must stand in canonical form.
fn roles(folder: &Path) -> Result<Roles, Failed> {
    let mut all = Folder::default();
    for path in entries(folder) {
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let bytes = fs::read(&path)?;
            let written = canonical(&name, &bytes)
                .map_err(|faults| format!("{faults:?}"))?
                .text;
            if written.as_bytes() != bytes {
                return Err(format!("{name} is best written so:\n{written}").into());
            }
            all.add(&name, &bytes);
        }
    }
    let (roles, faults) = all.finish();
    match faults.is_empty() {
        true => Ok(roles),
        false => Err(format!("{faults:?}").into()),
    }
}

fn subject(roles: &Roles) -> Result<Meaning<'_>, Failed> {
    let included = |id: &str| {
        roles
            .technical
            .values()
            .any(|role| role.includes.iter().any(|one| &*one.text == id))
    };
    let role = roles
        .technical
        .values()
        .find(|role| !included(&role.id.text))
        .ok_or("no role")?;
    meaning(roles, role, PLATFORMS).map_err(|faults| format!("{faults:?}").into())
}

fn case(folder: &Path) -> Result<(), Failed> {
    let roles = roles(folder)?;
    let meaning = subject(&roles)?;
    let nothing = fs::read_to_string(folder.join("nothing"))?;
    for format in meaning.language.formats() {
        let rendered = meaning
            .render(format.name)
            .map_err(|faults| format!("{faults:?}"))?;
        let given = tools::made(format.name, &rendered);
        let before = held(folder, &meaning, &given.of(&nothing))?;
        let after = held(folder, &meaning, &given)?;
        let mut meant = meaning.set();
        if let Some(alone) = given.document().and_then(|document| alone(&meaning, document)) {
            same(&alone, &meant).map_err(|why| format!("{} alone: {why}\n{rendered}", format.name))?;
        }
        if let Ok(everything) = fs::read_to_string(folder.join("everything")) {
            meant = meant.intersection(&held(folder, &meaning, &given.of(&everything))?);
        }
        same(&after, &before.union(&meant)).map_err(|why| format!("{}: {why}\n{rendered}", format.name))?;
        if before.compare(&after, &Limits::default()).relation == Relation::Equal {
            return Err(format!("{}: the role gives nothing", format.name).into());
        }
    }
    Ok(())
}

/// What a rendered policy says by itself, where the platform knows such policies.
fn alone(meaning: &Meaning<'_>, rendered: &str) -> Option<PermissionSet> {
    let reading = meaning.platform.policy_text(rendered).or_else(|| {
        let mut items = Vec::new();
        read(rendered.as_bytes(), &ReadLimits::default(), &mut |item| {
            items.push(item)
        });
        match items.as_slice() {
            [only] => meaning.platform.policy(only),
            _ => None,
        }
    })?;
    assert!(reading.remarks.is_empty() && reading.denies.is_plainly_empty());
    Some(reading.allows)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries(folder).into_iter().flat_map(below).collect()
}

/// What the holder can do in the estate of a case.
fn held(folder: &Path, meaning: &Meaning<'_>, given: &Given) -> Result<PermissionSet, Failed> {
    let mut snapshot = Snapshot::new();
    let mut reader = meaning.platform.reader(&Settings::default());
    let texts = match given {
        Given::Document(rendered) => {
            let estate = folder.join("estate");
            let each = files(&estate).into_iter().map(|path| {
                let name = path
                    .strip_prefix(&estate)
                    .expect("below")
                    .to_string_lossy()
                    .into_owned();
                let text = fs::read_to_string(&path).expect("readable");
                (name, text.replace(RENDERED, rendered))
            });
            each.collect()
        }
        Given::Estate { text, .. } => vec![("made.json".to_owned(), text.clone())],
    };
    for (name, text) in texts {
        let file = snapshot.add_file(File {
            path: name.as_str().into(),
            unit: "estate".into(),
        });
        if reader.take_text(file, &name, &text) {
            continue;
        }
        let faults = read(text.as_bytes(), &ReadLimits::default(), &mut |item| {
            let _ = reader.take(file, &name, item);
        });
        if !faults.is_empty() {
            return Err(format!("{name}: {faults:?}\n{text}").into());
        }
    }
    reader.compile(&mut snapshot);
    if let Some(lost) = snapshot.remarks.iter().find(|remark| remark.loses) {
        return Err(format!("{lost:?}\n{given:?}").into());
    }
    let holder = fs::read_to_string(folder.join("holder"))?;
    let mut found = snapshot
        .identities
        .iter()
        .filter(|one| *one.id == *holder.trim() || one.names.iter().any(|name| **name == *holder.trim()));
    match (found.next(), found.next()) {
        (Some(identity), None) => Ok(identity.holding.effective()),
        _ => {
            let names: Vec<_> = snapshot.identities.iter().map(|one| &one.names).collect();
            Err(format!("`{}` is not one identity of {names:?}", holder.trim()).into())
        }
    }
}

fn same(a: &PermissionSet, b: &PermissionSet) -> Result<(), String> {
    let compared = a.compare(b, &Limits::default());
    match compared.relation {
        Relation::Equal => Ok(()),
        relation => {
            let shown = |witness: Option<leastwise_permset::Witness>| witness.map(|witness| witness.request);
            Err(format!(
                "held is {relation:?}: more {:?}, less {:?}",
                shown(compared.added),
                shown(compared.removed)
            ))
        }
    }
}

/// The role on the page is read, and what stands below it is what is rendered.
fn page() -> Result<(), Failed> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/roles-as-code.md"))?;
    let block = |language: &str| {
        let begin = format!("```{language}\n");
        let block = page
            .split_once(begin.as_str())
            .and_then(|(_, rest)| rest.split_once("```"));
        block
            .map(|(block, _)| block)
            .ok_or(format!("no {language} on the page"))
    };
    let mut folder = Folder::default();
    folder.add("report-reader.yaml", block("yaml")?.as_bytes());
    let (roles, faults) = folder.finish();
    if !faults.is_empty() {
        return Err(format!("{faults:?}").into());
    }
    let rendered = subject(&roles)?
        .render("json")
        .map_err(|faults| format!("{faults:?}"))?;
    match rendered == block("json")? {
        true => Ok(()),
        false => Err(format!("the page should show\n{rendered}").into()),
    }
}

/// The law can fail: a permission more or less in what is rendered is told from none.
fn noticed() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("role-cases/aws-globs");
    let roles = roles(&folder)?;
    let meaning = subject(&roles)?;
    let rendered = meaning.render("json").map_err(|faults| format!("{faults:?}"))?;
    for (right, wrong) in [
        ("s3:List*", "s3:ListBucket"),
        ("s3:List*", "s3:L*"),
        ("20??", "20*"),
    ] {
        let changed = rendered.replace(right, wrong);
        if alone(&meaning, &changed).is_none_or(|changed| same(&changed, &meaning.set()).is_ok()) {
            return Err(format!("`{wrong}` for `{right}` goes unnoticed").into());
        }
        for format in meaning.language.formats() {
            let rendered = meaning
                .render(format.name)
                .map_err(|faults| format!("{faults:?}"))?;
            let own = held(&folder, &meaning, &tools::made(format.name, &rendered))?;
            let changed = tools::made(format.name, &rendered.replace(right, wrong));
            if same(&held(&folder, &meaning, &changed)?, &own).is_ok() {
                return Err(format!("`{wrong}` for `{right}` goes unnoticed in {}", format.name).into());
            }
        }
    }
    Ok(())
}

/// held(everything, bounded by what is rendered) = held(what is rendered alone).
fn bounded() -> Result<(), Failed> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("role-cases");
    let of_aws = entries(&cases).into_iter().filter(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("aws-"))
    });
    let mut seen = 0;
    for folder in of_aws {
        let roles = roles(&folder)?;
        let meaning = subject(&roles)?;
        let rendered = meaning.render("json").map_err(|faults| format!("{faults:?}"))?;
        let everything = fs::read_to_string(folder.join("everything"))?;
        let alone = held(&folder, &meaning, &tools::bounded(&rendered, None))?;
        let all = held(&folder, &meaning, &tools::bounded(&everything, None))?;
        let within = held(&folder, &meaning, &tools::bounded(&everything, Some(&rendered)))?;
        same(&within, &alone).map_err(|why| format!("{}: {why}", folder.display()))?;
        if same(&all, &alone).is_ok() {
            return Err(format!("{}: the bound takes nothing", folder.display()).into());
        }
        seen += 1;
    }
    match seen {
        0 => Err("no case".into()),
        _ => Ok(()),
    }
}
