//! The policy language as it is written: documents, statements, conditions, each with its place.
//!
//! Reading never fails. What a statement says that cannot be understood is kept as a doubt, and the part that it
//! spoils is widened to everything, so that whoever compiles the statement can say "at most this" and ask.
//! Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".

mod operator;
mod parse;
mod size;
#[cfg(test)]
mod tests;
mod text;
mod unsettled;

use leastwise_document::Node;
use leastwise_model::FileIndex;

pub use operator::{Kind, Operator, Order, Quantifier};
pub(crate) use parse::{below, conditions};
pub use parse::{doubt_misplaced, parse_encoded};
pub use size::{Sized, too_long};
pub use text::{Piece, Variables, pieces, variables_in};
pub use unsettled::{doubt, is_principal_settled, is_settled, marked, perhaps, unsettle};

/// Where something of an export begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// JSON pointer within the document of the file.
    pub pointer: Box<str>,
}

impl Place {
    /// Where a value stands, by its pointer.
    pub fn of(node: &Node, pointer: &str) -> Self {
        let at = node.position();
        Self {
            line: at.line,
            column: at.column,
            pointer: pointer.into(),
        }
    }
}

/// One policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Whether `${…}` in it is a variable: from version 2012-10-17 on.
    pub variables: Variables,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// Why nothing of it can be understood; then it has no statements.
    pub unreadable: Option<Box<str>>,
    /// Its characters as compact JSON.
    pub characters: usize,
    /// Where it begins.
    pub place: Place,
    /// The file that it stands in, where that is another than the file of what it belongs to.
    pub file: Option<FileIndex>,
}

impl Document {
    /// The document of something that the export names without saying what it is.
    #[must_use]
    pub fn missing(place: Place) -> Self {
        let unreadable = Some("the export names it without its document".into());
        Self {
            variables: Variables::Text,
            statements: Vec::new(),
            unreadable,
            characters: 0,
            place,
            file: None,
        }
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// A list of patterns, or all but what it matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// Whether it is the `Not…` element.
    pub except: bool,
    /// The patterns as written.
    pub texts: Box<[Box<str>]>,
}

impl Choice {
    /// Everything.
    #[must_use]
    pub fn anything() -> Self {
        Self {
            except: true,
            texts: Box::default(),
        }
    }
}

/// One principal as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `"*"`, or `"AWS": "*"`.
    Anyone,
    /// An ARN, account id or unique id under `AWS`.
    Aws(Box<str>),
    /// A service under `Service`.
    Service(Box<str>),
    /// An identity provider under `Federated`.
    Federated(Box<str>),
    /// A canonical user id under `CanonicalUser`.
    Canonical(Box<str>),
}

/// The element `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub except: bool,
    /// Who is listed.
    pub list: Box<[Principal]>,
}

/// One key of one operator of `Condition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator as written.
    pub written: Box<str>,
    /// The operator; `None` where there is no such operator.
    pub operator: Option<Operator>,
    /// The key as written.
    pub key: Box<str>,
    /// The values; booleans and numbers as text.
    pub values: Box<[Box<str>]>,
}

impl std::fmt::Display for Condition {
    /// `StringLike aws:PrincipalArn = a, b`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} = ", self.written, self.key)?;
        for (index, value) in self.values.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(value)?;
        }
        Ok(())
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its `Sid`.
    pub sid: Option<Box<str>>,
    /// What it does; `None` where that cannot be told.
    pub effect: Option<Effect>,
    /// Whom it speaks of; `None` in identity policies.
    pub principals: Option<Principals>,
    /// The actions.
    pub actions: Choice,
    /// The resources; `None` where there is no such element, as in trust policies.
    pub resources: Option<Choice>,
    /// Its conditions: all must hold.
    pub conditions: Box<[Condition]>,
    /// What about it could not be understood, in words.
    pub doubts: Box<[Box<str>]>,
    /// The statement as compact JSON, cut to a few hundred characters.
    pub text: Box<str>,
    /// Where it stands.
    pub place: Place,
}

impl Statement {
    /// Every text of it in which a variable may stand.
    pub fn variable_texts(&self) -> impl Iterator<Item = &str> {
        let values = self.conditions.iter().filter(|condition| {
            condition
                .operator
                .is_some_and(|operator| operator.kind.takes_variables())
        });
        self.resources
            .iter()
            .flat_map(|choice| choice.texts.iter())
            .chain(values.flat_map(|condition| condition.values.iter()))
            .map(|text| &**text)
    }
}

/// The document without where it stands.
pub(crate) fn said(document: &Document) -> Document {
    let mut said = document.clone();
    said.place = Place::default();
    said.file = None;
    for statement in &mut said.statements {
        statement.place = Place::default();
    }
    said
}

/// Whether two documents say the same, wherever they stand.
pub(crate) fn same_document(a: Option<&Document>, b: Option<&Document>) -> bool {
    a.map(said) == b.map(said)
}
