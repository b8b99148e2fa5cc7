//! What is asked of an account, and how refusals and patience are kept.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use leastwise_model::{Collector, Command, Heard, Text, Wanted};
use serde_json::{Value, json};

use super::AwsCollector;
use super::table::rows;

const OWN: &str = "111122223333";
const MEMBER: &str = "222233334444";

/// What was asked and kept, and what became of it.
#[derive(Default)]
struct Run {
    /// By account: the commands without what every one has.
    asked: BTreeMap<String, BTreeSet<String>>,
    files: BTreeMap<String, String>,
    whole: BTreeMap<Text, bool>,
    shown: String,
}

/// An answer with every list and element that anybody asks for.
fn answer(words: &str) -> Value {
    let behind_profile = words
        .strip_prefix("--profile ")
        .and_then(|rest| rest.split_once(' '));
    let words = behind_profile.map_or(words, |(_, words)| words);
    let role = json!({ "Arn": format!("arn:aws:iam::{OWN}:role/r"), "RoleName": "r" });
    match words.split(" --").next().unwrap_or_default() {
        "sts get-caller-identity" => {
            json!({ "Account": OWN, "Arn": format!("arn:aws:iam::{OWN}:user/auditor") })
        }
        "sts assume-role" => {
            json!({ "Credentials": { "AccessKeyId": "planted-id", "SecretAccessKey": "planted-key", "SessionToken": "planted-token" } })
        }
        "organizations list-accounts" => {
            json!({ "Accounts": [{ "Id": OWN, "State": "ACTIVE" }, { "Id": MEMBER, "State": "ACTIVE" },
            { "Id": "333344445555", "State": "SUSPENDED" }] })
        }
        "organizations list-policies" => json!({ "Policies": [{ "Id": "p-1" }] }),
        "iam get-account-authorization-details" => json!({ "RoleDetailList": [role] }),
        "iam generate-credential-report" => json!({ "State": "COMPLETE" }),
        "iam get-credential-report" => json!({ "Content": data_encoding::BASE64.encode(b"user,arn") }),
        "iam generate-service-last-accessed-details" => json!({ "JobId": "job" }),
        "iam get-service-last-accessed-details" => {
            json!({ "JobStatus": "COMPLETED", "ServicesLastAccessed": [] })
        }
        "ec2 describe-regions" => json!({ "Regions": [{ "RegionName": "eu-west-1" }] }),
        "sso-admin list-instances" => {
            json!({ "Instances": [{ "InstanceArn": "arn:aws:sso:::instance/i", "IdentityStoreId": "d-1" }] })
        }
        "sso-admin list-permission-sets" => json!({ "PermissionSets": ["arn:aws:sso:::permissionSet/i/p"] }),
        "sso-admin list-accounts-for-provisioned-permission-set" => json!({ "AccountIds": [MEMBER] }),
        "identitystore list-users" => {
            json!({ "Users": [{ "UserId": "u", "UserName": "auditor", "Emails": [{ "Value": "planted-address" }] }] })
        }
        "identitystore list-groups" => json!({ "Groups": [{ "GroupId": "g", "DisplayName": "ops" }] }),
        said => listed(said).unwrap_or_else(|| json!({ "Policy": "planted in no list" })),
    }
}

/// What a list of the table answers: one element with every field that further questions need.
fn listed(said: &str) -> Option<Value> {
    let row = rows().find(|row| row.list == said)?;
    let fields = row
        .follow
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'));
    let fields: Vec<&str> = fields.map(|(field, _)| field).collect();
    let element = match fields.contains(&"") {
        true => json!("element"),
        false => {
            let all = rows().filter(|row| row.list == said);
            let all = all.flat_map(|row| {
                [row.follow, row.of]
                    .into_iter()
                    .flat_map(|text| text.split('{').skip(1))
            });
            let named = all.filter_map(|part| part.split_once('}'));
            let mut element: BTreeMap<&str, &str> = named.map(|(field, _)| (field, "element")).collect();
            element.insert("Environment", "planted-variable");
            json!(element)
        }
    };
    Some(json!({ row.at.trim_start_matches('/'): [element] }))
}

