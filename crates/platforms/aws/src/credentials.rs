//! The credential report: a CSV table of users, their passwords, keys and certificates.
//!
//! Source: IAM User Guide, "Generate credential reports for your AWS account".

use jiff::Timestamp;
use leastwise_model::{Credential, CredentialKind, FileIndex, LastUse, Location, Remark, Text};
use rustc_hash::FxHashMap;

use crate::export::moment;

/// How a report begins.
const HEADER: &str = "user,arn,user_creation_time";

/// The row of one user.
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose.
    pub arn: Text,
    /// Whether it is the account itself.
    pub root: bool,
    /// When the user was made.
    pub created: Option<Timestamp>,
    /// Whether a password is enabled; for the account itself there always is one.
    pub password: bool,
    /// Whether a second factor is.
    pub second_factor: bool,
    /// How many access keys there are, active or not.
    pub keys: usize,
    /// How many of them are active.
    pub keys_active: usize,
    /// Passwords, keys and certificates.
    pub credentials: Vec<Credential>,
    /// The last use of any.
    pub last_use: LastUse,
    /// Where it stands.
    pub location: Location,
}

/// Whether a text is a credential report.
#[must_use]
pub fn is_report(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').starts_with(HEADER)
}

/// Reads a report; what cannot be read goes to `remarks`.
pub fn read(file: FileIndex, text: &str, remarks: &mut Vec<Remark>) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns: FxHashMap<Box<str>, usize> = match reader.headers() {
        Ok(headers) => headers
            .iter()
            .enumerate()
            .map(|(at, name)| (name.trim().into(), at))
            .collect(),
        Err(_) => return Vec::new(),
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(fault) => {
                let line = fault.position().map_or(0, csv::Position::line);
                remarks.push(odd(
                    at(file, line),
                    format!("a row of the credential report cannot be read: {fault}"),
                ));
                continue;
            }
        };
        let location = at(file, record.position().map_or(0, csv::Position::line));
        let field = |name: &str| {
            let value = columns
                .get(name)
                .and_then(|at| record.get(*at))
                .unwrap_or_default();
            (!matches!(value, "" | "N/A" | "no_information" | "not_supported")).then_some(value)
        };
        let Some(arn) = field("arn").filter(|arn| arn.starts_with("arn:")) else {
            remarks.push(odd(
                location,
                "a row of the credential report names no ARN".into(),
            ));
            continue;
        };
        rows.push(row(
            arn,
            &field,
            &|name| columns.get(name).and_then(|at| record.get(*at)),
            location,
        ));
    }
    rows
}

fn odd(location: Location, what: String) -> Remark {
    Remark {
        location: Some(location),
        what: what.into(),
        hint: "make the report again".into(),
        loses: true,
    }
}

fn at(file: FileIndex, line: u64) -> Location {
    Location {
        file,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: 1,
        pointer: Box::default(),
    }
}

fn row<'r>(
    arn: &str,
    field: &dyn Fn(&str) -> Option<&'r str>,
    raw: &dyn Fn(&str) -> Option<&'r str>,
    location: Location,
) -> Row {
    let root = arn.ends_with(":root");
    let truth = |name: &str| field(name) == Some("true");
    // `N/A` and `no_information` say that there was no use; a missing column says nothing.
    let used = |name: &str| match (field(name).and_then(moment), raw(name)) {
        (Some(when), _) => LastUse::At(when),
        (None, Some("N/A" | "no_information")) => LastUse::Never,
        (None, _) => LastUse::Unknown,
    };
    let mut credentials = Vec::new();
    let password = root || truth("password_enabled");
    if password {
        credentials.push(Credential {
            kind: CredentialKind::Password,
            name: "password".into(),
            active: true,
            rotated: field("password_last_changed").and_then(moment),
            last_use: used("password_last_used"),
            location: Some(location.clone()),
        });
    }
    let (mut keys, mut keys_active) = (0, 0);
    for number in ["1", "2"] {
        let name = |part: &str| format!("access_key_{number}_{part}");
        let rotated = field(&name("last_rotated")).and_then(moment);
        let active = truth(&name("active"));
        if active || rotated.is_some() {
            keys += 1;
            keys_active += usize::from(active);
            credentials.push(Credential {
                kind: CredentialKind::Key,
                name: format!("access key {number}").into(),
                active,
                rotated,
                last_use: used(&name("last_used_date")),
                location: Some(location.clone()),
            });
        }
        let active = truth(&format!("cert_{number}_active"));
        let rotated = field(&format!("cert_{number}_last_rotated")).and_then(moment);
        if active || rotated.is_some() {
            credentials.push(Credential {
                kind: CredentialKind::Certificate,
                name: format!("signing certificate {number}").into(),
                active,
                rotated,
                last_use: LastUse::Unknown,
                location: Some(location.clone()),
            });
        }
    }
    let uses = [
        used("password_last_used"),
        used("access_key_1_last_used_date"),
        used("access_key_2_last_used_date"),
    ];
    Row {
        arn: arn.into(),
        root,
        created: field("user_creation_time").and_then(moment),
        password,
        second_factor: truth("mfa_active"),
        keys,
        keys_active,
        last_use: latest(&uses),
        credentials,
        location,
    }
}

/// The latest use; unknown only where nothing is known.
fn latest(uses: &[LastUse]) -> LastUse {
    let last = uses.iter().filter_map(|last| match last {
        LastUse::At(when) => Some(*when),
        LastUse::Never | LastUse::Unknown => None,
    });
    match last.max() {
        Some(when) => LastUse::At(when),
        None if uses.contains(&LastUse::Unknown) => LastUse::Unknown,
        None => LastUse::Never,
    }
}
