//! Condition operators by their names. Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

/// How the values of a multi-valued key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Text, letter by letter.
    Text,
    /// Text without regard to case.
    TextFolded,
    /// Text with `*` and `?`.
    Glob,
    /// The six fields of an ARN, each with `*` and `?`.
    Arn,
    /// Numbers.
    Number(Order),
    /// Instants.
    Date(Order),
    /// `true` or `false`.
    Truth,
    /// Bytes in base64.
    Binary,
    /// Blocks of addresses.
    Network,
    /// Whether the key is absent.
    Null,
}

/// Which side of the value is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// The same.
    Equal,
    /// Below.
    Less,
    /// Below or the same.
    LessOrEqual,
    /// Above.
    Greater,
    /// Above or the same.
    GreaterOrEqual,
}

impl Kind {
    /// Whether `${…}` in its values is a variable.
    #[must_use]
    pub fn takes_variables(self) -> bool {
        matches!(self, Self::Text | Self::TextFolded | Self::Glob | Self::Arn)
    }
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// Its prefix.
    pub quantifier: Option<Quantifier>,
    /// What it compares.
    pub kind: Kind,
    /// Whether it asks for the contrary.
    pub negated: bool,
    /// Whether it ends in `IfExists`.
    pub if_exists: bool,
}

/// Every plain operator, in lower case.
const OPERATORS: [(&str, Kind, bool); 27] = [
    ("stringequals", Kind::Text, false),
    ("stringnotequals", Kind::Text, true),
    ("stringequalsignorecase", Kind::TextFolded, false),
    ("stringnotequalsignorecase", Kind::TextFolded, true),
    ("stringlike", Kind::Glob, false),
    ("stringnotlike", Kind::Glob, true),
    ("numericequals", Kind::Number(Order::Equal), false),
    ("numericnotequals", Kind::Number(Order::Equal), true),
    ("numericlessthan", Kind::Number(Order::Less), false),
    ("numericlessthanequals", Kind::Number(Order::LessOrEqual), false),
    ("numericgreaterthan", Kind::Number(Order::Greater), false),
    (
        "numericgreaterthanequals",
        Kind::Number(Order::GreaterOrEqual),
        false,
    ),
    ("dateequals", Kind::Date(Order::Equal), false),
    ("datenotequals", Kind::Date(Order::Equal), true),
    ("datelessthan", Kind::Date(Order::Less), false),
    ("datelessthanequals", Kind::Date(Order::LessOrEqual), false),
    ("dategreaterthan", Kind::Date(Order::Greater), false),
    ("dategreaterthanequals", Kind::Date(Order::GreaterOrEqual), false),
    ("bool", Kind::Truth, false),
    ("binaryequals", Kind::Binary, false),
    ("ipaddress", Kind::Network, false),
    ("notipaddress", Kind::Network, true),
    ("arnequals", Kind::Arn, false),
    ("arnlike", Kind::Arn, false),
    ("arnnotequals", Kind::Arn, true),
    ("arnnotlike", Kind::Arn, true),
    ("null", Kind::Null, false),
];

impl Operator {
    /// The operator of this name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Some(Quantifier::All), rest),
            Some(("foranyvalue", rest)) => (Some(Quantifier::Any), rest),
            Some(_) => return None,
            None => (None, &*lower),
        };
        let (rest, if_exists) = match rest.strip_suffix("ifexists") {
            Some(head) => (head, true),
            None => (rest, false),
        };
        let (_, kind, negated) = OPERATORS.into_iter().find(|(known, ..)| *known == rest)?;
        // `Null` asks for presence itself: the reference gives it neither suffix nor prefix.
        let plain = !if_exists && quantifier.is_none();
        (kind != Kind::Null || plain).then_some(Self {
            quantifier,
            kind,
            negated,
            if_exists,
        })
    }
}
