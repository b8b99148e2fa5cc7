//! Whatever a server says beside what is asked for stays where it was heard.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read its input must stop"
)]

use leastwise_github::GitHub;
use leastwise_model::{Collector, Platform, Text, Wanted};

/// Collects with every answer out of `answers`, by path; what is not there is refused in words that hold a secret.
fn collected(answers: &[(&str, &str)]) -> Vec<(Text, String)> {
    let wanted = Wanted {
        product: "github".into(),
        within: vec!["acme".into()],
        ..Wanted::default()
    };
    let mut collector: Box<dyn Collector> = GitHub.collector(&wanted).unwrap();
    let mut commands = collector.begin();
    while let Some(command) = commands.pop() {
        let path = command.arguments.last().unwrap();
        assert!(
            command
                .arguments
                .windows(2)
                .any(|pair| &*pair[0] == "--method" && &*pair[1] == "GET")
        );
        let answer = answers.iter().find(|(asked, _)| *asked == &**path);
        let heard = match answer {
            Some((_, said)) => collector.hear(&command, Ok(said.as_bytes())),
            None => collector.hear(&command, Err("gh: s3cret is not for you (HTTP 403)")),
        };
        assert!(!format!("{:?}", heard.0).contains("s3cret"));
        commands.extend(heard.1);
    }
    collector.files()
}

const WORKFLOW: &str = "on: {workflow_dispatch: {inputs: {key: {default: s3cret, description: s3cret}}}}\nenv: {KEY: s3cret}\njobs:\n  a:\n    name: s3cret\n    runs-on: ubuntu-latest\n    env: {KEY: s3cret}\n    steps:\n    - {name: s3cret, run: 's3cret ${{ secrets.KEY }}', with: {x: s3cret}}\n";

#[test]
fn no_secret_comes_along() {
    let repository = "{\"id\":1,\"full_name\":\"acme/shop\",\"visibility\":\"private\",\"description\":\"s3cret\",\"owner\":{\"id\":7,\"email\":\"s3cret\"}}";
    let files = collected(&[
        (
            "users/acme",
            "{\"type\":\"Organization\",\"id\":7,\"bio\":\"s3cret\"}",
        ),
        (
            "orgs/acme/repos?per_page=100",
            "[{\"name\":\"shop\",\"full_name\":\"acme/shop\",\"description\":\"s3cret\"}]",
        ),
        ("repos/acme/shop", repository),
        (
            "repos/acme/shop/keys?per_page=100",
            "[{\"id\":1,\"key\":\"s3cret\",\"title\":\"mirror\",\"read_only\":true}]",
        ),
        (
            "repos/acme/shop/actions/secrets?per_page=100",
            "{\"secrets\":[{\"name\":\"KEY\",\"value\":\"s3cret\"}]}",
        ),
        (
            "repos/acme/shop/contents/.github/workflows",
            "[{\"name\":\"ci.yml\",\"download_url\":\"s3cret\"},{\"name\":\"../../x.yml\"}]",
        ),
        ("repos/acme/shop/contents/.github/workflows/ci.yml", WORKFLOW),
    ]);
    let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["github.json", "acme/shop/.github/workflows/ci.yml"]);
    for (name, content) in &files {
        assert!(!content.contains("s3cret"), "{name}: {content}");
    }
    assert!(files[0].1.contains("\"mirror\"") && files[0].1.contains("\"KEY\""));
    assert!(files[1].1.contains("secrets.KEY") && files[1].1.contains("workflow_dispatch"));
}

#[test]
fn nothing_is_written_where_no_repository_could_be_read() {
    let files = collected(&[("users/acme", "{\"type\":\"User\",\"id\":7}")]);
    assert!(files.is_empty());
}
