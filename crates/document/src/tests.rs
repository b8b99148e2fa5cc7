//! What `read` promises, over both forms.

use super::*;

/// Items as `document from pointer line:column json`, then faults as `! line:column pointer: message`.
fn show(bytes: &[u8]) -> String {
    show_with(bytes, &Limits::default())
}

pub(crate) fn show_with(bytes: &[u8], limits: &Limits) -> String {
    let mut out = Vec::new();
    let faults = read(bytes, limits, &mut |item| {
        let at = item.node.at;
        let from = item.from.as_deref().unwrap_or("-");
        let kind = item
            .collection
            .as_ref()
            .and_then(|collection| collection.kind.as_deref())
            .unwrap_or("-");
        out.push(format!(
            "{} {from} {kind} {:?} {}:{} {}",
            item.document,
            item.pointer,
            at.line,
            at.column,
            item.node.to_json()
        ));
    });
    for fault in faults {
        let mark = match fault.loss {
            Loss::Nothing => "?",
            Loss::Element => "!",
            Loss::Remainder => "!!",
        };
        out.push(format!(
            "{mark} {}:{} {:?} {fault}",
            fault.at.line, fault.at.column, fault.pointer
        ));
    }
    out.join("\n")
}

#[track_caller]
pub(crate) fn check(input: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(show(input.as_ref()), expected.join("\n"));
}

pub(crate) fn items(bytes: &[u8]) -> (Vec<Item>, Vec<Fault>) {
    let mut items = Vec::new();
    let faults = read(bytes, &Limits::default(), &mut |item| items.push(item));
    (items, faults)
}

#[test]
fn a_list_is_delivered_element_by_element_with_what_stands_behind_it() {
    check(
        "{\n  \"items\": [\n    {\"a\": 1},\n    {\"b\": 2}\n  ],\n  \"kind\": \"RoleList\"\n}\n",
        &[
            r#"0 items RoleList "/items/0" 3:5 {"a":1}"#,
            r#"0 items RoleList "/items/1" 4:5 {"b":2}"#,
        ],
    );
    check(
        "items:\n- a: 1\n- b: 2\nkind: RoleList\n",
        &[
            r#"0 items RoleList "/items/0" 2:3 {"a":1}"#,
            r#"0 items RoleList "/items/1" 3:3 {"b":2}"#,
        ],
    );
}

#[test]
fn what_stands_around_a_list_goes_with_each_element() {
    for file in [
        "{\"UserDetailList\": [{\"u\": 1}], \"Note\": {\"x\": [2]}, \"RoleDetailList\": [], \"Policies\": [{\"p\": \"]}\"}], \"IsTruncated\": true}",
        "UserDetailList: [{u: 1}]\nNote: {x: [2]}\nRoleDetailList: []\nPolicies:\n- p: \"]}\"\nIsTruncated: true\n",
    ] {
        let (items, faults) = items(file.as_bytes());
        assert!(faults.is_empty());
        let pointers: Vec<_> = items
            .iter()
            .map(|item| (item.from.as_deref(), &*item.pointer))
            .collect();
        assert_eq!(
            pointers,
            [
                (Some("UserDetailList"), "/UserDetailList/0"),
                (Some("Policies"), "/Policies/0")
            ]
        );
        for item in &items {
            let collection = item.collection.as_ref().unwrap();
            let keys: Vec<_> = collection
                .rest
                .iter()
                .map(|(key, node)| format!("{} {}", key.text, node.to_json()))
                .collect();
            assert_eq!(
                keys,
                [
                    "UserDetailList []",
                    "Note {\"x\":[2]}",
                    "RoleDetailList []",
                    "Policies []",
                    "IsTruncated true"
                ]
            );
            assert_eq!(collection.get("IsTruncated").and_then(Node::boolean), Some(true));
            assert_eq!(collection.kind, None);
        }
    }
}

