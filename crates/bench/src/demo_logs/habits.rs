//! Who does what, how often.

/// How often something happens.
pub(super) struct When {
    /// On every how many days.
    pub every: i64,
    /// The first day, counted from 0.
    pub from: i64,
    /// Whether it rests on Saturdays and Sundays.
    pub weekdays: bool,
    /// How often on such a day.
    pub times: usize,
    /// Behind which hour.
    pub hour: i64,
}

/// What is done together, and how often.
pub(super) struct Habit {
    pub when: When,
    pub calls: &'static [Called],
}

/// A call as CloudTrail records it.
pub(super) struct Called {
    /// The role.
    pub who: &'static str,
    /// The service, as in `eventSource`.
    pub source: &'static str,
    pub name: &'static str,
    pub reads: bool,
    /// The request parameters as JSON; empty for none.
    pub parameters: &'static str,
    /// Of a data event the type of the resource; else empty.
    pub kind: &'static str,
    /// Of a data event the ARN; else empty.
    pub resources: &'static str,
    /// The action that was refused.
    pub denied: Option<&'static str>,
    /// On what it was refused.
    pub on: &'static str,
    /// Why, in the words of the message up to `action`.
    pub why: &'static str,
}

const fn call(
    who: &'static str,
    source: &'static str,
    name: &'static str,
    parameters: &'static str,
) -> Called {
    Called {
        who,
        source,
        name,
        reads: false,
        parameters,
        kind: "",
        resources: "",
        denied: None,
        on: "",
        why: "",
    }
}

const fn read(
    who: &'static str,
    source: &'static str,
    name: &'static str,
    parameters: &'static str,
) -> Called {
    Called {
        reads: true,
        ..call(who, source, name, parameters)
    }
}

const fn of(call: Called, kind: &'static str, resources: &'static str) -> Called {
    Called {
        kind,
        resources,
        ..call
    }
}

const fn refused(call: Called, action: &'static str, on: &'static str, why: &'static str) -> Called {
    Called {
        denied: Some(action),
        on,
        why,
        ..call
    }
}

const fn on(every: i64, from: i64, weekdays: bool, times: usize, hour: i64) -> When {
    When {
        every,
        from,
        weekdays,
        times,
        hour,
    }
}

const OBJECT: &str = "AWS::S3::Object";
const TABLE: &str = "AWS::DynamoDB::Table";
const QUEUE: &str = "AWS::SQS::Queue";

