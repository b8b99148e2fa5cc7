//! Policies of resources.

use leastwise_document::Node;
use leastwise_model::Text;

use super::build::Build;
use super::parts::document;
use super::{Form, POLICY_OF, Resource, remark};
use crate::export::Spot;
use crate::lower::account_of;
use crate::policy::{Document, is_principal_settled};
use crate::resources::{Exported, Policy, Resources};

impl Build<'_> {
    pub(super) fn policies_of_resources(&mut self, resources: &mut Resources) {
        for resource in &self.file.resources {
            let by = |attribute: &str| resource.text(attribute).map(str::to_owned);
            let bucket = || by("bucket").map(|name| format!("arn:aws:s3:::{name}"));
            let arn = match resource.kind {
                "aws_s3_bucket_policy" => bucket(),
                "aws_s3_bucket" => by("arn").or_else(bucket),
                "aws_sqs_queue" | "aws_kms_key" | "aws_sns_topic_policy" | POLICY_OF => by("arn"),
                "aws_sqs_queue_policy" => by("queue_url").and_then(|url| queue(&url)),
                "aws_kms_key_policy" => by("key_id").and_then(|key| self.key(&key)),
                "aws_secretsmanager_secret_policy" => by("secret_arn"),
                "aws_ecr_repository_policy" => self.repository(resource),
                _ => continue,
            };
            // A resource whose policy another one tells says nothing here.
            let said = |policy: &&Node| policy.is_map() || policy.text().is_some_and(|text| !text.is_empty());
            let Some(policy) = resource.values.get("policy").filter(said) else {
                continue;
            };
            let Some(arn) = arn else {
                if resource.form == Form::Template {
                    let what = format!(
                        "`{}` was left out: the name of what it belongs to {}",
                        resource.address,
                        resource.form.unknown()
                    );
                    self.remarks
                        .push(remark(&resource.spot, what, resource.form.hint()));
                    continue;
                }
                self.lost(resource, "policy");
                continue;
            };
            let mut document = match is_principal_settled(policy) {
                true => document(resource, &resource.values, "policy", &resource.pointer("policy")),
                // Whom it names decides whether it is public: half of that is worth nothing.
                false => Document {
                    unreadable: Some("whom it names is not known from the template".into()),
                    ..Document::missing(resource.place("policy"))
                },
            };
            document.place = resource.place("policy");
            let made = Exported {
                owner: account_of(&arn).map(Text::from).or_else(|| self.account.clone()),
                policy: Policy::Document(document),
                settle: settle(resource, &arn),
                spot: Spot {
                    file: resource.spot.file,
                    place: resource.place("policy"),
                },
            };
            resources.policies.entry(arn.into()).or_insert(made);
        }
    }

    /// The ARN of a key in this file that has an id.
    fn key(&self, id: &str) -> Option<String> {
        if id.starts_with("arn:") {
            return Some(id.to_owned());
        }
        let keys = self.file.resources.iter().filter(|one| one.kind == "aws_kms_key");
        let mut found = keys.filter(|one| one.text("key_id") == Some(id));
        found.next().and_then(|one| one.text("arn")).map(str::to_owned)
    }

    /// The registry of a repository is its account; its region is only in the ARN of others.
    fn repository(&self, resource: &Resource) -> Option<String> {
        let (name, registry) = (resource.text("repository")?, resource.text("registry_id")?);
        let region = resource.text("region")?;
        Some(format!("arn:aws:ecr:{region}:{registry}:repository/{name}"))
    }
}

/// The command that shows a policy again.
fn settle(resource: &Resource, arn: &str) -> Text {
    match resource.form {
        Form::State | Form::Plan => format!("terraform state pull, for {arn}").into(),
        Form::Template => format!("export the policy of {arn} itself").into(),
    }
}

/// The ARN of a queue in its URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
pub fn queue(url: &str) -> Option<String> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let region = host.strip_prefix("sqs.")?.split('.').next()?;
    let (account, name) = path.split_once('/')?;
    Some(format!("arn:aws:sqs:{region}:{account}:{name}"))
}