#[test]
fn an_empty_list_is_known_to_be_empty() {
    check(
        "{\"items\": [], \"kind\": \"RoleList\"}",
        &[r#"0 - - "" 1:1 {"items":[],"kind":"RoleList"}"#],
    );
    check(
        "items: []\nkind: RoleList\n",
        &[r#"0 - - "" 1:1 {"items":[],"kind":"RoleList"}"#],
    );
    check("[]", &[r#"0 - - "" 1:1 []"#]);
    check("--- []", &[r#"0 - - "" 1:5 []"#]);
    // A list whose elements could not be read is not.
    check(
        "{\"items\": [\"\\x\"], \"kind\": \"RoleList\"}",
        &[
            "! 1:13 \"/items/0\" `\\x` does not stand for a character: correct the escape or export the file again",
        ],
    );
}

#[test]
fn only_lists_of_the_top_level_map_are_streamed() {
    check(
        r#"{"a": {"items": [1]}, "items": {"x": 1}}"#,
        &[r#"0 - - "" 1:1 {"a":{"items":[1]},"items":{"x":1}}"#],
    );
    check("[{\"items\": [1]}]", &[r#"0 - - "/0" 1:2 {"items":[1]}"#]);
    // In a stream, each value is a top level of its own.
    check(
        "{\"items\": [1]}\n{\"items\": [2], \"kind\": \"B\"}",
        &[r#"0 items - "/items/0" 1:12 1"#, r#"1 items B "/items/0" 2:12 2"#],
    );
    let whole = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    assert_eq!(
        show_with(b"{\"items\": [1]}", &whole),
        r#"0 - - "" 1:1 {"items":[1]}"#
    );
}

#[test]
fn a_list_that_stands_twice_is_delivered_twice_and_told() {
    check(
        "{\"items\": [1], \"items\": [2], \"kind\": \"A\", \"kind\": \"B\"}",
        &[
            r#"0 items B "/items/0" 1:12 1"#,
            r#"0 items B "/items/0" 1:26 2"#,
            r#"? 1:16 "/items" key `items` stands twice in one map and readers differ on which counts: remove one"#,
            r#"? 1:43 "/kind" key `kind` stands twice in one map and readers differ on which counts: remove one"#,
        ],
    );
}

#[test]
fn encodings_are_told_by_their_marks() {
    let text = "{\"ä\": \"😀\"}";
    let expected = [r#"0 - - "" 1:1 {"ä":"😀"}"#];
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    check([b"\xef\xbb\xbf", text.as_bytes()].concat(), &expected);
    check([b"\xff\xfe", &*little].concat(), &expected);
    check([b"\xfe\xff", &*big].concat(), &expected);
    check(&little, &expected);
    check(&big, &expected);
    check(b"\xef\xbb\xbfa: 1\n", &[r#"0 - - "" 1:1 {"a":1}"#]);
    // Half a character at the end, and a surrogate alone.
    check(
        [b"\xff\xfe", &little[..little.len() - 1]].concat(),
        &["!! 1:10 \"\" not valid UTF-16: the file looks damaged; export it again, best as UTF-8"],
    );
    let lone: Vec<u8> = "[1,\n2"
        .encode_utf16()
        .chain([0xD800])
        .flat_map(u16::to_le_bytes)
        .collect();
    check(
        lone,
        &[
            r#"0 - - "/0" 1:2 1"#,
            "!! 2:2 \"\" not valid UTF-16: the file looks damaged; export it again, best as UTF-8",
        ],
    );
}

#[test]
fn flow_yaml_is_not_taken_for_json() {
    check("{a: b}\n", &[r#"0 - - "" 1:1 {"a":"b"}"#]);
    check("[a, b]\n", &[r#"0 - - "/0" 1:2 "a""#, r#"0 - - "/1" 1:5 "b""#]);
    check(
        "{",
        &["!! 1:2 \"\" ends in the middle of a value: the file looks cut off; export it again"],
    );
}

#[test]
fn faults_are_listed_up_to_a_number_and_then_counted() {
    let limits = Limits {
        faults_max: 1,
        ..Limits::default()
    };
    assert_eq!(
        show_with(br#"[{"a":1,"a":2},{"b":1,"b":2},"\x"]"#, &limits)
            .lines()
            .skip(2)
            .collect::<Vec<_>>(),
        [
            r#"? 1:9 "/0/a" key `a` stands twice in one map and readers differ on which counts: remove one"#,
            r#"! 1:23 "" 2 further faults in this file are not listed: repair these first"#,
        ]
    );
}

#[test]
fn nodes_answer_what_they_are_and_nothing_else() {
    let (items, _) = items(br#"{"n": null, "b": true, "i": 7, "t": "x", "l": [1], "m": {"k": 1, "k": 2}}"#);
    let node = &items[0].node;
    let get = |key| node.get(key).unwrap();
    assert!(get("n").is_null() && !get("b").is_null());
    assert_eq!((get("b").boolean(), get("t").boolean()), (Some(true), None));
    assert_eq!(
        (get("i").number(), get("i").text(), get("i").scalar()),
        (Some("7"), None, Some("7"))
    );
    assert_eq!(
        (get("t").text(), get("b").scalar(), get("n").scalar()),
        (Some("x"), Some("true"), None)
    );
    assert_eq!(
        (
            get("l").list().len(),
            get("m").list().len(),
            get("l").entries().len()
        ),
        (1, 0, 0)
    );
    assert_eq!(
        get("m").get("k").unwrap().number(),
        Some("2"),
        "the last one, as for native readers"
    );
    let kinds: Vec<_> = node.entries().iter().map(|(_, node)| node.kind_name()).collect();
    assert_eq!(
        kinds,
        ["null", "a boolean", "a number", "a text", "a list", "a map"]
    );
    assert_eq!(node.find("/l/0").unwrap().number(), Some("1"));
    assert!(node.find("/l/1").is_none() && node.find("l").is_none() && node.find("/t/x").is_none());
}

#[test]
fn pointers_escape_what_rfc_6901_says() {
    assert_eq!(pointer_join("", "a"), "/a");
    assert_eq!(pointer_join("/a", "x/y~z"), "/a/x~1y~0z");
    assert_eq!(pointer_join("/a", ""), "/a/");
}

#[test]
fn numbers_that_json_cannot_spell_are_printed_as_texts() {
    let (items, _) = items(b"- [0x1F, .inf, +1, 1., 012, -0.5e3]\n");
    assert_eq!(
        items[0].node.to_json(),
        r#"["0x1F",".inf","+1","1.","012",-0.5e3]"#
    );
}

mod any_bytes {
    use crate::fuzz::{fuzz_json, fuzz_yaml};
    use proptest::prelude::*;

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        ",",
        "\"",
        "'",
        "\\",
        "\n",
        "\r\n",
        " ",
        "  ",
        "\t",
        "- ",
        "? ",
        "---\n",
        "...\n",
        "#",
        "&a ",
        "*a",
        "*a ",
        "<<: ",
        "!",
        "!!str ",
        "!x ",
        "|\n",
        ">-\n",
        "%",
        "@",
        "`",
        "a",
        "items",
        "items:\n- ",
        "kind: ",
        "\"items\":[",
        "\"kind\":\"List\"",
        "\"a\":",
        "true",
        "null",
        "~",
        "12",
        "-1.5e3",
        "\\u00e9",
        "\\ud83d",
        "é",
        "😀",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\0",
        "{{",
        "{\"",
        "\n{\"",
    ];

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn never_panic_as_json(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            fuzz_json(&bytes);
        }
        #[test]
        fn never_panic_as_yaml(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            fuzz_yaml(&bytes);
        }
        #[test]
        fn never_panic_on_what_looks_like_json(text in text()) {
            fuzz_json(text.as_bytes());
        }
        #[test]
        fn never_panic_on_what_looks_like_yaml(text in text(), cut in any::<prop::sample::Index>()) {
            fuzz_yaml(text.as_bytes());
            fuzz_yaml(text.as_bytes().get(..cut.index(text.len() + 1)).unwrap_or_default());
            let mut bytes = text.into_bytes();
            bytes.push(0xFC);
            bytes.extend_from_slice(b"\n---\na: 1\n");
            fuzz_yaml(&bytes);
        }
    }
}
