//! About which requests a webhook or an admission policy is asked.

use crate::object::WORK_KINDS;

/// Requests of a few sorts, each of which something may be asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked(u32);

/// What a rule has to speak of to be about a sort of request.
pub(crate) struct Sort {
    pub asked: Asked,
    pub operation: &'static str,
    pub groups: &'static [&'static str],
    pub resource: &'static str,
    /// Empty for the resource itself.
    pub below: &'static str,
}

/// Bits of workload kinds: new ones, and changes of them.
const OTHERS: usize = 2 * WORK_KINDS.len();

impl Asked {
    /// Changes of namespaces.
    pub(crate) const NAMESPACES: Self = Self(1 << OTHERS);
    /// Containers added to pods that run.
    pub(crate) const DEBUG: Self = Self(1 << (OTHERS + 1));
    /// New volumes, and claims of volumes.
    pub(crate) const VOLUMES: Self = Self(1 << (OTHERS + 2));
    /// All of them.
    pub(crate) const ALL: Self = Self(u32::MAX);

    /// A new object of the kind that is this index into [`WORK_KINDS`], and all that is made because of it.
    pub(crate) fn new_of(kind: usize) -> Self {
        let own = Self(1 << kind);
        next(kind).map_or(own, |next| own.with(Self::new_of(next)))
    }

    /// A change of an object of a kind, and all that is made because of it.
    pub(crate) fn change_of(kind: usize) -> Self {
        let own = Self(1 << (WORK_KINDS.len() + kind));
        next(kind).map_or(own, |next| own.with(Self::new_of(next)))
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether some sort of request is in both.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The kind of what a controller makes for an object of a kind.
fn next(kind: usize) -> Option<usize> {
    let made = match WORK_KINDS.get(kind)?.kind {
        "Pod" => return None,
        "Deployment" => "ReplicaSet",
        "CronJob" => "Job",
        _ => "Pod",
    };
    WORK_KINDS.iter().position(|known| known.kind == made)
}

/// All sorts of requests.
pub(crate) fn sorts() -> impl Iterator<Item = Sort> {
    let of_kinds = WORK_KINDS.iter().enumerate().flat_map(|(index, kind)| {
        let resource = kind.resource.rsplit('/').next().unwrap_or_default();
        let sort = |asked, operation| Sort {
            asked: Asked(asked),
            operation,
            groups: kind.groups,
            resource,
            below: "",
        };
        [
            sort(1 << index, "CREATE"),
            sort(1 << (WORK_KINDS.len() + index), "UPDATE"),
        ]
    });
    let others = [
        (Asked::NAMESPACES, "UPDATE", "namespaces", ""),
        (Asked::DEBUG, "UPDATE", "pods", "ephemeralcontainers"),
        (Asked::VOLUMES, "CREATE", "persistentvolumes", ""),
        (Asked::VOLUMES, "CREATE", "persistentvolumeclaims", ""),
    ];
    let others = others.map(|(asked, operation, resource, below)| Sort {
        asked,
        operation,
        groups: &[""],
        resource,
        below,
    });
    of_kinds.chain(others)
}
