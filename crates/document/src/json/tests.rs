//! JSON: grammar, positions, faults, laws.

use proptest::prelude::*;

use crate::tests::{check, items, show_with};
use crate::{Key, Limits, Node, Position, Value, read};

#[test]
fn each_value_and_key_knows_where_it_stands() {
    let mut seen = Vec::new();
    read(
        "{\r\n\t\"ä€😀\": [1,\n  {\"k\" :true}],\n \"z\":\"é\\u00e9\", \"q\": null}".as_bytes(),
        &Limits::default(),
        &mut |item| {
            for (key, node) in item.node.entries() {
                seen.push(format!(
                    "{} {}:{} {}:{}",
                    key.text, key.at.line, key.at.column, node.at.line, node.at.column
                ));
                for element in node.list() {
                    seen.push(format!("- {}:{}", element.at.line, element.at.column));
                    for (key, node) in element.entries() {
                        let (key, node) = (key.at, node.at);
                        seen.push(format!(
                            "- - {}:{} {}:{}",
                            key.line, key.column, node.line, node.column
                        ));
                    }
                }
            }
        },
    );
    assert_eq!(
        seen,
        [
            "ä€😀 2:2 2:9",
            "- 2:10",
            "- 3:3",
            "- - 3:4 3:9",
            "z 4:2 4:6",
            "q 4:17 4:22"
        ]
    );
}

