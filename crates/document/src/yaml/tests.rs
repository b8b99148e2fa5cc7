//! YAML: documents, scalars, anchors, faults.

use crate::tests::{check, items, show_with};
use crate::{FaultKind, Limits};

#[test]
fn each_value_and_key_knows_where_it_stands() {
    let (items, faults) =
        items("# first\r\nä: \"x\"\r\nlist:\r\n  - 'a'\r\n  - k: |\r\n      text\r\n".as_bytes());
    assert!(faults.is_empty());
    let node = &items[0].node;
    let at = |pointer: &str| node.find(pointer).map(|node| (node.at.line, node.at.column));
    assert_eq!(at(""), Some((2, 1)));
    assert_eq!(at("/ä"), Some((2, 4)));
    assert_eq!(at("/list/0"), Some((4, 5)));
    assert_eq!(at("/list/1"), Some((5, 5)));
    assert_eq!(
        at("/list/1/k"),
        Some((6, 7)),
        "a block text begins with its first line"
    );
    assert_eq!(node.entries()[1].0.at, crate::Position { line: 3, column: 1 });
    assert_eq!(node.find("/list/1/k").and_then(crate::Node::text), Some("text\n"));
}

#[test]
fn documents_are_counted_and_empty_ones_not_delivered() {
    check(
        "# nothing\n---\n---\n# nothing\n---\na: 1\n...\n---\n~\n--- [x, y]\n--- text\n---\n",
        &[
            r#"2 - - "" 6:1 {"a":1}"#,
            r#"4 - - "/0" 10:6 "x""#,
            r#"4 - - "/1" 10:9 "y""#,
            r#"5 - - "" 11:5 "text""#,
        ],
    );
    check("", &[]);
    check("# only a comment\n", &[]);
}

#[test]
fn plain_scalars_are_typed_and_quoted_ones_are_texts() {
    check(
        "{a: 1, b: '1', c: true, d: \"true\", e: ~, f: '', g: yes, h: 010, i: !!str 1, j: !!int '1', on: x, 1: y, k: }",
        &[
            r#"0 - - "" 1:1 {"a":1,"b":"1","c":true,"d":"true","e":null,"f":"","g":"yes","h":"010","i":"1","j":1,"on":"x","1":"y","k":null}"#,
        ],
    );
}

#[test]
fn a_value_with_an_application_tag_is_not_what_it_looks_like() {
    check(
        "a: !Ref name\nb: !Join [x]\nc: !<tag:example.com,2024:t> 1\nd: ! 1\n",
        &[
            r#"0 - - "" 1:1 {"a":{"!Ref":"name"},"b":{"!Join":["x"]},"c":{"tag:example.com,2024:t":1},"d":"1"}"#,
        ],
    );
}

#[test]
fn aliases_repeat_what_they_name_and_merges_yield_to_what_the_map_says() {
    check(
        "base: &b {x: 1, y: 2}\nitem: {<<: *b, y: 3}\nmany:\n  <<: [{z: 1, x: 9}, *b]\ntext: \"<<\"\nlist: &l [*b]\nagain: *l\n",
        &[
            r#"0 - - "" 1:1 {"base":{"x":1,"y":2},"item":{"y":3,"x":1},"many":{"z":1,"x":9,"y":2},"text":"<<","list":[{"x":1,"y":2}],"again":[{"x":1,"y":2}]}"#,
        ],
    );
    check(
        "a: {<<: 1}\n---\n\"<<\": 1\n",
        &[
            r#"1 - - "" 3:1 {"<<":1}"#,
            r#"! 1:9 "/a" merge key `<<` names neither a map nor a list of maps: left out; write the entries in its place"#,
        ],
    );
}

