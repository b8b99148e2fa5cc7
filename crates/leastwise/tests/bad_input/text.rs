//! Cut off, in another encoding, or no text at all.

use tempfile::TempDir;

use crate::estate::{Estate, GOOD_CLUSTER, account, reads, role};

#[test]
fn good_files_alone_leave_nothing_to_tell() {
    let ran = Estate::new().answers(&[]);
    assert!(!ran.err.contains("not read"), "{}", ran.err);
}

#[test]
fn an_account_cut_off_in_a_role_keeps_the_roles_before() {
    let whole = account(&[
        role("first", "arn:aws:iam::444455556666:root", &reads("one")),
        role("second", "arn:aws:iam::444455556666:root", &reads("two")),
    ]);
    let cut = whole.get(..whole.find("two/*").unwrap()).unwrap();
    let lines = cut.matches('\n').count() + 1;
    let estate = Estate::new();
    estate
        .with("cut.json", cut)
        .answers(&[&format!("not read: cut.json:{lines}:")]);
    let (word, _) = estate.can(
        "arn:aws:iam::444455556666:role/first",
        "s3:GetObject",
        "arn:aws:s3:::one/a",
    );
    assert_eq!(word, "yes");
}

#[test]
fn a_cut_off_file_ends_a_strict_run() {
    let estate = Estate::new();
    estate.with(
        "cut.json",
        r#"{"kind": "List", "apiVersion": "v1", "items": [{"kind": "Ro"#,
    );
    let strict = estate.run(&[
        "can",
        "system:serviceaccount:payments:api",
        "core/secrets:get",
        "x/y",
        "--in",
        ".",
        "--strict",
    ]);
    assert_eq!(strict.code, 5, "{strict:?}");
    assert!(strict.err.contains("cut.json:1:"), "{strict:?}");
}

#[test]
fn a_stray_byte_of_another_encoding_is_told_by_place() {
    let mut bytes = b"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: other\n  namespace: shop\n  annotations: {owner: \"caf".to_vec();
    bytes.push(0xE9);
    bytes.extend_from_slice(b"\"}\n");
    Estate::new()
        .with("latin-1.yaml", bytes)
        .answers(&["latin-1.yaml:6:"]);
}

#[test]
fn utf_16_without_a_mark_is_read_or_named() {
    let text = GOOD_CLUSTER.replace("payments", "shop");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let estate = Estate::new();
    estate.with("utf-16.yaml", bytes).answers(&[]);
    let (word, ran) = estate.can("system:serviceaccount:shop:api", "core/secrets:get", "shop/key");
    assert!(word == "yes" || ran.err.contains("utf-16.yaml:"), "{ran:?}");
}

#[test]
fn an_empty_file_is_not_recognized() {
    Estate::new()
        .with("empty.json", "")
        .with("blank.yaml", "\n\n  \n")
        .answers(&[]);
}

#[test]
fn binary_files_are_named_and_change_nothing() {
    let noise: Vec<u8> = (0u32..65_536)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut archive = b"\x1f\x8b\x08\x00".to_vec();
    archive.extend_from_slice(&noise);
    Estate::new()
        .with("program", [b"\x7fELF\x02\x01\x01\x00", noise.as_slice()].concat())
        .with("export.json.gz", &archive)
        .with("really-binary.json", &noise)
        .answers(&["really-binary.json"]);
}

#[test]
fn nothing_but_bad_files_is_no_input() {
    let folder = TempDir::new().unwrap();
    let estate = Estate { folder };
    let ran = estate
        .with("cut.json", r#"{"RoleDetailList": ["#)
        .with("empty.yaml", "")
        .run(&["scan", "."]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("cut.json:1:"), "{ran:?}");
}
