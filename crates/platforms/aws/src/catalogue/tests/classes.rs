//! What actions do, pinned for well-known ones. The expectations are judgements on AWS's descriptions of the actions.

use std::collections::BTreeMap;

use leastwise_model::{ActionClass, Target, Verb};

use super::super::class::{action_part, parse};
use super::super::keys::rows;
use super::{action, catalogue};

/// Well-known actions by primary class.
const PINNED: &[(Verb, Target, &str)] = &[
    (
        Verb::Read,
        Target::Data,
        "s3:GetObject s3:GetObjectVersion s3:GetObjectAttributes s3-outposts:GetObject s3-object-lambda:GetObject
         s3tables:GetTableData s3vectors:GetVectors dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan
         dynamodb:GetRecords dynamodb:PartiQLSelect dax:GetItem sqs:ReceiveMessage kinesis:GetRecords
         kinesis:SubscribeToShard logs:GetLogEvents logs:FilterLogEvents logs:StartQuery logs:GetQueryResults
         logs:StartLiveTail athena:GetQueryResults athena:StartQueryExecution redshift-data:GetStatementResult
         neptune-db:ReadDataViaQuery es:ESHttpGet ebs:GetSnapshotBlock codecommit:GitPull codecommit:GetFile
         ecr:BatchGetImage ecr:GetDownloadUrlForLayer kafka-cluster:ReadData rds:DownloadCompleteDBLogFile
         elasticfilesystem:ClientMount healthlake:ReadResource timestream:Select cassandra:Select sdb:Select
         workdocs:GetDocument glacier:GetJobOutput iot:GetThingShadow kendra:Query ec2:GetConsoleOutput",
    ),
    (
        Verb::Write,
        Target::Data,
        "s3:PutObject s3:RestoreObject s3:ReplicateObject s3:AbortMultipartUpload s3-outposts:PutObject
         dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:ImportTable sqs:SendMessage
         sqs:ChangeMessageVisibility sns:Publish events:PutEvents kinesis:PutRecord kinesis:PutRecords
         firehose:PutRecordBatch logs:PutLogEvents rds-data:ExecuteStatement redshift-data:ExecuteStatement
         neptune-db:WriteDataViaQuery es:ESHttpPut es:ESHttpPost ebs:PutSnapshotBlock codecommit:GitPush ecr:PutImage
         kafka-cluster:WriteData elasticfilesystem:ClientWrite ses:SendEmail ses:SendRawEmail iot:Publish
         aoss:APIAccessAll timestream:WriteRecords cassandra:Modify",
    ),
    (
        Verb::Delete,
        Target::Data,
        "s3:DeleteObject s3:DeleteObjectVersion s3-outposts:DeleteObject s3vectors:DeleteVectors dynamodb:DeleteItem
         dynamodb:PartiQLDelete sqs:DeleteMessage sqs:PurgeQueue es:ESHttpDelete glacier:DeleteArchive
         ecr:BatchDeleteImage neptune-db:DeleteDataViaQuery sdb:DeleteAttributes healthlake:DeleteResource",
    ),
    (
        Verb::List,
        Target::Data,
        "s3:ListBucket s3:ListBucketVersions s3:ListBucketMultipartUploads s3:ListMultipartUploadParts
         s3-outposts:ListBucket s3vectors:ListVectors",
    ),
    (
        Verb::Read,
        Target::System,
        "ec2:DescribeInstanceAttribute ec2:GetLaunchTemplateData lambda:GetFunction lambda:GetFunctionConfiguration
         s3:GetBucketVersioning s3:GetBucketLocation s3:GetLifecycleConfiguration dynamodb:DescribeTable
         sqs:GetQueueAttributes sns:GetTopicAttributes ecs:DescribeTaskDefinition eks:DescribeCluster
         cloudformation:GetTemplate cloudwatch:GetMetricData ssm:GetDocument kinesis:DescribeStream
         glue:GetTable codebuild:BatchGetProjects states:DescribeStateMachine 
         elasticfilesystem:DescribeBackupPolicy  athena:GetQueryExecution",
    ),
    (
        Verb::List,
        Target::System,
        "ec2:DescribeInstances ec2:DescribeVpcs ec2:DescribeSecurityGroups s3:ListAllMyBuckets lambda:ListFunctions
         dynamodb:ListTables sqs:ListQueues sns:ListTopics rds:DescribeDBInstances logs:DescribeLogGroups
         eks:ListClusters ecs:ListTasks cloudwatch:ListMetrics route53:ListHostedZones states:ListStateMachines",
    ),
    (
        Verb::Write,
        Target::System,
        "ec2:StartInstances ec2:StopInstances ec2:CreateVpc ec2:CreateSnapshot ec2:ModifyInstanceAttribute
         ec2:AttachVolume s3:CreateBucket s3:PutLifecycleConfiguration s3:PutBucketVersioning
         s3:PutReplicationConfiguration dynamodb:CreateTable dynamodb:UpdateTable dynamodb:ExportTableToPointInTime
         lambda:CreateFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration
         lambda:CreateEventSourceMapping sqs:CreateQueue sns:CreateTopic sns:Subscribe ecs:CreateService
         ecs:RegisterTaskDefinition eks:CreateCluster rds:CreateDBInstance rds:ModifyDBInstance rds:RebootDBInstance
         cloudformation:CreateStack cloudformation:ExecuteChangeSet cloudwatch:PutMetricData cloudwatch:PutMetricAlarm
         logs:CreateLogGroup logs:PutRetentionPolicy events:PutRule events:PutTargets codebuild:CreateProject
         states:CreateStateMachine scheduler:CreateSchedule glue:CreateJob ssm:CreateDocument
         route53:ChangeResourceRecordSets autoscaling:PutScalingPolicy autoscaling:UpdateAutoScalingGroup
         apigateway:PUT elasticloadbalancing:CreateLoadBalancer",
    ),
    (
        Verb::Delete,
        Target::System,
        "ec2:TerminateInstances ec2:DeleteVolume ec2:DeleteSnapshot ec2:DeleteVpc s3:DeleteBucket dynamodb:DeleteTable
         dynamodb:DeleteBackup lambda:DeleteFunction sqs:DeleteQueue sns:DeleteTopic rds:DeleteDBInstance
         rds:DeleteDBCluster logs:DeleteLogGroup kinesis:DeleteStream eks:DeleteCluster ecs:DeleteService
         cloudformation:DeleteStack ecr:DeleteRepository elasticfilesystem:DeleteFileSystem
         autoscaling:TerminateInstanceInAutoScalingGroup autoscaling:DeletePolicy backup:DeleteRecoveryPoint",
    ),
    (
        Verb::Execute,
        Target::System,
        "lambda:InvokeFunction lambda:InvokeAsync lambda:InvokeFunctionUrl ec2:RunInstances ec2:RequestSpotInstances
         ec2:CreateFleet ssm:SendCommand ssm:StartSession ssm:StartAutomationExecution ecs:RunTask ecs:StartTask
         ecs:ExecuteCommand batch:SubmitJob codebuild:StartBuild codepipeline:StartPipelineExecution
         states:StartExecution glue:StartJobRun glue:RunStatement elasticmapreduce:RunJobFlow
         elasticmapreduce:AddJobFlowSteps emr-serverless:StartJobRun sagemaker:CreateTrainingJob
         sagemaker:InvokeEndpoint bedrock:InvokeModel bedrock:InvokeAgent bedrock-agentcore:InvokeCodeInterpreter
         ec2-instance-connect:SendSSHPublicKey codedeploy:CreateDeployment execute-api:Invoke",
    ),
    (
        Verb::Impersonate,
        Target::Control,
        "sts:AssumeRole sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:AssumeRoot sts:GetFederationToken
         sts:GetSessionToken iam:PassRole iam:CreateAccessKey iam:UpdateAccessKey iam:CreateLoginProfile
         iam:UpdateLoginProfile iam:CreateServiceSpecificCredential iam:UploadSSHPublicKey ec2:GetPasswordData
         eks-auth:AssumeRoleForPodIdentity cognito-identity:GetCredentialsForIdentity cognito-idp:AdminSetUserPassword
         elasticmapreduce:GetClusterSessionCredentials deadline:AssumeQueueRoleForUser
         rolesanywhere:CreateTrustAnchor acm-pca:IssueCertificate sso-directory:UpdatePassword
         sagemaker:CreatePresignedNotebookInstanceUrl bedrock-agentcore:GetResourceApiKey ssm:CreateActivation",
    ),
    (
        Verb::Impersonate,
        Target::Data,
        "rds-db:connect dsql:DbConnect dsql:DbConnectAdmin redshift:GetClusterCredentials
         redshift-serverless:GetCredentials s3:GetDataAccess s3express:CreateSession elasticache:Connect",
    ),
    (
        Verb::Read,
        Target::Control,
        "secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue secretsmanager:DescribeSecret
         secretsmanager:GetResourcePolicy ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath kms:Decrypt
         kms:GenerateDataKey kms:DescribeKey kms:GetKeyPolicy iam:GetRole iam:GetPolicyVersion iam:GetUser
         iam:GetAccountAuthorizationDetails iam:SimulatePrincipalPolicy sts:GetCallerIdentity s3:GetBucketPolicy
         s3:GetBucketAcl s3:GetBucketPublicAccessBlock s3:GetAccountPublicAccessBlock lambda:GetPolicy
         ecr:GetRepositoryPolicy organizations:DescribeOrganization
         cloudtrail:LookupEvents cloudtrail:GetTrail guardduty:GetFindings ecr:GetAuthorizationToken
         fsx:GetResourcePolicy autoscaling:DescribeTags access-analyzer:GetFinding verifiedpermissions:IsAuthorized",
    ),
    (
        Verb::List,
        Target::Control,
        "iam:ListRoles iam:ListUsers iam:ListAttachedRolePolicies iam:ListAccessKeys iam:ListPolicies kms:ListKeys
         kms:ListAliases secretsmanager:ListSecrets ssm:DescribeParameters organizations:ListAccounts
         sso:ListAccountAssignments ram:ListPermissions sns:ListTagsForResource",
    ),
    (
        Verb::Write,
        Target::Control,
        "iam:CreateRole iam:CreateUser iam:CreateGroup iam:UpdateRole iam:TagRole iam:TagUser iam:CreateInstanceProfile
         iam:ChangePassword kms:CreateKey kms:CreateAlias kms:Encrypt kms:Sign secretsmanager:CreateSecret
         secretsmanager:PutSecretValue secretsmanager:RotateSecret ssm:PutParameter organizations:CreateAccount
         organizations:CreatePolicy sso:CreatePermissionSet cloudtrail:CreateTrail cloudtrail:PutEventSelectors
         cloudtrail:UpdateTrail ec2:CreateTags ec2:DeleteTags s3:PutBucketTagging s3:PutObjectTagging
         lambda:TagResource sqs:TagQueue ec2:CreateSecurityGroup ec2:ModifyInstanceMetadataOptions ec2:CreateKeyPair
         guardduty:UpdateDetector wafv2:UpdateWebACL s3:PutBucketLogging s3:PutObjectRetention sts:TagSession",
    ),
    (
        Verb::Delete,
        Target::Control,
        "iam:DeleteRole iam:DeleteUser iam:DeleteGroup kms:ScheduleKeyDeletion kms:DeleteAlias
         secretsmanager:DeleteSecret ssm:DeleteParameter cloudtrail:DeleteTrail cloudtrail:StopLogging
         config:StopConfigurationRecorder guardduty:DeleteDetector securityhub:DisableSecurityHub
         ec2:DeleteSecurityGroup ec2:DeleteFlowLogs ec2:DeleteKeyPair",
    ),
    (
        Verb::Grant,
        Target::Control,
        "iam:AttachRolePolicy iam:AttachUserPolicy iam:AttachGroupPolicy iam:PutRolePolicy iam:PutUserPolicy
         iam:PutGroupPolicy iam:CreatePolicy iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:AddUserToGroup
         iam:UpdateAssumeRolePolicy iam:DeleteRolePermissionsBoundary iam:DeleteUserPermissionsBoundary
         iam:CreateOpenIDConnectProvider iam:UpdateSAMLProvider iam:DeactivateMFADevice iam:AddRoleToInstanceProfile
         s3:PutBucketPolicy s3:PutBucketAcl s3:PutObjectAcl s3:PutAccessPointPolicy s3:CreateAccessGrant
         s3:PutBucketPublicAccessBlock s3:PutAccountPublicAccessBlock s3:BypassGovernanceRetention
         kms:PutKeyPolicy kms:CreateGrant kms:EnableKey secretsmanager:PutResourcePolicy lambda:AddPermission
         lambda:AddLayerVersionPermission lambda:CreateFunctionUrlConfig sqs:AddPermission sqs:SetQueueAttributes
         sns:AddPermission sns:SetTopicAttributes ecr:SetRepositoryPolicy dynamodb:PutResourcePolicy
         kinesis:PutResourcePolicy kafka:PutClusterPolicy codeartifact:PutDomainPermissionsPolicy
         aoss:CreateAccessPolicy ec2:ModifySnapshotAttribute ec2:ModifyImageAttribute rds:ModifyDBSnapshotAttribute
         ec2:AuthorizeSecurityGroupIngress ec2:DisableImageBlockPublicAccess ec2:AssociateIamInstanceProfile
         organizations:DetachPolicy organizations:UpdatePolicy organizations:LeaveOrganization
         organizations:RegisterDelegatedAdministrator sso:CreateAccountAssignment
         sso:AttachManagedPolicyToPermissionSet sso:PutInlinePolicyToPermissionSet
         identitystore:CreateGroupMembership ram:CreateResourceShare eks:CreateAccessEntry
         eks:AssociateAccessPolicy eks:CreatePodIdentityAssociation lakeformation:GrantPermissions
         ssm:ModifyDocumentPermission codepipeline:PutApprovalResult",
    ),
    (
        Verb::Revoke,
        Target::Control,
        "iam:DetachRolePolicy iam:DetachUserPolicy iam:DeleteRolePolicy iam:DeletePolicy iam:DeletePolicyVersion
         iam:RemoveUserFromGroup iam:DeleteAccessKey iam:DeleteLoginProfile iam:PutRolePermissionsBoundary
         iam:PutUserPermissionsBoundary iam:RemoveRoleFromInstanceProfile iam:EnableMFADevice s3:DeleteBucketPolicy
         s3:DeleteAccessPointPolicy s3:DeleteAccessGrant kms:RevokeGrant kms:RetireGrant kms:DisableKey
         secretsmanager:DeleteResourcePolicy lambda:RemovePermission sqs:RemovePermission sns:RemovePermission
         ecr:DeleteRepositoryPolicy kinesis:DeleteResourcePolicy ec2:RevokeSecurityGroupIngress
         ec2:EnableImageBlockPublicAccess organizations:AttachPolicy sso:DeleteAccountAssignment
         sso:DetachManagedPolicyFromPermissionSet eks:DeleteAccessEntry eks:DisassociateAccessPolicy
         lakeformation:RevokePermissions ram:DisassociateResourceShare identitystore:DeleteGroupMembership",
    ),
];