#[test]
fn an_alias_bomb_is_a_fault_and_not_memory() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let shown = show_with(text.as_bytes(), &Limits::default());
    assert!(
        shown.contains("aliases add more than 100000 values to the document: left out"),
        "{shown}"
    );
    assert!(
        !shown.contains("0 - -"),
        "a document that lost something is not delivered"
    );
    // Long texts weigh more than one.
    let text = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        vec!["*a"; 1_000].join(", ")
    );
    assert!(show_with(text.as_bytes(), &Limits::default()).contains("aliases add more than"));
    // Anchors inside one another are copies too.
    let text = format!("{}x{}\n", "[&a ".repeat(100), ",y]".repeat(100));
    let limits = Limits {
        alias_nodes_max: 1_000,
        ..Limits::default()
    };
    assert!(show_with(text.as_bytes(), &limits).contains("aliases add more than"));
}

#[test]
fn aliases_cannot_pile_up_depth() {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(show_with(text.as_bytes(), &Limits::default()).contains("more than 128 maps and lists"));
    check(
        "a: &a [*a]\n",
        &[
            r#"! 1:8 "/a/0" alias stands within the value it names: left out; write the value in place of the alias"#,
        ],
    );
}

#[test]
fn keys_that_are_not_texts_and_repeated_keys_are_told() {
    check(
        "? [a, b]\n: 1\nc: 2\n---\na: 1\nb: 2\na: 3\n---\n&k a: 1\nb: *k\n---\nx: &v y\n*v : z\n",
        &[
            r#"1 - - "" 5:1 {"a":1,"b":2,"a":3}"#,
            r#"2 - - "" 9:1 {"a":1,"b":"a"}"#,
            r#"3 - - "" 12:1 {"x":"y","y":"z"}"#,
            r#"! 1:3 "" key is a map or a list: left out; use a text as key, or render the template first if this is one"#,
            r#"? 7:1 "/a" key `a` stands twice in one map and readers differ on which counts: remove one"#,
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
        show_with(b"- [[1]]\n- [[[2, {x: y}]]]\n- [[3]]\n", &limits),
        [
            r#"0 - - "/0" 1:3 [[1]]"#,
            r#"0 - - "/2" 3:3 [[3]]"#,
            r#"! 2:5 "/1/0/0" more than 3 maps and lists inside one another: left out; flatten it or raise the limit"#,
        ]
        .join("\n")
    );
    let deep = format!("{}x", "- ".repeat(100_000));
    assert!(show_with(deep.as_bytes(), &Limits::default()).contains("more than 128 maps and lists"));
    let deep = "[".repeat(100_000);
    assert!(show_with(deep.as_bytes(), &Limits::default()).contains("!! "));
}

const CHECK: &str = "check the indentation, quotes and brackets up to here";

#[test]
fn a_malformed_document_does_not_hide_the_others() {
    check(
        "a: 1\n---\nb: [1\n---\nc: 3\n---\nd: {{ .Values.x }}\n---\ne: 5\n---\n{{- if .x }}\nf: 1\n{{- end }}\n---\ng: \"x\n",
        &[
            r#"0 - - "" 1:1 {"a":1}"#,
            r#"2 - - "" 5:1 {"c":3}"#,
            r#"4 - - "" 9:1 {"e":5}"#,
            &format!(
                "! 4:1 \"/b\" not valid YAML: while parsing a flow sequence, expected ',' or ']'; {CHECK}"
            ),
            r#"! 7:5 "/d" key is a map or a list: left out; use a text as key, or render the template first if this is one"#,
            "! 11:3 \"\" not valid YAML, and the line holds `{{`: this looks like a template; render it first and give the result",
            &format!(
                "!! 15:4 \"/g\" not valid YAML: while scanning a quoted scalar, found unexpected end of stream; {CHECK}"
            ),
        ],
    );
}

#[test]
fn elements_before_a_fault_count() {
    check(
        "items:\n- a: 1\n- b: 2\n- c: [\nkind: List\n",
        &[
            r#"0 items - "/items/0" 2:3 {"a":1}"#,
            r#"0 items - "/items/1" 3:3 {"b":2}"#,
            &format!("!! 5:1 \"/items/2/c\" not valid YAML: invalid indentation; {CHECK}"),
        ],
    );
}

#[test]
fn what_stands_right_before_a_fault_may_lack_its_remainder() {
    check(
        "- a: 1\n- b: 2\n c: 3\n",
        &[
            r#"0 - - "/0" 1:3 {"a":1}"#,
            &format!(
                "!! 3:2 \"\" not valid YAML: while parsing a block collection, did not find expected '-' indicator; {CHECK}"
            ),
        ],
    );
    check(
        "text\n: 1\n",
        &[&format!(
            "!! 2:1 \"\" not valid YAML: did not find expected <document start>; {CHECK}"
        )],
    );
}

#[test]
fn tabs_for_indentation_are_told() {
    check(
        "a:\n\tb: 1\n",
        &[&format!(
            "!! 2:2 \"/a\" not valid YAML: tabs disallowed within this context (block indentation); {CHECK}"
        )],
    );
}

#[test]
fn a_byte_that_is_not_utf8_hides_only_what_it_stands_in() {
    let cause = "byte 0xFC is not UTF-8: the file may be in Windows-1252 or Latin-1; save it as UTF-8";
    check(
        b"items:\n- a: 1\n- b: 2\n- c: M\xfcller\n- d: 4\nkind: List\n---\ne: 5\n",
        &[
            r#"0 items - "/items/0" 2:3 {"a":1}"#,
            r#"0 items - "/items/1" 3:3 {"b":2}"#,
            r#"1 - - "" 8:1 {"e":5}"#,
            &format!("! 4:7 \"\" {cause}"),
        ],
    );
    check(
        b"a: 1\n---\nb: M\xfcller\n",
        &[r#"0 - - "" 1:1 {"a":1}"#, &format!("!! 3:5 \"\" {cause}")],
    );
    // A second one, and a fault of grammar before one.
    check(
        b"a: \xfc\n---\nb: 1\n---\nc: \xfc\n---\nd: [\n---\ne: 1\n---\nf: \xfc",
        &[
            r#"1 - - "" 3:1 {"b":1}"#,
            r#"4 - - "" 9:1 {"e":1}"#,
            &format!("! 1:4 \"\" {cause}"),
            &format!("! 5:4 \"\" {cause}"),
            &format!(
                "! 8:1 \"/d\" not valid YAML: while parsing a node, did not find expected node content; {CHECK}"
            ),
            &format!("!! 11:4 \"\" {cause}"),
        ],
    );
}

#[test]
fn whatever_stands_before_a_cut_is_whole_or_missing() {
    let whole =
        "items:\n- name: ab\n  list: [x, yz]\n- |\n  block\n- 'it''s'\nkind: List\n---\nwhole: text\n";
    let (complete, _) = items(whole.as_bytes());
    for cut in 0..whole.len() {
        let bytes = [&whole.as_bytes()[..cut], b"\xff"].concat();
        let (items, faults) = items(&bytes);
        assert!(
            faults.iter().any(|fault| fault.kind == FaultKind::NotUtf8(0xFF)),
            "{cut}"
        );
        for (item, expected) in items.iter().zip(&complete) {
            assert!(
                item.node == expected.node,
                "{cut}: {} {}",
                item.node.to_json(),
                expected.node.to_json()
            );
        }
    }
}

#[test]
fn a_binary_file_is_told() {
    check(
        b"a: 1\n\0\n---\nb: 2\n",
        &[
            "!! 2:1 \"\" holds a NUL character: the file is not text; give the export itself, unpacked, as UTF-8",
        ],
    );
}

#[test]
fn unknown_anchors_are_told() {
    check(
        "a: *nobody\n",
        &[&format!(
            "!! 1:4 \"/a\" not valid YAML: while parsing node, found unknown anchor; {CHECK}"
        )],
    );
}
