//! What is asked, and what is kept of the answers.

use super::*;

const POD: &str = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"api-1",
"namespace":"shop","uid":"41","managedFields":[{"PLANTED":1}],"annotations":{"team":"shop",
"kubectl.kubernetes.io/last-applied-configuration":"PLANTED"}},"spec":{"serviceAccountName":"api","nodeName":"node-1",
"containers":[{"name":"api","args":["--password=PLANTED","--authorization-mode=RBAC"],"stdin":true,
"env":[{"name":"PASSWORD","value":"PLANTED"}]}],"volumes":[{"csi":{"volumeAttributes":{"key":"PLANTED"}}},
{"projected":{"sources":[{"serviceAccountToken":{"audience":"vault"}}]}}]},"status":{"phase":"Running","podIP":"PLANTED"}}]}"#;

fn collector(within: &[&str]) -> ClusterCollector {
    ClusterCollector::new(&Wanted {
        product: "kubernetes".into(),
        within: within.iter().map(|name| Text::from(*name)).collect(),
        arguments: vec!["--context".into(), "prod".into()],
        ..Wanted::default()
    })
}

fn lines(commands: &[Command]) -> Vec<String> {
    let line = |command: &Command| {
        command
            .arguments
            .iter()
            .map(|word| &**word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    commands.iter().map(line).collect()
}

#[test]
fn only_reading_is_asked_for_and_never_a_secret() {
    for within in [&[][..], &["shop", "ci"]] {
        let asked = lines(&collector(within).begin());
        for line in &asked {
            let rest = line.strip_prefix("--context prod ").unwrap_or_default();
            assert!(
                rest.starts_with("get ") || rest == "version --output=json",
                "{line}"
            );
            assert!(!line.contains("secret"), "{line}");
        }
        let pods = asked.iter().filter(|line| line.contains("get pods "));
        assert_eq!(pods.count(), within.len().max(1));
    }
}

#[test]
fn fields_that_decide_are_kept_and_nothing_else_is() {
    let mut collector = collector(&[]);
    let asked = collector.begin();
    let pods = asked
        .iter()
        .find(|command| &*command.name == "pods of all namespaces");
    let pods = pods.expect("pods are asked for");
    assert_eq!(collector.hear(pods, Ok(POD.as_bytes())).0, Heard::Kept);
    let files = Box::new(collector).files();
    let [(name, content)] = files.as_slice() else {
        panic!("one file, not {files:?}");
    };
    assert_eq!(&**name, "pods.json");
    assert_eq!(
        content,
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n\
         {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"api-1\",\"namespace\":\"shop\",\"uid\":\"41\",\
         \"annotations\":{\"team\":\"shop\"}},\"spec\":{\"serviceAccountName\":\"api\",\"nodeName\":\"node-1\",\
         \"containers\":[{\"args\":[\"--authorization-mode=RBAC\"],\"stdin\":true,\"env\":[{}]}],\
         \"volumes\":[{},{\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"audience\":\"vault\"}}]}}]},\
         \"status\":{\"phase\":\"Running\"}}\n]}\n"
    );
}

#[test]
fn complaints_are_told_in_words_that_quote_nothing() {
    let mut collector = collector(&[]);
    let asked = collector.begin();
    let command = asked.last().expect("something is asked for");
    let mut heard = |text: &str| collector.hear(command, Err(text)).0;
    assert_eq!(
        heard("Error from server (Forbidden): PLANTED is forbidden"),
        Heard::Failed("the cluster refuses it: forbidden".into())
    );
    assert_eq!(
        heard("Error from server (NotFound): PLANTED not found"),
        Heard::Nothing
    );
    assert_eq!(heard("PLANTED"), Heard::Failed("kubectl failed".into()));
    assert_eq!(
        collector.hear(command, Ok(b"{\"items\":[")).0,
        Heard::Failed("its answer cannot be read".into())
    );
}

#[test]
fn without_bindings_nothing_is_told() {
    for (refused, told) in [("rolebindings.", false), ("clusterroles.", true)] {
        let mut collector = collector(&[]);
        for command in collector.begin() {
            let answer: Result<&[u8], &str> = match command.name.starts_with(refused) {
                true => Err("Error from server (Forbidden)"),
                false => Ok(POD.as_bytes()),
            };
            collector.hear(&command, answer);
        }
        assert_eq!(!Box::new(collector).files().is_empty(), told, "{refused}");
    }
}
