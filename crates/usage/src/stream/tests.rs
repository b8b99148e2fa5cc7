//! Forms of files, and what is wrong with some.

use std::io::{self, Read, Write};

use jiff::Timestamp;
use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{Actor, Basis, Event, LogFormat, LogReader, Recorded, Source, Use, UseOutcome};

use super::{Ended, FileReading, Reading};
use crate::quarantine::Quarantine;

/// Takes maps with a text under its own key; what it says stands for the operation.
struct Keyed(&'static [u8]);

impl LogReader for Keyed {
    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        if record.peek()? != b'{' {
            return Ok(Recorded::Foreign);
        }
        let mut found = None;
        let mut map = record.map()?;
        while let Some(key) = record.key(&mut map)? {
            if key == self.0 {
                found = record.text()?;
            } else {
                record.skip()?;
            }
        }
        let Some(found) = found else {
            return Ok(Recorded::Foreign);
        };
        let operation = found.get();
        match &*operation {
            "odd" => return Ok(Recorded::Odd("it is odd")),
            "silent" => return Ok(Recorded::NoUse("it is silent")),
            _ => {}
        }
        each(&Event {
            id: "",
            part: 0,
            alike: None,
            at: Timestamp::UNIX_EPOCH,
            source: Source {
                platform: "example",
                instance: "",
                area: "",
                kind: "",
            },
            actor: Actor {
                identity: "a",
                incarnation: "",
                session: "",
                issuer: "",
                via: "",
            },
            operation: &operation,
            outcome: UseOutcome::Allowed,
            uses: &[Use {
                action: "",
                basis: Basis::Unmapped,
                resource: None,
            }],
        });
        Ok(Recorded::Events)
    }
}

struct Came {
    operations: Vec<String>,
    file: FileReading,
    quarantine: Quarantine,
}

/// Gives a few bytes at a time, so that every record breaks off somewhere.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(into.len()).min(7);
        let (head, tail) = self.0.split_at(length);
        into[..length].copy_from_slice(head);
        self.0 = tail;
        Ok(length)
    }
}

fn read(bytes: &[u8]) -> Came {
    let formats = [&b"op"[..], b"operation"].map(|key| LogFormat {
        reader: Box::new(Keyed(key)),
        lists: &["Records"],
    });
    let mut quarantine = Quarantine::default();
    let mut operations = Vec::new();
    let file = Reading::new(formats.into()).file("f", &mut Trickle(bytes), &mut quarantine, &mut |event| {
        operations.push(event.operation.to_owned());
    });
    Came {
        operations,
        file,
        quarantine,
    }
}

fn reasons(came: &Came) -> Vec<(String, u64)> {
    came.quarantine
        .iter()
        .map(|(reason, skipped)| (reason.to_owned(), skipped.count))
        .collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}

const LIST: &str =
    r#"{"before": 1, "Records": [{"op": "one"}, {"operation": "two"} ,{"op":"three"}], "behind": {}}"#;

#[test]
fn lists_lines_and_values_are_all_read() {
    for text in [
        LIST,
        r#"[{"op": "one"}, {"op": "two"}, {"op": "three"}]"#,
        "{\"op\": \"one\"}\n{\"op\": \"two\"}\n\n{\"op\": \"three\"}\n",
        "\u{feff}{\"op\": \"one\"}\r\n{\"operation\": \"two\"}\r\n{\"op\": \"three\"}",
        "{\n  \"op\": \"one\"\n}\n{\n \"op\": \"two\"\n}{\"op\": \"three\"}",
        "{\"Records\": [{\"op\": \"one\"}]}\n{\"Records\": [{\"op\": \"two\"},{\"op\": \"three\"}]}\n",
    ] {
        for bytes in [text.as_bytes().to_vec(), packed(text.as_bytes())] {
            let came = read(&bytes);
            assert_eq!(came.operations, ["one", "two", "three"], "{text}");
            assert_eq!((came.file.records, came.file.foreign), (3, 0), "{text}");
            assert_eq!(came.file.ended, Ended::Whole, "{text}");
            assert_eq!(came.file.bytes, text.len() as u64, "{text}");
        }
    }
}

#[test]
fn members_of_a_packed_file_are_one_text() {
    let mut bytes = packed(b"{\"op\": \"one\"}\n{\"o");
    bytes.extend(packed(b"p\": \"two\"}\n"));
    assert_eq!(read(&bytes).operations, ["one", "two"]);
}

#[test]
fn a_packed_file_may_be_longer_than_what_is_unpacked_at_once() {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:016x}", state ^ state >> 31)
    };
    let pad: String = (0..625_000).map(|_| noise()).collect();
    let text = format!("{{\"op\": \"one\", \"pad\": \"{pad}\"}}\n{{\"op\": \"two\"}}\n");
    let bytes = packed(text.as_bytes());
    assert!(bytes.len() > 4 << 20, "{}", bytes.len());
    let came = read(&bytes);
    assert_eq!(came.operations, ["one", "two"]);
    assert_eq!(came.file.ended, Ended::Whole);
}

