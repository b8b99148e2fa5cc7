//! What happens in the production account once, and what should not.

use super::habits::{Called, OBJECT, call, of, read, refused};

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