/// What happens day by day in the production account.
pub(super) const HABITS: [Habit; 14] = [
    Habit {
        when: on(1, 0, false, 2, 6),
        calls: &[
            of(
                read(
                    "invoice-lambda",
                    "s3",
                    "GetObject",
                    r#"{"bucketName":"halcyon-invoices","key":"open/batch.json"}"#,
                ),
                OBJECT,
                "arn:aws:s3:::halcyon-invoices/open/batch.json",
            ),
            of(
                call(
                    "invoice-lambda",
                    "sqs",
                    "SendMessage",
                    r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/210987654321/invoice-events"}"#,
                ),
                QUEUE,
                "arn:aws:sqs:eu-west-1:210987654321:invoice-events",
            ),
        ],
    },
    Habit {
        when: on(1, 0, false, 1, 5),
        calls: &[call(
            "invoice-lambda",
            "logs",
            "CreateLogStream",
            r#"{"logGroupName":"/aws/lambda/invoices","logStreamName":"today"}"#,
        )],
    },
    Habit {
        when: on(1, 0, false, 1, 7),
        calls: &[
            of(
                call(
                    "receipt-lambda",
                    "sqs",
                    "ReceiveMessage",
                    r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/210987654321/receipts"}"#,
                ),
                QUEUE,
                "arn:aws:sqs:eu-west-1:210987654321:receipts",
            ),
            of(
                call(
                    "receipt-lambda",
                    "s3",
                    "PutObject",
                    r#"{"bucketName":"halcyon-receipts","key":"2026/one.pdf"}"#,
                ),
                OBJECT,
                "arn:aws:s3:::halcyon-receipts/2026/one.pdf",
            ),
            of(
                call(
                    "receipt-lambda",
                    "sqs",
                    "DeleteMessage",
                    r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/210987654321/receipts"}"#,
                ),
                QUEUE,
                "arn:aws:sqs:eu-west-1:210987654321:receipts",
            ),
        ],
    },
    Habit {
        when: on(7, 0, false, 1, 7),
        calls: &[read(
            "receipt-lambda",
            "sqs",
            "GetQueueAttributes",
            r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/210987654321/receipts"}"#,
        )],
    },
    Habit {
        when: on(1, 0, false, 1, 23),
        calls: &[
            of(
                call(
                    "settlement-batch",
                    "dynamodb",
                    "BatchWriteItem",
                    r#"{"requestItems":"omitted"}"#,
                ),
                TABLE,
                "arn:aws:dynamodb:eu-west-1:210987654321:table/settlement-lines",
            ),
            of(
                call(
                    "settlement-batch",
                    "dynamodb",
                    "PutItem",
                    r#"{"tableName":"settlement-runs"}"#,
                ),
                TABLE,
                "arn:aws:dynamodb:eu-west-1:210987654321:table/settlement-runs",
            ),
            of(
                call(
                    "settlement-batch",
                    "s3",
                    "PutObject",
                    r#"{"bucketName":"halcyon-settlement-reports","key":"2026/report.csv"}"#,
                ),
                OBJECT,
                "arn:aws:s3:::halcyon-settlement-reports/2026/report.csv",
            ),
        ],
    },
    Habit {
        when: on(1, 0, false, 2, 11),
        calls: &[of(
            read(
                "payments-api",
                "dynamodb",
                "GetItem",
                r#"{"tableName":"card-tokens"}"#,
            ),
            TABLE,
            "arn:aws:dynamodb:eu-west-1:210987654321:table/card-tokens",
        )],
    },
    Habit {
        when: on(1, 0, false, 1, 12),
        calls: &[of(
            call(
                "payments-api",
                "dynamodb",
                "PutItem",
                r#"{"tableName":"card-tokens"}"#,
            ),
            TABLE,
            "arn:aws:dynamodb:eu-west-1:210987654321:table/card-tokens",
        )],
    },
    Habit {
        when: on(1, 0, false, 1, 4),
        calls: &[read(
            "external-secrets",
            "secretsmanager",
            "GetSecretValue",
            r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:210987654321:secret:prod/storefront/deploy-webhook-a1B2c3"}"#,
        )],
    },
    Habit {
        when: on(1, 0, true, 1, 9),
        calls: &[read(
            "support-portal",
            "secretsmanager",
            "GetSecretValue",
            r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:210987654321:secret:prod/support/crm-d4E5f6"}"#,
        )],
    },
    Habit {
        when: on(45, 20, false, 1, 10),
        calls: &[refused(
            read(
                "support-portal",
                "secretsmanager",
                "GetSecretValue",
                r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:210987654321:secret:prod/payments/card-vault-Zx81Qa"}"#,
            ),
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:210987654321:secret:prod/payments/card-vault-Zx81Qa",
            "with an explicit deny in an identity-based policy for the secretsmanager:GetSecretValue",
        )],
    },
    Habit {
        when: on(3, 1, true, 1, 13),
        calls: &[
            call("app-deployer", "ecr", "GetAuthorizationToken", "{}"),
            call(
                "app-deployer",
                "ecs",
                "RegisterTaskDefinition",
                r#"{"family":"checkout"}"#,
            ),
            call(
                "app-deployer",
                "ecs",
                "UpdateService",
                r#"{"cluster":"storefront","service":"arn:aws:ecs:eu-west-1:210987654321:service/storefront/checkout"}"#,
            ),
            read(
                "app-deployer",
                "ecs",
                "DescribeServices",
                r#"{"cluster":"storefront","services":["arn:aws:ecs:eu-west-1:210987654321:service/storefront/checkout"]}"#,
            ),
        ],
    },
    Habit {
        when: on(60, 22, false, 1, 13),
        calls: &[refused(
            call(
                "app-deployer",
                "ecs",
                "DeleteService",
                r#"{"cluster":"storefront","service":"arn:aws:ecs:eu-west-1:210987654321:service/storefront/checkout"}"#,
            ),
            "ecs:DeleteService",
            "arn:aws:ecs:eu-west-1:210987654321:service/storefront/checkout",
            "because no identity-based policy allows the ecs:DeleteService",
        )],
    },
    Habit {
        when: on(7, 4, false, 1, 18),
        calls: &[call(
            "marketing-site-publisher",
            "cloudfront",
            "CreateInvalidation",
            r#"{"distributionId":"E1HALCYONWWW0"}"#,
        )],
    },
    Habit {
        when: on(7, 0, false, 1, 8),
        calls: &[
            read("readonly-reporter", "s3", "ListBuckets", ""),
            of(
                read(
                    "readonly-reporter",
                    "dynamodb",
                    "Scan",
                    r#"{"tableName":"settlement-runs"}"#,
                ),
                TABLE,
                "arn:aws:dynamodb:eu-west-1:210987654321:table/settlement-runs",
            ),
        ],
    },
];