/// Actions that carry a further class.
const FURTHER: &[(&str, Verb, Target)] = &[
    (
        "secretsmanager:GetSecretValue",
        Verb::Impersonate,
        Target::Control,
    ),
    ("ssm:GetParameter", Verb::Impersonate, Target::Control),
    ("dynamodb:DeleteTable", Verb::Delete, Target::Data),
    ("dynamodb:BatchWriteItem", Verb::Delete, Target::Data),
    ("kms:ScheduleKeyDeletion", Verb::Delete, Target::Data),
    ("kms:Decrypt", Verb::Read, Target::Data),
    ("rds-data:ExecuteStatement", Verb::Read, Target::Data),
    ("rds-data:ExecuteStatement", Verb::Delete, Target::Data),
    ("lambda:UpdateFunctionCode", Verb::Execute, Target::System),
    ("lambda:GetFunction", Verb::Read, Target::Control),
    ("ecr:PutImage", Verb::Execute, Target::System),
    ("iam:UpdateAssumeRolePolicy", Verb::Impersonate, Target::Control),
    ("iam:DetachRolePolicy", Verb::Grant, Target::Control),
    ("iam:TagRole", Verb::Grant, Target::Control),
    ("organizations:UpdatePolicy", Verb::Revoke, Target::Control),
    ("s3:PutReplicationConfiguration", Verb::Read, Target::Data),
    ("ec2:ModifySnapshotAttribute", Verb::Read, Target::Data),
    ("rds:ModifyDBInstance", Verb::Impersonate, Target::Control),
    ("sns:Subscribe", Verb::Read, Target::Data),
];