#[test]
fn values_of_nobody_are_counted_and_texts_are_no_log() {
    let came = read(b"{\"other\": 1}\n{\"op\": \"one\"}\n");
    assert_eq!((came.file.records, came.file.foreign), (1, 1));
    let came = read(b"apiVersion: v1\nkind: Role\n");
    assert_eq!(
        (came.file.records, came.file.foreign, came.quarantine.count()),
        (0, 1, 0)
    );
    let came = read(b"");
    assert_eq!((came.file.records, came.file.foreign), (0, 0));
}

#[test]
fn odd_records_are_set_apart_with_their_places_and_silent_ones_are_not_odd() {
    let came = read(br#"{"Records": [{"op": "one"}, {"op": "odd"}, {"op": "silent"}, {"op": "two"}]}"#);
    assert_eq!(came.operations, ["one", "two"]);
    assert_eq!(came.file.records, 4);
    assert_eq!(came.file.without_use.get("it is silent"), Some(&1));
    let (reason, skipped) = came.quarantine.iter().next().expect("one reason");
    assert_eq!((reason, skipped.count), ("it is odd", 1));
    assert_eq!((skipped.places[0].record, skipped.places[0].byte), (2, 28));
}

#[test]
fn a_malformed_element_hides_no_other() {
    let came = read(br#"{"Records": [{"op": "one"}, {"op" "x"}, {"op": 'y'}, 17, {"op": "two"}]}"#);
    assert_eq!(came.operations, ["one", "two"]);
    assert_eq!(came.quarantine.count(), 2, "{:?}", reasons(&came));
    assert_eq!(came.file.ended, Ended::Whole);
}

#[test]
fn a_malformed_line_hides_no_other() {
    for bad in [
        "{\"op\": \"x",
        "{\"op\": {\"y\": 1}",
        "{\"op\"",
        "nonsense",
        "}",
        "{\"a\": [\"}",
    ] {
        let text = format!("{{\"op\": \"one\"}}\n{bad}\n{{\"op\": \"two\"}}\n{{\"op\": \"three\"}}\n");
        let came = read(text.as_bytes());
        assert_eq!(
            came.operations,
            ["one", "two", "three"],
            "{bad}: {:?}",
            reasons(&came)
        );
        assert_eq!(came.quarantine.count(), 1, "{bad}: {:?}", reasons(&came));
        assert_eq!(came.file.ended, Ended::Whole, "{bad}");
    }
}

#[test]
fn a_first_line_that_is_malformed_hides_no_other() {
    let came = read(b"{\"op\": \"x\n{\"op\": \"two\"}\n");
    assert_eq!(came.operations, ["two"], "{:?}", reasons(&came));
}

#[test]
fn a_file_that_breaks_off_gives_what_stands_before() {
    for length in 0..LIST.len() {
        let came = read(&LIST.as_bytes()[..length]);
        let whole = ["one", "two", "three"];
        assert!(
            whole.starts_with(&came.operations.iter().map(|text| &**text).collect::<Vec<_>>()),
            "{length}"
        );
        if length > 26 {
            assert!(
                matches!(came.file.ended, Ended::Broken(_)),
                "{length}: {:?}",
                came.file
            );
        }
    }
    let text: String = (0..2_000)
        .map(|number| format!("{{\"op\": \"number {number}\"}}\n"))
        .collect();
    let bytes = packed(text.as_bytes());
    let came = read(&bytes[..bytes.len() / 2]);
    assert!(came.operations.len() > 100 && came.operations.len() < 2_000);
    assert_eq!(
        came.file.ended,
        Ended::Broken("the compressed file breaks off".to_owned())
    );
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 0xFF;
    assert!(matches!(read(&damaged).file.ended, Ended::Broken(_)));
}

#[test]
fn a_record_may_be_longer_than_what_is_read_at_once() {
    let text = format!(
        "{{\"pad\": \"{}\", \"op\": \"one\"}}\n{{\"op\": \"two\"}}\n",
        "x".repeat(700_000)
    );
    assert_eq!(read(text.as_bytes()).operations, ["one", "two"]);
}

#[test]
fn a_record_beyond_all_measure_is_set_apart_and_the_next_line_is_read() {
    let text = format!(
        "{{\"op\": \"one\"}}\n{{\"pad\": \"{}\"}}\n{{\"op\": \"two\"}}\n",
        "x".repeat(17 << 20)
    );
    let formats = vec![LogFormat {
        reader: Box::new(Keyed(b"op")),
        lists: &[],
    }];
    let mut quarantine = Quarantine::default();
    let mut operations = Vec::new();
    Reading::new(formats).file("f", &mut text.as_bytes(), &mut quarantine, &mut |event| {
        operations.push(event.operation.to_owned());
    });
    assert_eq!(operations, ["one", "two"]);
    assert_eq!(
        quarantine.iter().next().map(|(reason, _)| reason),
        Some("longer than a record may be")
    );
}
