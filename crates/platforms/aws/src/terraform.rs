//! Terraform and OpenTofu: states of version 4, and plans as `terraform show -json` prints them.
//!
//! A state tells what Terraform believes there is, a plan what there will be. A state holds secrets: of its resources only
//! those of [`KINDS`] are kept. Sources: Terraform documentation, "State snapshot format" (`internal/states/statefile`),
//! "JSON Output Format"; documentation of the AWS provider for each resource type.

mod envelope;

pub use envelope::read;

/// The resource types that are read.
const KINDS: [&str; 26] = [
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_user_group_membership",
    "aws_iam_group_membership",
    "aws_iam_instance_profile",
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sns_topic_policy",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_secretsmanager_secret_policy",
    "aws_ecr_repository_policy",
];
