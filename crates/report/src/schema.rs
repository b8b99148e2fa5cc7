//! JSON Schemas of everything that programs read.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::envelope::Envelope;

/// A kind of JSON output, or of file that is read.
pub struct Thing {
    /// Its name, as in `leastwise/<name>/v1`.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    schema: fn() -> Schema,
}

impl Thing {
    /// Its JSON Schema.
    #[must_use]
    pub fn schema(&self) -> Schema {
        (self.schema)()
    }
}

/// What is written, not what could be read: a field that may be left out is not required.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

fn enveloped<T: JsonSchema>() -> Schema {
    written::<Envelope<T>>()
}

/// All of them, in the order of their names.
pub static THINGS: [Thing; 30] = [
    Thing {
        name: "answer",
        about: "the answer of `can`",
        schema: enveloped::<crate::answer::Answered<'static>>,
    },
    Thing {
        name: "ask",
        about: "one line of what `ask` answers",
        schema: written::<crate::ask::Line<'static>>,
    },
    Thing {
        name: "business-roles",
        about: "a file of business roles, as it is read",
        schema: || Schema::try_from(leastwise_roles::files::business_roles_schema()).unwrap_or_default(),
    },
    Thing {
        name: "changes",
        about: "what differs between two estates, identity by identity",
        schema: enveloped::<crate::compare::ChangesView<'static>>,
    },
    Thing {
        name: "check",
        about: "what is new between two estates, for a gate",
        schema: enveloped::<crate::gate::CheckView<'static>>,
    },
    Thing {
        name: "collected",
        about: "what `collect` asked and got",
        schema: enveloped::<crate::collected::Collected>,
    },
    Thing {
        name: "compare",
        about: "what differs between two policies",
        schema: enveloped::<crate::compare::ComparisonView<'static>>,
    },
    Thing {
        name: "doctor",
        about: "what stays unknown of an estate, and what would settle it",
        schema: enveloped::<crate::doctor::DoctorView<'static>>,
    },
    Thing {
        name: "excess",
        about: "what one identity holds, by what is known of the need for it",
        schema: enveloped::<crate::excess::ExcessView<'static>>,
    },
    Thing {
        name: "excess-all",
        about: "the same of every identity, in sum",
        schema: enveloped::<crate::excess::ExcessesView<'static>>,
    },
    Thing {
        name: "expansion",
        about: "what technical roles allow",
        schema: enveloped::<crate::roles_code::ExpansionView<'static>>,
    },
    Thing {
        name: "findings",
        about: "everything that rules say about an estate",
        schema: enveloped::<crate::findings::FindingsView<'static>>,
    },
    Thing {
        name: "fit",
        about: "the role that fits an identity, with its proof and what to take away",
        schema: enveloped::<crate::fit::FitView<'static>>,
    },
    Thing {
        name: "identities",
        about: "the inventory",
        schema: enveloped::<crate::identities::IdentitiesView<'static>>,
    },
    Thing {
        name: "mining",
        about: "roles that give exactly what is needed",
        schema: enveloped::<crate::roles_mining::MiningView<'static>>,
    },
    Thing {
        name: "plan",
        about: "access that is gained and lost when roles change",
        schema: enveloped::<crate::roles_plan::PlanView<'static>>,
    },
    Thing {
        name: "reach",
        about: "what falls with an identity",
        schema: enveloped::<crate::reach::ReachView<'static>>,
    },
    Thing {
        name: "reach-cut",
        about: "few statements that together end the ways to a goal",
        schema: enveloped::<crate::cut_set::CutSetView<'static>>,
    },
    Thing {
        name: "reach-renamed",
        about: "what becomes of trust when something that tokens name is called otherwise",
        schema: enveloped::<crate::renamed::RenamedView<'static>>,
    },
    Thing {
        name: "reach-to",
        about: "who comes to act on a resource or as an identity, and where to cut",
        schema: enveloped::<crate::reach_to::ReachToView<'static>>,
    },
    Thing {
        name: "reach-without",
        about: "what of a reach dies and what stays without a statement",
        schema: enveloped::<crate::revoked::RevokedView<'static>>,
    },
    Thing {
        name: "role",
        about: "a file of a technical role, as it is read",
        schema: || Schema::try_from(leastwise_roles::files::role_schema()).unwrap_or_default(),
    },
    Thing {
        name: "role-certificate",
        about: "what proves mined roles",
        schema: enveloped::<crate::roles_mining::CertificateView<'static>>,
    },
    Thing {
        name: "role-lints",
        about: "what is wrong with technical roles",
        schema: enveloped::<crate::roles_lint::LintsView<'static>>,
    },
    Thing {
        name: "scan",
        about: "an estate on one page",
        schema: enveloped::<crate::scan::ScanView<'static>>,
    },
    Thing {
        name: "usage",
        about: "what logs tell that was used",
        schema: enveloped::<crate::usage::UsageView<'static>>,
    },
    Thing {
        name: "usage-reconcile",
        about: "what logs tell, asked of the estate",
        schema: enveloped::<crate::usage_reconcile::ReconcileView<'static>>,
    },
    Thing {
        name: "what-can",
        about: "all that an identity can do as itself",
        schema: enveloped::<crate::what::WhatView<'static>>,
    },
    Thing {
        name: "who-can",
        about: "who can do something",
        schema: enveloped::<crate::who::WhoView<'static>>,
    },
    Thing {
        name: "why",
        about: "an answer with what every layer says",
        schema: enveloped::<crate::why::WhyView<'static>>,
    },
];
