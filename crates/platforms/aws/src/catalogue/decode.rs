//! From the embedded bytes to an indexed catalogue. The format is described in `xtask/src/catalogue/aws.rs`.

use std::ops::Range;
use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_zlib;

use super::keys::{KeyTable, KeyType, numbers};
use super::{Catalogue, Level, Record, Service};

/// The number of the text format that this reader knows.
const FORMAT: &str = "1";

/// Why bytes are not a catalogue. Only a damaged build or a foreign file can cause it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The bytes are not compressed as expected.
    #[error("the catalogue does not decompress; rebuild it with `cargo xtask catalogue aws`")]
    Compression,
    /// The decompressed bytes are not UTF-8.
    #[error("the catalogue is not text; rebuild it with `cargo xtask catalogue aws`")]
    Text,
    /// A record cannot be understood.
    #[error("line {line} of the catalogue is malformed; rebuild it with `cargo xtask catalogue aws`")]
    Record {
        /// The line, counted from 1.
        line: usize,
    },
    /// There are more actions, services or keys than their numbers can count.
    #[error("the catalogue holds more than 65,535 actions, services or condition keys")]
    TooLarge,
}

/// Decompresses and indexes. One pass over the lines; nothing inside an action's lists is looked at yet.
pub(super) fn decode(bytes: &[u8]) -> Result<Catalogue, CatalogueError> {
    let text = decompress_to_vec_zlib(bytes).map_err(|_| CatalogueError::Compression)?;
    let text = String::from_utf8(text).map_err(|_| CatalogueError::Text)?;
    let mut found = Found::default();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let record = line.strip_suffix('\n').unwrap_or(line);
        found
            .record(record, at)
            .ok_or(CatalogueError::Record { line: number + 1 })?;
        at += line.len();
    }
    let largest = found
        .records
        .len()
        .max(found.services.len())
        .max(found.keys.len());
    if largest > usize::from(u16::MAX) || u32::try_from(text.len()).is_err() {
        return Err(CatalogueError::TooLarge);
    }
    found
        .starts
        .push(to_u32(found.names.len()).ok_or(CatalogueError::TooLarge)?);
    Ok(Catalogue {
        version: found.version,
        keys: KeyTable::new(&text, found.keys, &found.mentioned),
        text,
        names: found.names,
        starts: found.starts,
        records: found.records,
        services: found.services,
        classes: OnceLock::new(),
    })
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    version: String,
    names: String,
    starts: Vec<u32>,
    records: Vec<Record>,
    services: Vec<Service>,
    /// The prefix of the last service.
    prefix: String,
    keys: Vec<(Range<u32>, KeyType)>,
    /// The condition keys that resource types list, with repetitions.
    mentioned: Vec<u16>,
}

impl Found {
    /// Takes in one record that starts at byte `at` of the text. `None` if it is malformed.
    fn record(&mut self, record: &str, at: usize) -> Option<()> {
        let (kind, rest) = record.split_once('\t')?;
        let at = at + kind.len() + 1;
        match kind {
            "A" => self.action(rest, at),
            "R" => {
                self.mentioned
                    .extend(numbers(rest.split('\t').nth(2).unwrap_or_default(), ' '));
                self.services.last_mut()?.types.push(range(at, rest.len())?);
                Some(())
            }
            "K" => {
                let (key, kind) = rest.split_once('\t')?;
                self.keys.push((range(at, key.len())?, KeyType::named(kind)?));
                Some(())
            }
            "S" => {
                let mut fields = rest.splitn(3, '\t');
                let (prefix, control, title) = (fields.next()?, fields.next()?, fields.next()?);
                prefix.clone_into(&mut self.prefix);
                self.services.push(Service {
                    prefix: range(at, prefix.len())?,
                    title: range(at + prefix.len() + control.len() + 2, title.len())?,
                    resource_control: control == "rcp",
                    types: Vec::new(),
                });
                Some(())
            }
            "V" => {
                let mut fields = rest.split('\t');
                if fields.next()? != FORMAT {
                    return None;
                }
                self.version = format!("{} {}", fields.next()?, fields.next()?);
                Some(())
            }
            _ => None,
        }
    }

    fn action(&mut self, rest: &str, at: usize) -> Option<()> {
        let (name, after) = rest.split_once('\t')?;
        let (level, fields) = after.split_at_checked(1)?;
        let level = match level {
            "R" => Level::Read,
            "L" => Level::List,
            "W" => Level::Write,
            "T" => Level::Tagging,
            "P" => Level::PermissionsManagement,
            _ => return None,
        };
        let skipped = if fields.is_empty() { 0 } else { 1 };
        let start = at + name.len() + 2 + skipped;
        self.records.push(Record {
            fields: range(start, fields.len().checked_sub(skipped)?)?,
            service: u16::try_from(self.services.len().checked_sub(1)?).ok()?,
            level,
        });
        self.starts.push(to_u32(self.names.len())?);
        self.names.push_str(&self.prefix);
        self.names.push(':');
        self.names.push_str(name);
        Some(())
    }
}

fn range(start: usize, len: usize) -> Option<Range<u32>> {
    Some(to_u32(start)?..to_u32(start + len)?)
}

fn to_u32(number: usize) -> Option<u32> {
    u32::try_from(number).ok()
}
