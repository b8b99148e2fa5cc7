//! A role as a policy document, and as what tools and services take that hold one.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements reference"; documentation of the AWS provider for Terraform,
//! `aws_iam_policy`, `aws_ssoadmin_permission_set`, `aws_ssoadmin_permission_set_inline_policy`; HCL Native Syntax Specification,
//! "Template Literals"; CloudFormation Template Reference, `AWS::IAM::ManagedPolicy`, `AWS::SSO::PermissionSet`; CloudFormation
//! User Guide, "Get values stored in other services using dynamic references"; IAM Identity Center User Guide, "Quotas and
//! limits".

use leastwise_document::Position;
use leastwise_model::{NativeRole, RoleObjection, Written};
use serde_json::{Map, Value, json};

/// Characters that the inline policy of a permission set may have, white space not counted; with it, [`INLINE_BYTES`].
const INLINE_MAX: usize = 10_240;
const INLINE_BYTES: usize = 32_768;
/// Characters that the name of a permission set may have.
const NAME_MAX: usize = 32;
/// Characters that descriptions may have: of a managed policy, of a permission set.
const DESCRIPTION_MAX: (usize, usize) = (1_000, 700);
/// What CloudFormation puts a value of another service in the place of, wherever it stands.
const DYNAMIC: &str = "{{resolve:";
/// Where templates of HCL are doubled already, doubling them again says something else.
const DOUBLED: [&str; 2] = ["$${", "%%{"];

type Rendered = Result<String, Vec<RoleObjection>>;

/// The policy: a statement for each permission.
pub(super) fn document(role: &NativeRole<'_>) -> Value {
    let texts = |all: &[Written]| all.iter().map(|one| json!(&*one.text)).collect::<Vec<Value>>();
    let statements: Vec<Value> = role
        .permissions
        .iter()
        .map(|permission| {
            let mut statement = Map::new();
            statement.insert("Effect".into(), json!("Allow"));
            statement.insert("Action".into(), Value::Array(texts(&permission.actions)));
            statement.insert("Resource".into(), Value::Array(texts(&permission.resources)));
            if let Some(condition) = &permission.condition {
                let condition = serde_json::from_str(&condition.to_json()).unwrap_or_default();
                statement.insert("Condition".into(), condition);
            }
            Value::Object(statement)
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// How many characters AWS counts of a policy.
pub(super) fn length(document: &Value) -> usize {
    let text = document.to_string();
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// A managed policy of Terraform's provider for AWS.
pub(super) fn terraform(role: &NativeRole<'_>) -> Rendered {
    left_alone(role, &DOUBLED, "Terraform")?;
    let name = identifier(role.id);
    let mut out = format!(
        "resource \"aws_iam_policy\" \"{name}\" {{\n  name = \"{}\"\n",
        role.id
    );
    if let Some(description) = description(role, DESCRIPTION_MAX.0) {
        out.push_str(&format!(
            "  description = {}\n",
            literal(&json!(description).to_string())
        ));
    }
    out.push_str(&format!(
        "  policy = jsonencode({})\n}}\n",
        object(&document(role))
    ));
    Ok(out)
}

/// A stack with a managed policy. Whom it is attached to is told by whoever deploys it.
pub(super) fn template(role: &NativeRole<'_>) -> Rendered {
    left_alone(role, &[DYNAMIC], "CloudFormation")?;
    let mut properties = Map::new();
    properties.insert("ManagedPolicyName".into(), json!(role.id));
    if let Some(description) = description(role, DESCRIPTION_MAX.0) {
        properties.insert("Description".into(), json!(description));
    }
    properties.insert("PolicyDocument".into(), document(role));
    let mut resources = Map::new();
    let made = json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": properties });
    resources.insert(logical(role.id), made);
    let template = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": resources });
    Ok(format!("{}\n", pretty(&template)))
}

/// A stack with a permission set of IAM Identity Center.
pub(super) fn permission_set(role: &NativeRole<'_>) -> Rendered {
    left_alone(role, &[DYNAMIC], "CloudFormation")?;
    let document = document(role);
    fits(role, &document)?;
    let mut properties = Map::new();
    properties.insert("InstanceArn".into(), json!({ "Ref": "InstanceArn" }));
    properties.insert("Name".into(), json!(role.id));
    if let Some(description) = description(role, DESCRIPTION_MAX.1) {
        properties.insert("Description".into(), json!(description));
    }
    properties.insert("InlinePolicy".into(), document);
    let mut resources = Map::new();
    let made = json!({ "Type": "AWS::SSO::PermissionSet", "Properties": properties });
    resources.insert(logical(role.id), made);
    let about = "The instance of IAM Identity Center: aws sso-admin list-instances";
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": { "InstanceArn": { "Type": "String", "Description": about } },
        "Resources": resources,
    });
    Ok(format!("{}\n", pretty(&template)))
}

/// The same for Terraform; the instance is the one that there is.
pub(super) fn permission_set_terraform(role: &NativeRole<'_>) -> Rendered {
    left_alone(role, &DOUBLED, "Terraform")?;
    let document = document(role);
    fits(role, &document)?;
    let name = identifier(role.id);
    let instance = "tolist(data.aws_ssoadmin_instances.this.arns)[0]";
    let described = description(role, DESCRIPTION_MAX.1).map_or_else(String::new, |description| {
        format!("  description = {}\n", literal(&json!(description).to_string()))
    });
    Ok(format!(
        "data \"aws_ssoadmin_instances\" \"this\" {{}}\n\n\
         resource \"aws_ssoadmin_permission_set\" \"{name}\" {{\n  name = \"{id}\"\n{described}  \
         instance_arn = {instance}\n}}\n\n\
         resource \"aws_ssoadmin_permission_set_inline_policy\" \"{name}\" {{\n  \
         instance_arn = {instance}\n  permission_set_arn = aws_ssoadmin_permission_set.{name}.arn\n  \
         inline_policy = jsonencode({policy})\n}}\n",
        id = role.id,
        policy = object(&document),
    ))
}

/// The purpose, where it is what a service takes for a description.
fn description<'r>(role: &NativeRole<'r>, max: usize) -> Option<&'r str> {
    let plain = |c: char| matches!(c, ' '..='~' | '\u{a0}'..='\u{ff}');
    let taken = !role.purpose.is_empty() && role.purpose.chars().count() <= max;
    (taken && role.purpose.chars().all(plain)).then_some(role.purpose)
}