#[test]
fn numbers_keep_every_digit() {
    check(
        r#"{"a": 012345678901234567890.5e+10}"#.replace(" 0", " "),
        &[r#"0 - - "" 1:1 {"a":12345678901234567890.5e+10}"#],
    );
    for wrong in ["01", "1.", "-", "1e", ".5", "+1", "0x1", "NaN"] {
        let faults = read(format!("[{wrong}]").as_bytes(), &Limits::default(), &mut |_| {});
        assert!(
            faults.iter().any(crate::Fault::fatal) || wrong == ".5" || wrong == "+1" || wrong == "NaN",
            "{wrong}"
        );
    }
}

#[test]
fn escapes_become_what_they_stand_for() {
    check(
        r#"{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00x"}"#,
        &["0 - - \"\" 1:1 {\"a\":\"\\\"\\\\/\\u0008\\u000c\\n\\r\\té😀x\"}"],
    );
}

#[test]
fn a_wrong_escape_loses_its_element_and_not_the_others() {
    check(
        r#"[{"a": "é\ud800"}, {"b": "\x"}, {"c": "\u12"}, {"d": "\ude00\u0041"}, {"e": 1}]"#,
        &[
            r#"0 - - "/4" 1:71 {"e":1}"#,
            r#"! 1:10 "/0/a" `\ud800` does not stand for a character: correct the escape or export the file again"#,
            r#"! 1:27 "/1/b" `\x` does not stand for a character: correct the escape or export the file again"#,
            r#"! 1:40 "/2/c" `\u` does not stand for a character: correct the escape or export the file again"#,
            r#"! 1:55 "/3/d" `\ude00` does not stand for a character: correct the escape or export the file again"#,
        ],
    );
}

#[test]
fn a_byte_that_is_not_utf8_loses_its_element_and_not_the_others() {
    check(
        b"[{\"a\": \"ok\"}, {\"b\": [\"M\xfcller\"]}, {\"c\": 1}]",
        &[
            r#"0 - - "/0" 1:2 {"a":"ok"}"#,
            r#"0 - - "/2" 1:34 {"c":1}"#,
            r#"! 1:24 "/1/b/0" byte 0xFC is not UTF-8: the file may be in Windows-1252 or Latin-1; save it as UTF-8"#,
        ],
    );
    check(
        b"[1, \xfc]",
        &[
            r#"0 - - "/0" 1:2 1"#,
            r#"!! 1:5 "/1" byte 0xFC is not UTF-8: the file may be in Windows-1252 or Latin-1; save it as UTF-8"#,
        ],
    );
}

#[test]
fn too_deep_loses_the_element_and_not_the_others() {
    let limits = Limits {
        depth_max: 3,
        ..Limits::default()
    };
    assert_eq!(
        show_with(br#"[[[1]], [[[2, {"x": "]"}]]], [[3]]]"#, &limits),
        [
            r#"0 - - "/0" 1:2 [[1]]"#,
            r#"0 - - "/2" 1:30 [[3]]"#,
            r#"! 1:11 "/1/0/0" more than 3 maps and lists inside one another: left out; flatten it or raise the limit"#,
        ]
        .join("\n")
    );
    // A map before the streamed list does not take the list with it.
    assert_eq!(
        show_with(br#"{"metadata": {"a": {"b": {}}}, "items": [1]}"#, &limits),
        [
            r#"0 items - "/items/0" 1:42 1"#,
            r#"! 1:26 "/metadata/a/b" more than 3 maps and lists inside one another: left out; flatten it or raise the limit"#,
        ]
        .join("\n")
    );
}

#[test]
fn depth_that_nobody_writes_neither_overflows_nor_hides_what_follows() {
    let deep = 600_000;
    let text = format!("{{\"a\":{}{}}}\n{{\"b\":1}}", "[".repeat(deep), "]".repeat(deep));
    let shown = show_with(
        text.as_bytes(),
        &Limits {
            depth_max: u32::MAX,
            ..Limits::default()
        },
    );
    assert!(shown.starts_with("1 - - \"\" 2:1 {\"b\":1}\n! 1:517"), "{shown}");
    let open = "[".repeat(3_000_000);
    assert!(show_with(open.as_bytes(), &Limits::default()).contains("\n!! 1:1000"));
}

#[test]
fn texts_have_a_greatest_length() {
    let limits = Limits {
        text_max: 3,
        ..Limits::default()
    };
    assert_eq!(
        show_with(
            br#"[{"a": "abc"}, {"a": "abcd"}, {"abcd": 1}, [12345], ["a\n\n"], {"b": 2}]"#,
            &limits
        ),
        [
            r#"0 - - "/0" 1:2 {"a":"abc"}"#,
            r#"0 - - "/5" 1:64 {"b":2}"#,
            r#"! 1:22 "/1/a" text longer than 3 bytes: left out; shorten it or raise the limit"#,
            r#"! 1:32 "/2" text longer than 3 bytes: left out; shorten it or raise the limit"#,
            r#"! 1:45 "/3/0" text longer than 3 bytes: left out; shorten it or raise the limit"#,
            r#"! 1:54 "/4/0" text longer than 3 bytes: left out; shorten it or raise the limit"#,
        ]
        .join("\n")
    );
}

#[test]
fn grammar_faults_say_what_was_expected_and_what_is_there() {
    for (input, expected) in [
        (r#"{"a" 1}"#, "!! 1:6 \"\u{2f}a\" expected `:` but found `1`: "),
        (r#"{"a": }"#, "!! 1:7 \"/a\" expected a value but found `}`: "),
        (
            r#"{"a": 1 "b""#,
            "!! 1:9 \"\" expected `,` or `}` but found `\"`: ",
        ),
        (
            r#"{"a": 1,}"#,
            "!! 1:9 \"\" expected a key in double quotes but found `}`: ",
        ),
        (
            r#"{"a": [1,]}"#,
            "!! 1:10 \"/a/1\" expected a value but found `]`: ",
        ),
        (
            r#"{"a": tru}"#,
            "!! 1:7 \"/a\" expected `true`, `false`, `null` or a text in double quotes but found `t`: ",
        ),
        (r#"{"a": -x}"#, "!! 1:8 \"/a\" expected a digit but found `x`: "),
        (r#"{"a": 'x'}"#, "!! 1:7 \"/a\" expected a value but found `'`: "),
        (
            "{\"a\": \"é\nx\"}",
            "!! 1:9 \"/a\" expected the rest of a text but found the end of the line: ",
        ),
        (
            "{\"a\": \"é\u{1}x\"}",
            "!! 1:9 \"/a\" expected the rest of a text but found U+0001: ",
        ),
        ("{\"a\": 1}\n…", "!! 2:1 \"\" expected a value but found `…`: "),
    ] {
        let shown = show_with(input.as_bytes(), &Limits::default());
        let fault = shown.lines().last().unwrap_or_default();
        assert_eq!(
            fault,
            format!("{expected}not valid JSON; correct it or export it again"),
            "{input}"
        );
    }
}

#[test]
fn repeated_keys_are_both_kept_and_told() {
    check(
        r#"{"a": {"x/y": 1, "b": 2, "x\/y": 3}}"#,
        &[
            r#"0 - - "" 1:1 {"a":{"x/y":1,"b":2,"x/y":3}}"#,
            r#"? 1:26 "/a/x~1y" key `x/y` stands twice in one map and readers differ on which counts: remove one"#,
        ],
    );
    let keys: Vec<String> = (0..40)
        .map(|index| format!("\"k{}\": {index}", index % 39))
        .collect();
    let shown = show_with(format!("{{{}}}", keys.join(",")).as_bytes(), &Limits::default());
    assert!(shown.ends_with(
        "\"/k0\" key `k0` stands twice in one map and readers differ on which counts: remove one"
    ));
    assert_eq!(shown.lines().count(), 2);
}

#[test]
fn json_lines_go_on_behind_a_bad_line() {
    check(
        "{\"a\": 1}\n{\"a\": tru\n{\"a\": \"x\n{\"a\": 4}\n\n{\"a\": 5",
        &[
            r#"0 - - "" 1:1 {"a":1}"#,
            r#"3 - - "" 4:1 {"a":4}"#,
            "! 2:7 \"/a\" expected `true`, `false`, `null` or a text in double quotes but found `t`: not valid JSON; correct it or export it again",
            "! 3:9 \"/a\" expected the rest of a text but found the end of the line: not valid JSON; correct it or export it again",
            "!! 6:8 \"\" ends in the middle of a value: the file looks cut off; export it again",
        ],
    );
    // A bad value over several lines ends the reading: where the next begins is a guess.
    check(
        "{\n\"a\": tru\n}\n{\"a\": 4}",
        &[
            "!! 2:6 \"/a\" expected `true`, `false`, `null` or a text in double quotes but found `t`: not valid JSON; correct it or export it again",
        ],
    );
}

#[test]
fn bad_lines_that_look_far_ahead_do_not_cost_the_square() {
    let lines = 200_000;
    for end in [String::new(), "]}".repeat(lines)] {
        let text = "{\"items\":[tru,\n".repeat(lines) + &end;
        let shown = show_with(text.as_bytes(), &Limits::default());
        assert!(
            shown.lines().last().is_some_and(|last| last.starts_with("!! ")),
            "stops, and says so"
        );
    }
    // A line that ends too early within a list.
    check(
        "{\"a\": [1,\n{\"b\": 2}\n{\"c\": 3}\n",
        &[
            r#"1 - - "" 2:1 {"b":2}"#,
            r#"2 - - "" 3:1 {"c":3}"#,
            "! 3:1 \"/a\" expected `,` or `]` but found `{`: not valid JSON; correct it or export it again",
        ],
    );
}

#[test]
fn values_stand_one_after_another_in_any_layout() {
    check(
        "{\"a\":1}{\"b\":2}\n[3,\n4] null 5",
        &[
            r#"0 - - "" 1:1 {"a":1}"#,
            r#"1 - - "" 1:8 {"b":2}"#,
            r#"2 - - "/0" 2:2 3"#,
            r#"2 - - "/1" 3:1 4"#,
            r#"4 - - "" 3:9 5"#,
        ],
    );
}

#[test]
fn a_line_of_dashes_after_a_value_begins_yaml() {
    check(
        "{\"a\":1}\n---\nb: 2\n---\n{\"c\": 3}\n",
        &[
            r#"0 - - "" 1:1 {"a":1}"#,
            r#"1 - - "" 3:1 {"b":2}"#,
            r#"2 - - "" 5:1 {"c":3}"#,
        ],
    );
}

#[test]
fn cut_off_anywhere_it_keeps_what_stood_before() {
    let whole = "{\"apiVersion\": \"v1\", \"items\": [{\"a\": \"é\\n\"}, {\"b\": [true, null, -1.5e3]}, {\"c\": {}}], \"kind\": \"List\"}";
    let ends: Vec<usize> = ["é\\n\"}", "1.5e3]}", "\"c\": {}}"]
        .iter()
        .map(|end| whole.find(end).unwrap() + end.len())
        .collect();
    for cut in 1..whole.len() {
        let (items, faults) = items(&whole.as_bytes()[..cut]);
        // An element is known to be complete as soon as its last bracket is there.
        assert_eq!(
            items.len(),
            ends.iter().filter(|end| **end <= cut).count(),
            "{cut}"
        );
        assert_eq!(faults.len(), 1, "{cut}: {faults:?}");
        assert!(faults[0].fatal(), "{cut}");
        let split = !whole.is_char_boundary(cut);
        assert_eq!(
            faults[0].to_string(),
            "ends in the middle of a value: the file looks cut off; export it again",
            "{cut} {split}"
        );
    }
}

#[test]
fn a_number_at_the_end_of_a_cut_off_file_may_lack_digits() {
    check(
        "[1, 23",
        &[
            r#"0 - - "/0" 1:2 1"#,
            r#"!! 1:7 "/1" ends in the middle of a value: the file looks cut off; export it again"#,
        ],
    );
    check(
        "[1, 23 ",
        &[
            r#"0 - - "/0" 1:2 1"#,
            r#"0 - - "/1" 1:5 23"#,
            r#"!! 1:8 "" ends in the middle of a value: the file looks cut off; export it again"#,
        ],
    );
}

#[test]
fn one_long_line_costs_no_more_than_many_short_ones() {
    // Columns that were counted from the start of the line would take hours here.
    let mut text = String::from("[");
    for index in 0..200_000 {
        text.push_str(if index == 0 {
            "{\"é\":\"é\"}"
        } else {
            ",{\"é\":\"é\"}"
        });
    }
    text.push(']');
    let mut last = Position::default();
    read(text.as_bytes(), &Limits::default(), &mut |item| {
        last = item.node.at
    });
    assert_eq!(
        last,
        Position {
            line: 1,
            column: 2 + 199_999 * 10
        }
    );
}

fn value() -> impl Strategy<Value = Node> {
    let node = |value| Node {
        at: Position::default(),
        value,
    };
    let text = "[a-c\"\\\\/~\n\t\u{0}\u{7f}é€😀]{0,12}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?"
            .prop_map(|text| Value::Number(text.into())),
        text.prop_map(|text| Value::Text(text.into())),
    ]
    .prop_map(node);
    leaf.prop_recursive(5, 60, 14, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..14).prop_map(Value::List),
            prop::collection::vec((text, inner), 0..14).prop_map(|entries| {
                let key = |text: String| Key {
                    text: text.into(),
                    at: Position::default(),
                };
                Value::Map(
                    entries
                        .into_iter()
                        .map(|(text, node)| (key(text), node))
                        .collect(),
                )
            }),
        ]
        .prop_map(node)
    })
}

/// Every node with the pointer that leads to it.
fn walk<'a>(node: &'a Node, pointer: String, out: &mut Vec<(String, &'a Node)>) {
    for (index, element) in node.list().iter().enumerate() {
        walk(element, crate::pointer_join(&pointer, &index.to_string()), out);
    }
    for (key, value) in node.entries() {
        walk(value, crate::pointer_join(&pointer, &key.text), out);
    }
    out.push((pointer, node));
}

proptest! {
    // read(print(v)) = v, and every node stands where its text begins
    #[test]
    fn what_is_printed_reads_back_equal(value in value()) {
        let text = format!("[{}]", value.to_json());
        let (items, faults) = items(text.as_bytes());
        prop_assert!(faults.iter().all(|fault| !fault.loses()), "{faults:?}");
        prop_assert_eq!(items.len(), 1);
        prop_assert!(items[0].node.same(&value), "{text}");
        let mut nodes = Vec::new();
        walk(&items[0].node, String::new(), &mut nodes);
        let chars: Vec<char> = text.chars().collect();
        for (_, node) in &nodes {
            let here: String = chars[node.at.column as usize - 1..].iter().collect();
            prop_assert!(here.starts_with(&node.to_json()), "{here}");
        }
        if faults.is_empty() {
            for (pointer, node) in &nodes {
                prop_assert_eq!(items[0].node.find(pointer), Some(*node));
            }
        }
    }

    // The same document read as YAML says the same (YAML 1.2 is a superset of JSON).
    #[test]
    fn json_read_as_yaml_says_the_same(value in value()) {
        let json = format!("[{}]", value.to_json());
        let (plain, _) = items(json.as_bytes());
        let (yaml, faults) = items(format!("--- {json}\n").as_bytes());
        if faults.iter().all(|fault| !fault.loses()) {
            prop_assert_eq!(plain.len(), yaml.len());
            prop_assert!(plain[0].node.same(&yaml[0].node), "{json}");
        } else {
            prop_assert!(false, "{json} {faults:?}");
        }
    }
}
