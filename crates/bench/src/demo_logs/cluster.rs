//! Who asks the API server for what, how often.

use super::habits::{When, on};

/// A request as the API server logs it.
pub(super) struct Audited {
    pub when: When,
    /// Namespace and name of the service account.
    pub who: &'static str,
    pub verb: &'static str,
    pub group: &'static str,
    pub resource: &'static str,
    /// Namespace and name; the name is empty for all of them.
    pub on: &'static str,
    pub denied: bool,
    pub code: u16,
}

const fn asked(
    when: When,
    who: &'static str,
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    on: &'static str,
) -> Audited {
    Audited {
        when,
        who,
        verb,
        group,
        resource,
        on,
        denied: false,
        code: 200,
    }
}

/// What happens in the cluster.
pub(super) const AUDITED: [Audited; 16] = [
    asked(
        on(1, 0, false, 1, 1),
        "payments/payments-api",
        "get",
        "",
        "secrets",
        "payments/card-vault-key",
    ),
    asked(
        on(1, 0, false, 2, 2),
        "payments/payments-api",
        "watch",
        "",
        "configmaps",
        "payments/payments-api",
    ),
    asked(
        on(1, 0, false, 1, 3),
        "payments/tokenizer",
        "get",
        "",
        "secrets",
        "payments/tokenizer-config",
    ),
    Audited {
        denied: true,
        ..asked(
            on(30, 12, false, 1, 3),
            "payments/tokenizer",
            "list",
            "",
            "secrets",
            "payments/",
        )
    },
    asked(
        on(3, 1, true, 1, 13),
        "ci/ci-deployer",
        "get",
        "apps",
        "deployments",
        "storefront/checkout",
    ),
    asked(
        on(3, 1, true, 1, 13),
        "ci/ci-deployer",
        "patch",
        "apps",
        "deployments",
        "storefront/checkout",
    ),
    asked(
        on(3, 1, true, 1, 13),
        "ci/ci-deployer",
        "get",
        "",
        "secrets",
        "storefront/registry-credentials",
    ),
    asked(
        on(1, 0, false, 1, 5),
        "reporting/report-builder",
        "get",
        "",
        "secrets",
        "reporting/report-db",
    ),
    asked(
        on(1, 0, true, 1, 9),
        "reporting/readonly-dashboard",
        "list",
        "",
        "pods",
        "reporting/",
    ),
    asked(
        on(1, 0, true, 1, 9),
        "reporting/readonly-dashboard",
        "get",
        "apps",
        "deployments",
        "reporting/report-builder",
    ),
    asked(
        on(1, 0, true, 1, 10),
        "ci/job-runner",
        "create",
        "",
        "pods",
        "payments/",
    ),
    asked(
        on(1, 0, true, 1, 10),
        "ci/job-runner",
        "get",
        "",
        "pods",
        "payments/load-test",
    ),
    asked(
        on(1, 0, false, 1, 0),
        "batch/default",
        "get",
        "",
        "secrets",
        "batch/fx-provider-key",
    ),
    asked(
        on(1, 0, false, 2, 8),
        "storefront/storefront-web",
        "watch",
        "",
        "configmaps",
        "storefront/",
    ),
    asked(
        on(1, 0, false, 1, 6),
        "monitoring/prometheus",
        "list",
        "",
        "pods",
        "/",
    ),
    Audited {
        code: 404,
        ..asked(
            on(30, 3, false, 1, 15),
            "ci/access-requester",
            "get",
            "rbac.authorization.k8s.io",
            "rolebindings",
            "storefront/on-call",
        )
    },
];
