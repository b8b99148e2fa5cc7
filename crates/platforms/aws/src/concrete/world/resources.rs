//! Random policies on the queues, keys and the bucket of a world, as outputs of the AWS command line.

use leastwise_bench::Random;
use serde_json::{Value, json};

use super::{ACCOUNTS, pick, statement};

/// The bucket of a world; the first account owns it where its policy is exported.
pub const BUCKET: &str = "arn:aws:s3:::b";

/// One resource: its policy, and for the bucket whether public policies are restricted.
pub struct Resource {
    pub arn: String,
    pub policy: Option<Value>,
    pub restricted: bool,
}

fn principal(random: &mut Random) -> Value {
    let account = pick(random, &ACCOUNTS);
    match random.below(6) {
        0 => json!("*"),
        1 => json!({ "AWS": account }),
        2 => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
        3 => json!({ "Service": "sns.amazonaws.com" }),
        4 => {
            json!({ "AWS": [format!("arn:aws:iam::{account}:user/anna"), format!("arn:aws:iam::{account}:role/r1")] })
        }
        _ => json!({ "AWS": format!("arn:aws:iam::{account}:role/r{}", random.below(3)) }),
    }
}

fn policy(random: &mut Random, arn: &str) -> Value {
    let statements: Vec<Value> = (0..=random.below(3))
        .map(|_| {
            let mut made = statement(random);
            made.as_object_mut().map(|made| made.remove("NotResource"));
            let below = format!("{arn}/*");
            let here = [vec!["*"], vec![arn], vec![below.as_str(), arn]];
            made["Resource"] = json!(here[random.below(3)]);
            made["Principal"] = principal(random);
            made
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The resources whose policies are exported.
pub fn resources(random: &mut Random) -> Vec<Resource> {
    let mut all = vec![BUCKET.to_owned()];
    for account in ACCOUNTS {
        all.push(format!("arn:aws:sqs:eu-west-1:{account}:q"));
        all.push(format!("arn:aws:kms:eu-west-1:{account}:key/k"));
    }
    all.into_iter()
        .filter_map(|arn| {
            let exported = random.chance(0.6);
            let key = arn.contains(":kms:");
            exported.then(|| Resource {
                policy: (key || random.chance(0.8)).then(|| policy(random, &arn)),
                restricted: random.chance(0.3),
                arn,
            })
        })
        .collect()
}

impl Resource {
    /// The outputs that tell it.
    pub fn outputs(&self) -> Vec<String> {
        let command = match self.arn.split(':').nth(2) {
            Some("s3") => "s3api get-bucket-policy",
            Some("sqs") => "sqs get-queue-attributes",
            _ => "kms get-key-policy",
        };
        let mut made = json!({ "AwsCli": command, "Of": self.arn });
        if self.arn == BUCKET {
            made["Account"] = json!(ACCOUNTS[0]);
        }
        match &self.policy {
            Some(policy) if command.starts_with("sqs") => {
                made["Output"] = json!({ "Attributes": { "Policy": policy.to_string() } });
            }
            Some(policy) => made["Output"] = json!({ "Policy": policy.to_string() }),
            None => made["Error"] = json!("NoSuchBucketPolicy"),
        }
        let mut all = vec![made];
        if self.arn == BUCKET {
            let block =
                json!({ "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": self.restricted } });
            all.push(json!({ "AwsCli": "s3api get-public-access-block", "Of": BUCKET, "Output": block }));
            let none = json!({ "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": false } });
            all.push(
                json!({ "AwsCli": "s3control get-public-access-block", "Of": ACCOUNTS[0], "Output": none }),
            );
        }
        all.iter().map(Value::to_string).collect()
    }
}