/// A name as Terraform takes it.
fn identifier(id: &str) -> String {
    let name = id.replace('-', "_");
    match name.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => name,
        false => format!("_{name}"),
    }
}

/// A logical id: letters and digits alone.
fn logical(id: &str) -> String {
    let mut out = String::from("Role");
    for word in id.split('-') {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// In texts of HCL `${` and `%{` begin templates and are doubled.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A document as an object of HCL, which takes the syntax of JSON.
fn object(document: &Value) -> String {
    literal(&pretty(document)).replace('\n', "\n  ")
}

/// Whether a permission set can hold the document under the role's id.
fn fits(role: &NativeRole<'_>, document: &Value) -> Result<(), Vec<RoleObjection>> {
    let whole = Position { line: 0, column: 0 };
    let (length, bytes) = (length(document), pretty(document).len());
    let objection = |what: String, hint: &str| Err(vec![RoleObjection::new(None, whole, what, hint)]);
    if length > INLINE_MAX || bytes > INLINE_BYTES {
        let what = format!(
            "the policy has {length} characters without white space, and the inline policy of a permission set may have {INLINE_MAX}"
        );
        return objection(what, "split the role by what it is for");
    }
    let letters = role.id.chars().count();
    if letters > NAME_MAX {
        let what =
            format!("its id has {letters} characters, and the name of a permission set may have {NAME_MAX}");
        return objection(what, "give the role a shorter id");
    }
    Ok(())
}

/// Whether a tool leaves every text as it stands: none holds one of `parts`.
fn left_alone(role: &NativeRole<'_>, parts: &[&str], tool: &str) -> Result<(), Vec<RoleObjection>> {
    let mut objections = Vec::new();
    if let Some(part) = parts.iter().find(|part| role.purpose.contains(**part)) {
        let what = format!("{tool} would not leave `{part}` in its purpose as it stands");
        let hint = "write the purpose otherwise, or render it in another format, such as `json`";
        objections.push(RoleObjection::new(
            None,
            Position { line: 0, column: 0 },
            what,
            hint,
        ));
    }
    for (number, permission) in role.permissions.iter().enumerate() {
        let written = permission.actions.iter().chain(&permission.resources);
        let mut texts: Vec<(String, Position)> = written.map(|one| (one.text.to_string(), one.at)).collect();
        let condition = permission.condition.as_ref();
        texts.extend(condition.map(|condition| (condition.to_json(), condition.at)));
        for (text, at) in texts {
            if let Some(part) = parts.iter().find(|part| text.contains(**part)) {
                let what = format!("{tool} would not leave `{part}` as it stands");
                let hint = "write it otherwise, or render it in another format, such as `json`";
                objections.push(RoleObjection::new(Some(number), at, what, hint));
            }
        }
    }
    match objections.is_empty() {
        true => Ok(()),
        false => Err(objections),
    }
}
