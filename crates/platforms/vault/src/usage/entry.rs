//! The members of an audit entry that matter, as they stand in it.

use leastwise_document::skim::{Skim, Stop, Text};

/// An entry of an audit device.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    kind: Option<Text<'a>>,
    pub time: Option<Text<'a>>,
    pub error: Option<Text<'a>>,
    pub display: Option<Text<'a>>,
    pub entity: Option<Text<'a>>,
    pub accessor: Option<Text<'a>>,
    /// Whether policies let it through.
    pub allowed: Option<bool>,
    pub id: Option<Text<'a>>,
    pub operation: Option<Text<'a>>,
    pub path: Option<Text<'a>>,
    /// The path of the namespace, with its final `/`.
    pub namespace: Option<Text<'a>>,
    /// Whether the request came with a token.
    pub has_token: bool,
    request: bool,
    /// An entry in a text: of a log group.
    pub wrapped: Option<Text<'a>>,
}

impl<'a> Entry<'a> {
    /// Reads the value that stands here; it may be any.
    pub fn read(skim: &mut Skim<'a>) -> Result<Self, Stop> {
        let mut entry = Self::default();
        skim.members(&mut |key, skim| {
            match key {
                b"type" => entry.kind = skim.text()?,
                b"time" => entry.time = skim.text()?,
                b"error" => entry.error = skim.text()?,
                b"message" | b"log" => entry.wrapped = skim.text()?,
                b"auth" => entry.auth(skim)?,
                b"request" => entry.request(skim)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(entry)
    }

    fn auth(&mut self, skim: &mut Skim<'a>) -> Result<(), Stop> {
        skim.members(&mut |key, skim| {
            match key {
                b"display_name" => self.display = skim.text()?,
                b"entity_id" => self.entity = skim.text()?,
                b"accessor" => self.accessor = skim.text()?,
                b"policy_results" => skim.members(&mut |key, skim| {
                    if key != b"allowed" {
                        return Ok(false);
                    }
                    self.allowed = match skim.raw()? {
                        b"true" => Some(true),
                        b"false" => Some(false),
                        _ => None,
                    };
                    Ok(true)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })
    }

    fn request(&mut self, skim: &mut Skim<'a>) -> Result<(), Stop> {
        self.request = true;
        skim.members(&mut |key, skim| {
            match key {
                b"id" => self.id = skim.text()?,
                b"operation" => self.operation = skim.text()?,
                b"path" => self.path = skim.text()?,
                b"client_token" => self.has_token = skim.text()?.is_some_and(|text| !text.raw().is_empty()),
                b"namespace" => skim.members(&mut |key, skim| {
                    if key != b"path" {
                        return Ok(false);
                    }
                    self.namespace = skim.text()?;
                    Ok(true)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })
    }

    /// Whether it is an audit entry and not something else.
    pub fn is_entry(&self) -> bool {
        let kind = self.kind.map(|text| text.raw()).unwrap_or_default();
        self.request && matches!(kind, b"request" | b"response") && (self.path.is_some() || self.id.is_some())
    }

    /// Whether it tells of a request that was not answered yet.
    pub fn is_request(&self) -> bool {
        self.kind.is_some_and(|text| text.raw() == b"request")
    }
}
