//! The members of a record that matter, as they stand in it.

use std::borrow::Cow;

use leastwise_document::skim::{Skim, Stop, Text};

/// `userIdentity`.
#[derive(Debug, Default)]
pub(super) struct Identity<'a> {
    pub kind: Option<Text<'a>>,
    pub principal: Option<Text<'a>>,
    pub arn: Option<Text<'a>>,
    pub account: Option<Text<'a>>,
    pub user_name: Option<Text<'a>>,
    pub invoked_by: Option<Text<'a>>,
    pub provider: Option<Text<'a>>,
    /// `onBehalfOf.userId`.
    pub on_behalf_of: Option<Text<'a>>,
    /// `sessionContext.sourceIdentity`.
    pub source_identity: Option<Text<'a>>,
    /// `sessionContext.sessionIssuer`.
    pub issuer_arn: Option<Text<'a>>,
    pub issuer_principal: Option<Text<'a>>,
    /// `sessionContext.webIdFederationData.federatedProvider`.
    pub federated_provider: Option<Text<'a>>,
}

/// A record.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub version: bool,
    pub time: Option<Text<'a>>,
    pub source: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
    pub region: Option<Text<'a>>,
    pub error_code: Option<Text<'a>>,
    pub error_message: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub recipient: Option<Text<'a>>,
    pub category: Option<Text<'a>>,
    /// `eventType`.
    pub kind: Option<Text<'a>>,
    pub management: Option<bool>,
    pub identity: Identity<'a>,
    pub has_identity: bool,
    /// `requestParameters`, as written.
    pub parameters: Option<&'a [u8]>,
    /// `resources`, as written.
    pub resources: Option<&'a [u8]>,
    /// Whether it may be a row of the result of a query.
    pub counted: bool,
    /// Whether it comes out of the table of Amazon Athena, which has fewer members.
    pub athena: bool,
    wrapped_text: Option<Text<'a>>,
    wrapped_map: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Reads the value that stands here; it may be any.
    pub fn read(skim: &mut Skim<'a>) -> Result<Self, Stop> {
        let mut record = Self::default();
        if skim.peek()? != b'{' {
            skim.skip()?;
            return Ok(record);
        }
        let mut map = skim.map()?;
        while let Some(key) = skim.key(&mut map)? {
            match key {
                b"eventVersion" => {
                    record.version = true;
                    skim.skip()?;
                }
                b"userIdentity" => {
                    record.has_identity = true;
                    record.identity = identity(skim)?;
                }
                b"eventTime" => record.time = skim.text()?,
                b"eventSource" => record.source = skim.text()?,
                b"eventName" => record.name = skim.text()?,
                b"awsRegion" => record.region = skim.text()?,
                b"errorCode" => record.error_code = skim.text()?,
                b"errorMessage" => record.error_message = skim.text()?,
                b"requestParameters" => record.parameters = Some(skim.raw()?),
                b"eventID" => record.id = skim.text()?,
                b"resources" => record.resources = Some(skim.raw()?),
                b"eventType" => record.kind = skim.text()?,
                b"eventCategory" => record.category = skim.text()?,
                b"managementEvent" => record.management = Some(skim.raw()? == b"true"),
                b"recipientAccountId" => record.recipient = skim.text()?,
                b"record" => {
                    record.counted = true;
                    skim.skip()?;
                }
                b"athena" => record.athena = skim.raw()? == b"true",
                b"CloudTrailEvent" | b"message" => record.wrapped_text = skim.text()?,
                b"detail" => record.wrapped_map = Some(skim.raw()?),
                _ => skim.skip()?,
            }
        }
        Ok(record)
    }

    /// Whether it is a record of CloudTrail and not something else.
    pub fn is_call(&self) -> bool {
        self.is_named() && (self.version || self.has_identity || self.time.is_some())
            || self.version && self.has_identity
    }

    /// Whether it names a call.
    pub fn is_named(&self) -> bool {
        self.source.is_some() && self.name.is_some()
    }

    /// The record inside of an event of another service, or of an answer of `lookup-events`, as text.
    pub fn wrapped(&self) -> Option<Cow<'a, str>> {
        let map = self.wrapped_map.map(String::from_utf8_lossy);
        self.wrapped_text.map(|text| text.get()).or(map)
    }

    /// Which log of a trail it stands in.
    pub fn log(&self) -> &'static str {
        match (self.category.map(|text| text.raw()), self.management) {
            (Some(b"Data"), _) | (None, Some(false)) => "data",
            (Some(b"NetworkActivity"), _) => "network",
            _ => "management",
        }
    }
}

fn identity<'a>(skim: &mut Skim<'a>) -> Result<Identity<'a>, Stop> {
    let mut identity = Identity::default();
    if skim.peek()? != b'{' {
        skim.skip()?;
        return Ok(identity);
    }
    let mut map = skim.map()?;
    while let Some(key) = skim.key(&mut map)? {
        match key {
            b"type" => identity.kind = skim.text()?,
            b"principalId" => identity.principal = skim.text()?,
            b"arn" => identity.arn = skim.text()?,
            b"accountId" => identity.account = skim.text()?,
            b"userName" => identity.user_name = skim.text()?,
            b"invokedBy" => identity.invoked_by = skim.text()?,
            b"identityProvider" => identity.provider = skim.text()?,
            b"onBehalfOf" => skim.members(&mut |key, skim| {
                if key == b"userId" {
                    identity.on_behalf_of = skim.text()?;
                    return Ok(true);
                }
                Ok(false)
            })?,
            b"sessionContext" => skim.members(&mut |key, skim| {
                match key {
                    b"sessionIssuer" => skim.members(&mut |key, skim| {
                        match key {
                            b"arn" => identity.issuer_arn = skim.text()?,
                            b"principalId" => identity.issuer_principal = skim.text()?,
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?,
                    b"webIdFederationData" => skim.members(&mut |key, skim| {
                        if key == b"federatedProvider" {
                            identity.federated_provider = skim.text()?;
                            return Ok(true);
                        }
                        Ok(false)
                    })?,
                    b"sourceIdentity" => identity.source_identity = skim.text()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            _ => skim.skip()?,
        }
    }
    Ok(identity)
}