#[test]
fn well_known_actions_have_the_class_that_their_description_suggests() {
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for (verb, target, names) in PINNED {
        for name in names.split_whitespace() {
            let class = catalogue().class(action(name));
            if class
                != (ActionClass {
                    verb: *verb,
                    target: *target,
                })
            {
                wrong.push(format!("{name} is {class:?}, not {verb:?} {target:?}"));
            }
            assert_eq!(seen.insert(name, (verb, target)), None, "{name} is pinned twice");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.len() >= 300, "{} are pinned", seen.len());
}

#[test]
fn further_classes_say_what_else_an_action_does() {
    for (name, verb, target) in FURTHER {
        let class = ActionClass {
            verb: *verb,
            target: *target,
        };
        let found = catalogue().further_classes(action(name));
        assert!(found.contains(&class), "{name}: {found:?}");
    }
    for name in [
        "s3:GetObject",
        "s3:ListAllMyBuckets",
        "ec2:DescribeInstances",
        "sts:GetCallerIdentity",
        "iam:GetRole",
    ] {
        assert!(catalogue().further_classes(action(name)).is_empty(), "{name}");
    }
}

#[test]
fn a_further_class_never_repeats_the_primary_one() {
    for id in catalogue().actions() {
        let further = catalogue().further_classes(id);
        assert!(
            !further.contains(&catalogue().class(id)),
            "{}",
            catalogue().name(id)
        );
        assert!(
            further.windows(2).all(|pair| pair[0] < pair[1]),
            "{}",
            catalogue().name(id)
        );
    }
}

#[test]
fn reading_and_listing_levels_never_write_unless_a_row_says_so() {
    use super::super::Level;
    // A level of AWS that misleads must be overruled by name, so those that are overruled can be counted and read.
    let overruled = |level: Level| {
        let harmless = |verb| matches!(verb, Verb::Read | Verb::List);
        let of_level = catalogue()
            .actions()
            .filter(move |id| catalogue().level(*id) == level);
        of_level
            .filter(move |id| !harmless(catalogue().class(*id).verb))
            .count()
    };
    assert_eq!(
        (overruled(Level::Read), overruled(Level::List)),
        READ_AND_LIST_OVERRULED
    );
}

/// How many actions of level Read and of level List do something else.
const READ_AND_LIST_OVERRULED: (usize, usize) = (44, 0);

#[test]
fn every_row_is_well_formed_and_speaks_of_some_action() {
    let parts: Vec<&[u8]> = catalogue()
        .actions()
        .map(|id| action_part(catalogue().name(id)))
        .collect();
    for row in rows(include_str!("../../../data/action-classes.tsv")) {
        let rule = parse(row).unwrap_or_else(|| panic!("malformed row: {row}"));
        assert!(
            !rule.actions(catalogue(), &parts).is_empty(),
            "no action matches: {row}"
        );
        assert!(!rule.source.is_empty(), "no source: {row}");
    }
}

#[test]
fn actions_fall_into_the_classes_in_these_numbers() {
    let mut counts: BTreeMap<(Target, Verb), usize> = BTreeMap::new();
    for id in catalogue().actions() {
        let ActionClass { verb, target } = catalogue().class(id);
        *counts.entry((target, verb)).or_default() += 1;
    }
    let expected = [
        ((Target::Data, Verb::Read), 171),
        ((Target::Data, Verb::List), 21),
        ((Target::Data, Verb::Write), 176),
        ((Target::Data, Verb::Delete), 44),
        ((Target::Data, Verb::Impersonate), 14),
        ((Target::System, Verb::Read), 4_239),
        ((Target::System, Verb::List), 3_660),
        ((Target::System, Verb::Write), 7_545),
        ((Target::System, Verb::Delete), 2_168),
        ((Target::System, Verb::Execute), 77),
        ((Target::Control, Verb::Read), 765),
        ((Target::Control, Verb::List), 760),
        ((Target::Control, Verb::Write), 1_517),
        ((Target::Control, Verb::Delete), 238),
        ((Target::Control, Verb::Execute), 1),
        ((Target::Control, Verb::Impersonate), 109),
        ((Target::Control, Verb::Grant), 350),
        ((Target::Control, Verb::Revoke), 236),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

/// Actions whose name reads and which change something all the same: they open sessions, make an identity or a place to
/// upload to, take work from a queue, or store what they get.
const READING_BY_NAME_ONLY: [&str; 9] = [
    "athena:GetSessionEndpoint",
    "cloudshell:GetFileUploadUrls",
    "cognito-identity:GetId",
    "elasticmapreduce:GetOnClusterAppUIPresignedURL",
    "elasticmapreduce:GetPersistentAppUIPresignedURL",
    "elasticmapreduce:GetSessionEndpoint",
    "security-ir:GetCaseAttachmentUploadUrl",
    "social-messaging:GetWhatsAppMessageMedia",
    "states:GetActivityTask",
];

#[test]
fn what_lists_describes_or_gets_changes_nothing_but_where_that_was_looked_at() {
    let catalogue = catalogue();
    let changes = |verb| matches!(verb, Verb::Write | Verb::Delete | Verb::Grant | Verb::Revoke);
    let odd: Vec<&str> = catalogue
        .actions()
        .map(|id| (id, catalogue.name(id)))
        .filter(|(_, name)| {
            let verb = name.split_once(':').map_or("", |(_, verb)| verb);
            ["List", "Describe", "Get", "BatchGet"]
                .iter()
                .any(|head| verb.starts_with(head))
        })
        .filter(|(id, _)| changes(catalogue.class(*id).verb))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(odd, READING_BY_NAME_ONLY);
}