/// What happens once, on the last day of the quarter: a backup is restored beside the table, looked at, and taken away again. What it
/// reads from the bucket of backups is not recorded.
pub(super) const QUARTERLY: [Called; 4] = [
    read(
        "data-admin",
        "dynamodb",
        "DescribeBackup",
        r#"{"backupArn":"arn:aws:dynamodb:eu-west-1:210987654321:table/card-tokens/backup/01789000000000-a1b2c3d4"}"#,
    ),
    call(
        "data-admin",
        "dynamodb",
        "RestoreTableFromBackup",
        r#"{"targetTableName":"card-tokens-drill","backupArn":"arn:aws:dynamodb:eu-west-1:210987654321:table/card-tokens/backup/01789000000000-a1b2c3d4"}"#,
    ),
    read(
        "data-admin",
        "dynamodb",
        "DescribeTable",
        r#"{"tableName":"card-tokens-drill"}"#,
    ),
    call(
        "data-admin",
        "dynamodb",
        "DeleteTable",
        r#"{"tableName":"card-tokens-drill"}"#,
    ),
];

/// What somebody did one night with a session of a function.
pub(super) const INTRUDER: [Called; 6] = [
    read("invoice-lambda", "s3", "ListBuckets", ""),
    refused(
        read("invoice-lambda", "iam", "ListRoles", ""),
        "iam:ListRoles",
        "arn:aws:iam::210987654321:role/",
        "because no identity-based policy allows the iam:ListRoles",
    ),
    of(
        read(
            "invoice-lambda",
            "s3",
            "ListObjects",
            r#"{"bucketName":"halcyon-customer-data"}"#,
        ),
        OBJECT,
        "arn:aws:s3:::halcyon-customer-data",
    ),
    of(
        read(
            "invoice-lambda",
            "s3",
            "GetObject",
            r#"{"bucketName":"halcyon-customer-data","key":"cards/2026-11.csv"}"#,
        ),
        OBJECT,
        "arn:aws:s3:::halcyon-customer-data/cards/2026-11.csv",
    ),
    refused(
        read("invoice-lambda", "secretsmanager", "ListSecrets", ""),
        "secretsmanager:ListSecrets",
        "*",
        "because no identity-based policy allows the secretsmanager:ListSecrets",
    ),
    read("invoice-lambda", "sqs", "ListQueues", ""),
];

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