/// Runs a collection; `refuses` says which commands of which account are answered with which error.
fn run(
    wanted: &Wanted,
    earlier: &BTreeMap<Text, bool>,
    refuses: impl Fn(&str, &str) -> Option<&'static str>,
) -> Run {
    let mut collector = AwsCollector::new(wanted);
    collector.resume(earlier);
    let mut queue: VecDeque<Command> = collector.begin().into();
    let mut told = Run {
        whole: earlier.clone(),
        ..Run::default()
    };
    let mut parts: BTreeMap<Text, bool> = BTreeMap::new();
    while let Some(command) = queue.pop_front() {
        told.shown.push_str(&format!("{command:?}"));
        let words: Vec<&str> = command.arguments.iter().map(|word| &**word).collect();
        let words = words.join(" ");
        let words = words.split(" --output json").next().unwrap_or_default();
        let account = match command.environment.is_empty() {
            true => OWN,
            false => MEMBER,
        };
        told.asked
            .entry(account.into())
            .or_default()
            .insert(words.to_owned());
        let part = parts.entry(command.part.clone()).or_insert(true);
        let (heard, more) = match refuses(account, words) {
            Some(code) => {
                let complaint = format!("An error occurred ({code}) when calling it: planted");
                collector.hear(&command, Err(&complaint))
            }
            None => collector.hear(&command, Ok(answer(words).to_string().as_bytes())),
        };
        if let Heard::Busy(why) = &heard {
            collector.gave_up(&command, why);
        }
        *part &= !matches!(heard, Heard::Failed(_) | Heard::Busy(_));
        queue.extend(more);
    }
    for (part, whole) in parts {
        let files = collector.part(&part);
        told.files
            .extend(files.into_iter().map(|(name, text)| (name.to_string(), text)));
        if !part.is_empty() {
            told.whole.insert(part, whole);
        }
    }
    told
}

fn by_role() -> Wanted {
    Wanted {
        product: "aws".into(),
        role: Some("audit".into()),
        last_use: true,
        ..Wanted::default()
    }
}

fn nothing_refused(_: &str, _: &str) -> Option<&'static str> {
    None
}

/// The action that a command of the client asks for.
fn action(words: &str) -> String {
    let mut parts = words.split(' ');
    let (service, verb) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (service, verb) {
        ("s3api", "list-buckets") => return "s3:ListAllMyBuckets".into(),
        ("s3api", "get-public-access-block") => return "s3:GetBucketPublicAccessBlock".into(),
        ("s3control", "get-public-access-block") => return "s3:GetAccountPublicAccessBlock".into(),
        ("apigateway", _) => return "apigateway:GET".into(),
        _ => {}
    }
    let prefix = match service {
        "s3api" => "s3",
        "sso-admin" => "sso",
        other => other,
    };
    let mut name = String::new();
    for word in verb.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    // Names of the interface keep `API` and the like whole, which the client does not.
    format!("{prefix}:{name}")
}

fn allowed(policy: &str) -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap().clone();
    let actions = statements
        .iter()
        .flat_map(|one| one["Action"].as_array().unwrap().clone());
    actions
        .map(|action| action.as_str().unwrap().to_lowercase())
        .collect()
}

fn asked(run: &Run, account: &str) -> BTreeSet<String> {
    run.asked[account]
        .iter()
        .map(|words| action(words).to_lowercase())
        .collect()
}

#[test]
fn the_least_policies_allow_what_is_asked_and_nothing_else() {
    for within in [vec![], vec![Text::from("eu-west-1")]] {
        let wanted = Wanted { within, ..by_role() };
        let told = run(&wanted, &BTreeMap::new(), nothing_refused);
        let least = AwsCollector::new(&wanted).least();
        let [caller, member] = &least[..] else {
            panic!("two policies")
        };
        assert_eq!(asked(&told, MEMBER), allowed(&member.policy), "of the role");
        let both: BTreeSet<String> = allowed(&caller.policy)
            .union(&allowed(&member.policy))
            .cloned()
            .collect();
        assert_eq!(asked(&told, OWN), both, "of whoever collects");

        let alone = Wanted { role: None, ..wanted };
        let told = run(&alone, &BTreeMap::new(), nothing_refused);
        let least = AwsCollector::new(&alone).least();
        let [all] = &least[..] else { panic!("one policy") };
        assert_eq!(asked(&told, OWN), allowed(&all.policy), "alone");
    }
}

