//! The members of an audit event that matter, as they stand in it.

use leastwise_document::skim::{Skim, Stop, Text};

/// `user` or `impersonatedUser`.
#[derive(Debug, Default)]
pub(super) struct Subject<'a> {
    pub name: Option<Text<'a>>,
    pub uid: Option<Text<'a>>,
    /// The pod that presented a token bound to it.
    pub pod: Option<Text<'a>>,
}

/// `objectRef`.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    pub group: Option<Text<'a>>,
    pub resource: Option<Text<'a>>,
    pub subresource: Option<Text<'a>>,
    pub namespace: Option<Text<'a>>,
    pub name: Option<Text<'a>>,
}

/// An audit event.
#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    version: Option<Text<'a>>,
    pub id: Option<Text<'a>>,
    pub stage: Option<Text<'a>>,
    pub verb: Option<Text<'a>>,
    pub uri: Option<Text<'a>>,
    pub user: Subject<'a>,
    pub impersonated: Subject<'a>,
    pub object: Option<Object<'a>>,
    pub code: Option<u16>,
    pub received: Option<Text<'a>>,
    pub staged: Option<Text<'a>>,
    /// What the authorizer decided.
    pub decision: Option<Text<'a>>,
    /// Whether impersonation was decided by other verbs than `impersonate`.
    pub constrained: bool,
    /// An event in a text: of a log group, or of resource logs.
    pub wrapped: Option<Text<'a>>,
    /// Whether it is an audit entry of a cloud.
    pub payload: bool,
}

impl<'a> Record<'a> {
    /// Reads the value that stands here; it may be any.
    pub fn read(skim: &mut Skim<'a>) -> Result<Self, Stop> {
        let mut record = Self::default();
        skim.members(&mut |key, skim| {
            match key {
                b"apiVersion" => record.version = skim.text()?,
                b"auditID" => record.id = skim.text()?,
                b"stage" => record.stage = skim.text()?,
                b"verb" => record.verb = skim.text()?,
                b"requestURI" => record.uri = skim.text()?,
                b"user" => record.user = subject(skim)?,
                b"impersonatedUser" => record.impersonated = subject(skim)?,
                b"objectRef" => record.object = object(skim)?,
                b"responseStatus" => skim.members(&mut |key, skim| {
                    if key != b"code" {
                        return Ok(false);
                    }
                    record.code = std::str::from_utf8(skim.raw()?)
                        .ok()
                        .and_then(|code| code.parse().ok());
                    Ok(true)
                })?,
                b"requestReceivedTimestamp" => record.received = skim.text()?,
                b"stageTimestamp" => record.staged = skim.text()?,
                b"annotations" => skim.members(&mut |key, skim| {
                    if key != b"authorization.k8s.io/decision" {
                        return Ok(false);
                    }
                    record.decision = skim.text()?;
                    Ok(true)
                })?,
                b"authenticationMetadata" => skim.members(&mut |key, skim| {
                    if key != b"impersonationConstraint" {
                        return Ok(false);
                    }
                    record.constrained = skim.text()?.is_some_and(|text| !text.raw().is_empty());
                    Ok(true)
                })?,
                b"protoPayload" => {
                    record.payload = true;
                    skim.skip()?;
                }
                b"message" | b"log" => record.wrapped = skim.text()?,
                b"properties" => skim.members(&mut |key, skim| {
                    if key != b"log" {
                        return Ok(false);
                    }
                    record.wrapped = skim.text()?;
                    Ok(true)
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(record)
    }

    /// Whether it is an audit event and not something else.
    pub fn is_event(&self) -> bool {
        let version = self.version.map(|text| text.raw()).unwrap_or_default();
        version.starts_with(b"audit.k8s.io/") && (self.id.is_some() || self.stage.is_some())
    }
}

fn subject<'a>(skim: &mut Skim<'a>) -> Result<Subject<'a>, Stop> {
    let mut subject = Subject::default();
    skim.members(&mut |key, skim| {
        match key {
            b"username" => subject.name = skim.text()?,
            b"uid" => subject.uid = skim.text()?,
            b"extra" => skim.members(&mut |key, skim| {
                if key != b"authentication.kubernetes.io/pod-name" || skim.peek()? != b'[' {
                    return Ok(false);
                }
                let mut list = skim.list()?;
                while skim.element(&mut list)? {
                    subject.pod = skim.text()?;
                }
                Ok(true)
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(subject)
}

fn object<'a>(skim: &mut Skim<'a>) -> Result<Option<Object<'a>>, Stop> {
    if skim.peek()? != b'{' {
        skim.skip()?;
        return Ok(None);
    }
    let mut object = Object::default();
    skim.members(&mut |key, skim| {
        match key {
            b"apiGroup" => object.group = skim.text()?,
            b"resource" => object.resource = skim.text()?,
            b"subresource" => object.subresource = skim.text()?,
            b"namespace" => object.namespace = skim.text()?,
            b"name" => object.name = skim.text()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Some(object))
}
