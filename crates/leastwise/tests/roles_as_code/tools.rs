//! What tools make of what is rendered for them, read as the estate that there is then.
//!
//! Terraform is not there to be run: what it does is written down here, for the little of its language that is rendered. `jsonencode`
//! of an object whose texts are literal gives that object, and a plan tells what is made. CloudFormation makes what its template
//! says, to which a holder is added; IAM Identity Center gives the role that it makes in an account the inline policy of the
//! permission set.

use serde_json::{Map, Value, json};

/// Whom the policy is attached to.
const HOLDER: &str = "holder";
const ACCOUNT: &str = "111122223333";

/// How the holder of a case is given something.
#[derive(Clone, Debug)]
pub enum Given {
    /// Text that stands in the estate of the case.
    Document(String),
    /// An estate of its own, made from a policy.
    Estate {
        /// What stands in its file.
        text: String,
        /// The policy.
        document: String,
        /// Makes the estate of a policy.
        made: fn(Value) -> Value,
    },
}

impl Given {
    /// The same with another policy.
    pub fn of(&self, document: &str) -> Self {
        match self {
            Self::Document(_) => Self::Document(document.to_owned()),
            Self::Estate { made, .. } => estate(parsed(document), *made),
        }
    }

    /// The policy itself.
    pub fn document(&self) -> Option<&str> {
        match self {
            Self::Document(document) | Self::Estate { document, .. } => Some(document),
        }
    }
}

/// What the tool of a format makes of something rendered in it.
pub fn made(format: &str, rendered: &str) -> Given {
    match format {
        "terraform" => estate(encoded(rendered), plan),
        "cloudformation" => {
            let template = parsed(rendered);
            let whole = stack(policy(&template, "AWS::IAM::ManagedPolicy", "PolicyDocument"));
            // The template itself with a holder, not one made of its policy alone.
            let mut own = template;
            let resources = own.pointer_mut("/Resources").and_then(Value::as_object_mut);
            let resources = resources.expect("resources");
            let logical = resources.keys().next().expect("a resource").clone();
            resources.insert("Holder".into(), user(&logical));
            let text = wrapped(own).to_string();
            let document = whole.pointer("/Output/TemplateBody/Resources/Policy/Properties/PolicyDocument");
            Given::Estate {
                text,
                document: document.expect("a policy").to_string(),
                made: stack,
            }
        }
        "permission-set" => {
            let document = policy(&parsed(rendered), "AWS::SSO::PermissionSet", "InlinePolicy");
            Given::Document(document.to_string())
        }
        "permission-set-terraform" => Given::Document(encoded(rendered).to_string()),
        _ => Given::Document(rendered.to_owned()),
    }
}

fn estate(document: Value, made: fn(Value) -> Value) -> Given {
    Given::Estate {
        document: document.to_string(),
        text: made(document).to_string(),
        made,
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What `jsonencode` is given, its texts read as HCL reads them: every `${` and `%{` in them is doubled.
fn encoded(rendered: &str) -> Value {
    let (_, rest) = rendered.split_once("jsonencode(").expect("a policy");
    let (object, _) = rest.rsplit_once(")\n}\n").expect("its end");
    let bare = object.replace("$${", "").replace("%%{", "");
    assert!(
        !bare.contains("${") && !bare.contains("%{"),
        "a template: {object}"
    );
    parsed(&object.replace("$${", "${").replace("%%{", "%{"))
}

/// The policy of the one resource of a template.
fn policy(template: &Value, kind: &str, property: &str) -> Value {
    let resources = template["Resources"].as_object().expect("resources");
    let mut all = resources.values();
    let (only, more) = (all.next().expect("a resource"), all.next());
    assert!(more.is_none() && only["Type"] == *kind, "{template}");
    only["Properties"][property].clone()
}

/// A plan with a policy that the holder has.
fn plan(document: Value) -> Value {
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/role");
    let resource = |address: &str, kind: &str, values: Value| json!({ "address": address, "mode": "managed", "type": kind, "name": "x", "values": values });
    let user = json!({ "name": HOLDER, "arn": format!("arn:aws:iam::{ACCOUNT}:user/{HOLDER}") });
    let policy = json!({ "name": "role", "arn": arn, "policy": document.to_string() });
    let attached = json!({ "user": HOLDER, "policy_arn": arn });
    json!({
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": { "root_module": { "resources": [
            resource("aws_iam_user.x", "aws_iam_user", user),
            resource("aws_iam_policy.x", "aws_iam_policy", policy),
            resource("aws_iam_user_policy_attachment.x", "aws_iam_user_policy_attachment", attached),
        ] } },
    })
}

/// An account whose holder has a policy, and perhaps another as its boundary.
pub fn bounded(document: &str, boundary: Option<&str>) -> Given {
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:policy/{name}");
    let policy = |name: &str, document: &str| {
        json!({ "PolicyName": name, "Arn": arn(name), "DefaultVersionId": "v1", "PolicyVersionList": [
            { "VersionId": "v1", "IsDefaultVersion": true, "Document": parsed(document) },
        ] })
    };
    let mut user = json!({
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{HOLDER}"), "UserName": HOLDER, "UserId": "AIDAHOLDER",
        "UserPolicyList": [], "GroupList": [], "Tags": [],
        "AttachedManagedPolicies": [{ "PolicyName": "own", "PolicyArn": arn("own") }],
    });
    let mut policies = vec![policy("own", document)];
    if let Some(boundary) = boundary {
        policies.push(policy("bound", boundary));
        let bound = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("bound") });
        user["PermissionsBoundary"] = bound;
    }
    let account = json!({
        "UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": policies,
    });
    Given::Estate {
        text: account.to_string(),
        document: document.to_owned(),
        made: plan,
    }
}

/// A stack with a policy that the holder has.
fn stack(document: Value) -> Value {
    let policy = json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": { "PolicyDocument": document } });
    wrapped(json!({ "Resources": { "Policy": policy, "Holder": user("Policy") } }))
}

fn user(policy: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("UserName".into(), json!(HOLDER));
    properties.insert("ManagedPolicyArns".into(), json!([{ "Ref": policy }]));
    json!({ "Type": "AWS::IAM::User", "Properties": properties })
}

fn wrapped(template: Value) -> Value {
    json!({
        "AwsCli": "cloudformation get-template",
        "Of": format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/roles/1"),
        "Output": { "TemplateBody": template },
    })
}
