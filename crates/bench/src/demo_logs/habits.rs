//! Who does what in the production account, how often.

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

pub(super) const fn call(
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

pub(super) const fn read(
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

pub(super) const fn of(call: Called, kind: &'static str, resources: &'static str) -> Called {
    Called {
        kind,
        resources,
        ..call
    }
}

pub(super) const fn refused(
    call: Called,
    action: &'static str,
    on: &'static str,
    why: &'static str,
) -> Called {
    Called {
        denied: Some(action),
        on,
        why,
        ..call
    }
}

pub(super) const fn on(every: i64, from: i64, weekdays: bool, times: usize, hour: i64) -> When {
    When {
        every,
        from,
        weekdays,
        times,
        hour,
    }
}

pub(super) const OBJECT: &str = "AWS::S3::Object";
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
