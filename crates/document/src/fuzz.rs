//! Entry points for fuzzing: they must neither panic nor break what holds for every input.

use crate::encoding::Text;
use crate::fault::Faults;
use crate::{Item, Limits, json, yaml};

/// Small limits, so that small inputs meet them.
fn limits() -> Limits {
    Limits {
        depth_max: 12,
        text_max: 64,
        alias_nodes_max: 200,
        faults_max: 20,
        ..Limits::default()
    }
}

fn check(item: &Item) {
    assert_eq!(
        item.from.is_some(),
        item.collection.is_some(),
        "an element's collection goes with its list"
    );
    assert!(
        item.node.at.line > 0 && item.node.at.column > 0,
        "positions count from 1"
    );
    let text = item.node.to_json();
    let mut again = Vec::new();
    let mut faults = Faults::new(100);
    let limits = Limits {
        text_max: usize::MAX,
        stream_keys: &[],
        ..Limits::default()
    };
    // In a list of its own, so that it comes back as one item also if it is null or a list.
    let wrapped = format!("[{text}]");
    json::read(wrapped.as_bytes(), &limits, None, &mut faults, &mut |item| {
        again.push(item.node)
    });
    assert_eq!(
        again.iter().map(crate::Node::to_json).collect::<Vec<_>>(),
        [text],
        "printing is stable"
    );
    assert!(
        faults.finish().iter().all(|fault| !fault.loses()),
        "what is printed can be read"
    );
}

/// Reads any bytes as JSON.
pub fn fuzz_json(bytes: &[u8]) {
    let mut faults = Faults::new(20);
    json::read(bytes, &limits(), None, &mut faults, &mut |item| check(&item));
    for fault in faults.finish() {
        assert!(!fault.to_string().is_empty(), "each fault says something");
    }
}

/// Reads any bytes as YAML, with encoding as in a file.
pub fn fuzz_yaml(bytes: &[u8]) {
    let mut faults = Faults::new(20);
    let Text { bytes, cut } = crate::encoding::decode(bytes);
    let start = yaml::Start { line: 0, document: 0 };
    yaml::read(&bytes, &limits(), start, cut, &mut faults, &mut |item| {
        check(&item)
    });
    for fault in faults.finish() {
        assert!(!fault.to_string().is_empty(), "each fault says something");
    }
}
