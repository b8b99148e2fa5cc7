//! Policy documents, taken apart.

use leastwise_document::{Limits, read};

use super::*;

fn parsed(text: &str) -> Document {
    let mut found = None;
    let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
        found = Some(parse_encoded(&item.node, "/p"));
    });
    assert!(faults.is_empty(), "{faults:?}");
    found.expect("one document")
}

#[test]
fn texts_come_apart_at_wildcards_and_variables() {
    use Piece::{Many, One, Text, Variable};
    let apart = |text| pieces(text, Variables::Substituted);
    assert_eq!(apart("a*b?c"), [Text("a"), Many, Text("b"), One, Text("c")]);
    assert_eq!(
        apart("${ aws:username }/x"),
        [
            Variable {
                key: "aws:username",
                default: None
            },
            Text("/x")
        ]
    );
    assert_eq!(
        apart("${k, 'd e'}"),
        [Variable {
            key: "k",
            default: Some("d e")
        }]
    );
    assert_eq!(apart("${*}${$}"), [Text("*"), Text("$")]);
    assert_eq!(apart("${"), [Text("${")]);
    assert_eq!(apart("${}"), [Text("${}")]);
    assert_eq!(apart(""), []);
    assert_eq!(pieces("${a}*", Variables::Text), [Text("${a}"), Many]);
}

#[test]
fn statements_know_where_they_stand() {
    let text = "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"a:b\", \"Resource\": \"*\"},\n  {\"Effect\": \"Deny\", \"Action\": \"a:b\", \"Resource\": \"*\"}]}";
    let document = parsed(text);
    let places: Vec<_> = document
        .statements
        .iter()
        .map(|statement| &statement.place)
        .collect();
    assert_eq!(
        (places[0].line, places[0].column, &*places[0].pointer),
        (2, 16, "/p/Statement/0")
    );
    assert_eq!((places[1].line, &*places[1].pointer), (3, "/p/Statement/1"));
    let alone = parsed(r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#);
    assert_eq!(&*alone.statements[0].place.pointer, "/p/Statement");
    assert_eq!(alone.variables, Variables::Text);
}

#[test]
fn what_stands_in_a_text_stands_where_the_text_stands() {
    let inner = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\"}]}"#;
    let mut found = None;
    let text = format!("{{\"d\":\n   \"{inner}\"}}");
    read(text.as_bytes(), &Limits::default(), &mut |item| {
        found = item.node.get("d").map(|node| parse_encoded(node, "/d"));
    });
    let document = found.expect("a document");
    assert_eq!(document.statements.len(), 1);
    assert_eq!(
        (
            document.statements[0].place.line,
            &*document.statements[0].place.pointer
        ),
        (2, "/d")
    );
}

#[test]
fn what_is_no_document_is_unreadable_and_says_why() {
    for (text, why) in [
        (r#"["x"]"#, "a text"),
        (
            r#"{"Version": "2020-01-01", "Statement": []}"#,
            "no version `2020-01-01`",
        ),
        (r#"{"Version": "2012-10-17"}"#, "no `Statement`"),
        (r#"{"Statement": "x"}"#, "`Statement` is a text"),
        (r#"{"Statements": []}"#, "no element `Statements`"),
    ] {
        let document = parsed(text);
        let said = document.unreadable.unwrap_or_default();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn a_doubtful_part_is_widened_and_named() {
    let document = parsed(
        r#"{"Statement": [{"Effect": "Alow", "Action": [], "Resource": {"a": 1}, "Condition": "x"}, "y",
            {"Effect": "Allow", "Action": "a:b", "NotAction": "a:c", "Resource": "*"}]}"#,
    );
    let [first, second, third] = document.statements.as_slice() else {
        panic!("three statements")
    };
    assert_eq!(
        (first.effect, &first.actions, first.doubts.len()),
        (None, &Choice::anything(), 4)
    );
    assert_eq!((second.effect, second.doubts.len()), (None, 1));
    assert_eq!((&third.actions, third.doubts.len()), (&Choice::anything(), 1));
    assert!(
        parsed(r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#).statements[0]
            .doubts
            .is_empty()
    );
}

#[test]
fn operators_by_name() {
    let named = |name| Operator::named(name);
    let plain = |kind, negated| {
        Some(Operator {
            quantifier: None,
            kind,
            negated,
            if_exists: false,
        })
    };
    assert_eq!(named("StringEquals"), plain(Kind::Text, false));
    assert_eq!(named("ArnNotLike"), plain(Kind::Arn, true));
    let any = named("ForAnyValue:StringLikeIfExists").expect("an operator");
    assert_eq!(
        (any.quantifier, any.kind, any.if_exists),
        (Some(Quantifier::Any), Kind::Glob, true)
    );
    for none in [
        "StringEqual",
        "ForAll:StringEquals",
        "NullIfExists",
        "ForAllValues:Null",
        "",
        "IfExists",
    ] {
        assert_eq!(named(none), None, "{none}");
    }
}
