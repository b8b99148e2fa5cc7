//! What `read` promises, over both forms.

use super::*;

/// Items as `document from pointer line:column json`, then faults as `! line:column pointer: message`.
fn show(bytes: &[u8]) -> String {
    show_with(bytes, &Limits::default())
}

fn show_with(bytes: &[u8], limits: &Limits) -> String {
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
fn check(input: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(show(input.as_ref()), expected.join("\n"));
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