#[test]
fn the_login_of_a_role_is_in_no_file_and_in_no_argument() {
    let told = run(&by_role(), &BTreeMap::new(), nothing_refused);
    assert!(
        told.asked[MEMBER]
            .iter()
            .any(|words| words.starts_with("iam get-account-auth"))
    );
    assert!(!told.shown.contains("planted"), "of commands: {}", told.shown);
    let files: Vec<&String> = told.files.values().collect();
    assert!(
        files.len() > 4
            && !files.iter().any(|text| [
                "planted-id",
                "planted-key",
                "planted-token",
                "planted-variable",
                "planted-address"
            ]
            .iter()
            .any(|secret| text.contains(secret)))
    );
}

#[test]
fn what_was_got_is_not_asked_again() {
    let refuses = |account: &str, words: &str| {
        (account == MEMBER && words.starts_with("sns")).then_some("AccessDenied")
    };
    let first = run(&by_role(), &BTreeMap::new(), refuses);
    let lacking: Vec<&str> = first
        .whole
        .iter()
        .filter(|(_, whole)| !**whole)
        .map(|(part, _)| &**part)
        .collect();
    assert_eq!(lacking, ["222233334444 eu-west-1"]);
    let second = run(&by_role(), &first.whole, nothing_refused);
    assert!(second.whole.values().all(|whole| *whole));
    assert_eq!(
        second.files.keys().collect::<Vec<_>>(),
        ["222233334444/eu-west-1.jsonl"]
    );
    let own = [
        "organizations list-accounts",
        &format!("sts assume-role --role-arn arn:aws:iam::{MEMBER}:role/audit --role-session-name leastwise"),
        "sts get-caller-identity",
    ];
    assert_eq!(second.asked[OWN].iter().collect::<Vec<_>>(), own);
    let third = run(&by_role(), &second.whole, nothing_refused);
    assert_eq!(third.asked[OWN].len(), 2);
    assert!(!third.asked.contains_key(MEMBER));
}

/// Whose last use is asked for stands in what the account tells of its users and roles.
#[test]
fn reports_on_last_use_are_taken_up_with_their_account() {
    let refuses = |account: &str, words: &str| {
        (account == MEMBER && words.contains("last-accessed")).then_some("AccessDenied")
    };
    let first = run(&by_role(), &BTreeMap::new(), refuses);
    let second = run(&by_role(), &first.whole, nothing_refused);
    assert!(second.whole.values().all(|whole| *whole), "{:?}", second.whole);
    let report = &second.files["last-accessed/222233334444.jsonl"];
    assert!(
        report.starts_with(r#"{"Arn":"arn:aws:iam::111122223333:role/r""#),
        "{report}"
    );
    assert!(second.asked[MEMBER].contains("iam get-account-authorization-details"));
    assert!(!second.asked[MEMBER].iter().any(|words| words.starts_with("kms")));
}

#[test]
fn what_nobody_answered_about_is_kept_as_such() {
    let refuses = |_: &str, words: &str| {
        words
            .starts_with("kms get-key-policy")
            .then_some("ThrottlingException")
    };
    let wanted = Wanted {
        product: "aws".into(),
        ..Wanted::default()
    };
    let told = run(&wanted, &BTreeMap::new(), refuses);
    let region = &told.files["111122223333/eu-west-1.jsonl"];
    let policy = region
        .lines()
        .find(|line| line.contains("kms get-key-policy"))
        .unwrap();
    assert!(policy.contains(r#""Error":"ThrottlingException""#), "{policy}");
}

#[test]
fn each_profile_is_an_account_and_the_first_tells_of_the_organization() {
    let wanted = Wanted {
        product: "aws".into(),
        profiles: vec!["shop".into(), "bank".into()],
        ..Wanted::default()
    };
    let told = run(&wanted, &BTreeMap::new(), nothing_refused);
    let by = |profile: &str, words: &str| told.asked[OWN].contains(&format!("--profile {profile} {words}"));
    assert!(by("shop", "sts get-caller-identity") && by("bank", "sts get-caller-identity"));
    assert!(by("shop", "organizations list-roots") && !by("bank", "organizations list-roots"));
    // Both are of one account here, which is read once.
    assert!(
        by("shop", "iam get-account-authorization-details")
            && !by("bank", "iam get-account-authorization-details")
    );
}
