//! What a walk sees, beside the reader that builds trees.

use proptest::prelude::*;

use super::{Skim, Stop};
use crate::json::leap;
use crate::{Limits, Value, read};

/// The texts under the members `a` and `b` of a map, and where the map ends.
fn members(bytes: &[u8]) -> Result<(Vec<String>, usize), Stop> {
    let mut skim = Skim::new(bytes);
    let mut found = Vec::new();
    let mut map = skim.map()?;
    while let Some(key) = skim.key(&mut map)? {
        match key {
            b"a" | b"b" => found.extend(skim.text()?.map(|text| text.get().into_owned())),
            _ => skim.skip()?,
        }
    }
    Ok((found, skim.position()))
}

#[test]
fn members_are_found_and_the_rest_is_passed_over() {
    let bytes = br#" {"x": {"a": "no"}, "a" : "one", "y":[{"b":"no"},"]"], "z":-1.5e+3,"b":"t\"w\u006f","t":true} more"#;
    assert_eq!(members(bytes), Ok((vec!["one".into(), "t\"wo".into()], 93)));
}

#[test]
fn another_type_is_no_text_and_no_fault() {
    assert_eq!(members(br#"{"a": {"b": "no"}, "b": null}"#), Ok((vec![], 29)));
}

#[test]
fn what_is_cut_off_anywhere_ends_and_is_not_malformed() {
    let whole = br#"{"x": {"a": ["\"n\\"]}, "a" : "o\"e", "z":-15, "b": null}"#;
    assert!(members(whole).is_ok());
    for length in 0..whole.len() {
        assert_eq!(members(&whole[..length]), Err(Stop::End), "{length}");
    }
}

#[test]
fn what_is_malformed_is_told_with_its_place() {
    let at = |text: &str| match members(text.as_bytes()) {
        Err(Stop::Malformed { at, .. }) => Some(at),
        _ => None,
    };
    assert_eq!(at(r#"["a"]"#), Some(0));
    assert_eq!(at(r#"{"a" "b"}"#), Some(5));
    assert_eq!(at(r#"{"a": 'b'}"#), Some(6));
    assert_eq!(at(r#"{"a": "b" "c": 1}"#), Some(10));
    assert_eq!(at(r#"{, "a": "b"}"#), Some(1));
}

#[test]
fn elements_of_lists_are_walked_over() {
    let mut skim = Skim::new(br#"["one", 2, [3], "four"] "#);
    let mut texts = Vec::new();
    let mut list = skim.list().expect("a list");
    while skim.element(&mut list).expect("well formed") {
        texts.extend(
            skim.text()
                .expect("well formed")
                .map(|text| text.get().into_owned()),
        );
    }
    assert_eq!(texts, ["one", "four"]);
    assert_eq!(skim.peek(), Err(Stop::End));
}

fn value() -> impl Strategy<Value = String> {
    let text = r#"([ab\]\[{}:,]|\\"|\\\\|\\u00e9|é){0,12}"#.prop_map(|text| format!("\"{text}\""));
    let leaf = prop_oneof![text, Just("null".to_owned()), Just("-1.5e3".to_owned())];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![Just("a"), Just("b"), Just("c d")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(" , "))),
            prop::collection::vec((key, inner), 0..4).prop_map(|all| {
                let all: Vec<String> = all
                    .iter()
                    .map(|(key, value)| format!("\"{key}\" :{value}"))
                    .collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    // skip(list) = leap(list)
    #[test]
    fn a_short_list_is_passed_as_if_by_leaping(
        texts in prop::collection::vec(r#""([ab\]\[{}:,]|\\"|\\\\){0,9}""#, 0..7),
        end in r#"[\]},1 "]{0,2}"#,
    ) {
        for text in [format!("[{}{end}", texts.join(",")), format!("{{{end}")] {
            let mut skim = Skim::new(text.as_bytes());
            let passed = skim.skip().map(|()| skim.position());
            prop_assert_eq!(passed.ok(), leap::length(text.as_bytes()), "{}", text);
        }
    }

    // walk(text).texts = tree(text).texts
    #[test]
    fn a_walk_sees_what_the_tree_holds(a in value(), b in value(), c in value()) {
        let text = format!("{{\"a\": {a}, \"c\":{c},\"b\":{b}}}");
        let mut expected = Vec::new();
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            for key in ["a", "b"] {
                if let Some(Value::Text(text)) = item.node.get(key).map(|node| &node.value) {
                    expected.push(text.to_string());
                }
            }
        });
        // What the reader finds lost (a repeated key) is not for the walk to say.
        prop_assume!(faults.iter().all(|fault| !fault.loses()));
        prop_assert_eq!(members(text.as_bytes()), Ok((expected, text.len())));
    }
}
