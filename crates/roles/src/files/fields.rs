//! The fields of role files: one table, from which the reader, the canonical form and the JSON Schema are made.

/// One field of a map.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it says, for the schema and for hints.
    pub about: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text on one line.
    Text,
    /// Lower-case letters, digits and `-`.
    Id,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A day or an instant.
    Day,
    /// Texts whose order says nothing.
    Texts,
    /// Ids whose order says nothing.
    Ids,
    /// One map.
    Map(&'static [Field]),
    /// Maps, in the order in which they are written.
    Maps(&'static [Field]),
    /// A map in the platform's own language.
    Native,
}

const fn must(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        about,
        required: true,
        shape,
    }
}

const fn may(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        about,
        required: false,
        shape,
    }
}

/// The words of a role's state.
pub(super) const STATES: &[&str] = &[
    "draft",
    "proposed",
    "active",
    "suspended",
    "deprecated",
    "retired",
];

/// A technical role.
pub(super) const ROLE: &[Field] = &[
    must(
        "id",
        Shape::Id,
        "its id: stable, never used again for another role",
    ),
    must(
        "name",
        Shape::Text,
        "what it does on its platform, in a few words",
    ),
    may("purpose", Shape::Text, "what it is for, in one sentence"),
    must(
        "platform",
        Shape::Text,
        "the one platform that it is for, as in `aws`",
    ),
    must(
        "environment",
        Shape::Text,
        "the one environment that it is for, as in `production`",
    ),
    may("owner", Shape::Text, "the team that answers for it"),
    may("sponsor", Shape::Text, "the person who answers for it"),
    must("state", Shape::Word(STATES), "where it is in its life"),
    may(
        "includes",
        Shape::Ids,
        "ids of roles of the same platform and environment whose permissions it holds too",
    ),
    may("permissions", Shape::Maps(PERMISSION), "what it allows"),
    may(
        "assigned_to",
        Shape::Maps(ASSIGNMENT),
        "who holds it, and for which workload",
    ),
    may(
        "expires",
        Shape::Day,
        "the last day, or the instant, on which it may be used",
    ),
    may("sod", Shape::Map(DUTIES), "the duties that it has a part in"),
    may(
        "review",
        Shape::Map(REVIEW),
        "how often and when it was looked at",
    ),
    may(
        "evidence",
        Shape::Maps(EVIDENCE),
        "what showed that its permissions are needed",
    ),
];

const PERMISSION: &[Field] = &[
    must(
        "actions",
        Shape::Texts,
        "actions as the platform writes them, with its wildcards",
    ),
    must(
        "resources",
        Shape::Texts,
        "resources as the platform writes them, with its wildcards",
    ),
    may(
        "condition",
        Shape::Native,
        "what a request must satisfy besides, as the platform writes it",
    ),
    must("reason", Shape::Text, "why it is needed"),
];

const ASSIGNMENT: &[Field] = &[
    must("identity", Shape::Text, "the identity, as the platform names it"),
    may("workload", Shape::Text, "what runs as it"),
    may(
        "expires",
        Shape::Day,
        "the last day, or the instant, on which it holds the role",
    ),
];

const DUTIES: &[Field] = &[
    may("duties", Shape::Texts, "names of duties"),
    may("exceptions", Shape::Texts, "ids of exceptions that it relies on"),
];

const REVIEW: &[Field] = &[
    may("tier", Shape::Text, "the tier of review"),
    may("last", Shape::Day, "when it was reviewed last"),
];

const EVIDENCE: &[Field] = &[
    must("source", Shape::Text, "the log or the declaration"),
    may("window", Shape::Text, "the time that it covers"),
    may(
        "granularity",
        Shape::Text,
        "how finely it tells apart what was used",
    ),
    may("digest", Shape::Text, "a digest of it"),
];

/// The key under which a file lists business roles.
pub(super) const BUSINESS_ROLES: &str = "business_roles";

/// A file of business roles.
pub(super) const BUSINESS_FILE: &[Field] = &[must(
    BUSINESS_ROLES,
    Shape::Maps(BUSINESS),
    "why somebody needs technical roles; it holds no permission itself",
)];

const BUSINESS: &[Field] = &[
    must(
        "id",
        Shape::Id,
        "its id: stable, never used again for another role",
    ),
    may("name", Shape::Text, "what it is called"),
    may("owner", Shape::Text, "who in the business answers for it"),
    must("why", Shape::Text, "why there is such a role"),
    must("roles", Shape::Ids, "ids of the technical roles that it needs"),
];
