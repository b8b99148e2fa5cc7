//! The grammar, what is odd about it, and where faults are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn keys(text: &str) -> Vec<Vec<String>> {
    parse(text).unwrap().into_iter().map(|entry| entry.keys).collect()
}

#[test]
fn keys_are_names_or_texts_and_may_repeat() {
    let text = "path \"a/*\" { capabilities = [\"read\",] }, path \"a/*\" {}\nname = \"x\" # end\n/* more */ a.b-c = 1";
    assert_eq!(
        keys(text),
        [
            vec!["path", "a/*"],
            vec!["path", "a/*"],
            vec!["name"],
            vec!["a.b-c"]
        ]
    );
}

#[test]
fn a_block_after_several_keys_takes_no_equal_sign() {
    let error = parse("path \"a\" = {}").unwrap_err();
    assert_eq!((error.at.line, error.at.column), (1, 10));
}

#[test]
fn faults_have_their_place() {
    for (text, line, column) in [
        ("path \"a", 1, 6),
        ("path \"a\" {\n  x = [\"a\" \"b\"]\n}", 2, 12),
        ("path \"a\" {", 1, 11),
        ("\n\n}", 3, 1),
        ("x", 1, 2),
        ("/* x", 1, 1),
    ] {
        let at = parse(text).unwrap_err().at;
        assert_eq!((at.line, at.column), (line, column), "{text}");
    }
}

#[test]
fn texts() {
    let text = "a = \"x\\n\\u00e9${ \"q\" }\"\nb = <<-END\n    one\n      two\n  END\n";
    let entries = parse(text).unwrap();
    assert_eq!(entries[0].value.kind, Kind::Text("x\né${ \"q\" }".into()));
    assert_eq!(entries[1].value.kind, Kind::Text("one\n  two\n".into()));
}

#[test]
fn an_entry_knows_its_bytes() {
    let text = "x = 1\npath \"a\" { y = [2] }  # c\nz = 3";
    let entry = &parse(text).unwrap()[1];
    assert_eq!(&text[entry.span.0..entry.span.1], "path \"a\" { y = [2] }");
}
