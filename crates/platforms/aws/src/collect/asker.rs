//! Who asks an account: its own login, one of the client's profiles, or a role that was taken on.

use std::sync::Arc;

use leastwise_document::Node;
use leastwise_model::{Secret, Text};

/// What tells the client who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Login {
    pub arguments: Vec<Text>,
    pub environment: Vec<(Text, Secret)>,
}

impl Login {
    /// A login by a profile of the client.
    pub fn of_profile(arguments: &[Text], profile: &Text) -> Self {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--profile".into(), profile.clone()]);
        Self {
            arguments,
            environment: Vec::new(),
        }
    }

    /// The login that `sts assume-role` answers with. A profile that is named in an argument would count before what the
    /// environment says, while one that the environment names does not (botocore, `create_credential_resolver`); it still
    /// tells regions and endpoints.
    pub fn of_role(arguments: &[Text], answer: &Node) -> Option<Self> {
        let names = [
            ("AWS_ACCESS_KEY_ID", "/Credentials/AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "/Credentials/SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "/Credentials/SessionToken"),
        ];
        let mut login = Self::default();
        for (name, at) in names {
            let value = answer.find(at)?.text()?;
            login.environment.push((name.into(), Secret::new(value)));
        }
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let profile = match word.strip_prefix("--profile=") {
                Some(profile) => profile,
                None if **word == *"--profile" => words.next().map_or("", |profile| profile),
                None => {
                    login.arguments.push(word.clone());
                    continue;
                }
            };
            login
                .environment
                .push(("AWS_PROFILE".into(), Secret::new(profile)));
        }
        Some(login)
    }
}

/// Who asks about which part of the whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Asker {
    pub login: Arc<Login>,
    /// As people are told; empty for what every run asks.
    pub part: Text,
    /// What tells one asker of the same from another, as people are told; may be empty.
    pub by: Text,
    pub account: Text,
    pub region: Option<Text>,
}

impl Asker {
    /// The same for a part of the account.
    pub fn of(&self, part: String) -> Self {
        Self {
            part: part.into(),
            by: "".into(),
            region: None,
            ..self.clone()
        }
    }

    /// The same in a region.
    pub fn within(&self, region: &str) -> Self {
        Self {
            region: Some(region.into()),
            ..self.of(format!("{} {region}", self.account))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_not_outdone_by_a_profile_and_is_not_shown() {
        let answer =
            br#"{"Credentials":{"AccessKeyId":"ASIAX","SecretAccessKey":"planted","SessionToken":"token"}}"#;
        let mut read = None;
        leastwise_document::read(answer, &leastwise_document::Limits::default(), &mut |item| {
            read = Some(item.node);
        });
        for words in [
            vec!["--profile", "auditor", "--no-verify-ssl"],
            vec!["--profile=auditor", "--no-verify-ssl"],
        ] {
            let words: Vec<Text> = words.into_iter().map(Text::from).collect();
            let login = Login::of_role(&words, read.as_ref().unwrap()).unwrap();
            assert_eq!(login.arguments, ["--no-verify-ssl".into()]);
            let profile = login
                .environment
                .iter()
                .find(|(name, _)| **name == *"AWS_PROFILE");
            assert_eq!(profile.map(|(_, profile)| profile.reveal()), Some("auditor"));
            assert!(!format!("{login:?}").contains("planted"));
        }
    }
}
