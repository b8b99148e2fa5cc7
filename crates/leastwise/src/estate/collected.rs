//! The manifest that stands beside what was collected: no export, but it knows what is missing from one.

use leastwise_model::{FileIndex, Location, Remark};
use serde::Deserialize;

const SCHEMA: &str = "leastwise/collected/v1";

#[derive(Deserialize)]
struct Manifest {
    schema: String,
    product: String,
    #[serde(default)]
    asked: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    why: Option<String>,
}

/// What could not be collected, if this is a manifest.
pub fn failures(file: FileIndex, bytes: &[u8]) -> Option<Vec<Remark>> {
    let head = bytes.get(..bytes.len().min(200))?;
    if !head.windows(SCHEMA.len()).any(|part| part == SCHEMA.as_bytes()) {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    if manifest.schema != SCHEMA {
        return None;
    }
    let failed = manifest.asked.into_iter().filter_map(|asked| {
        let why = asked.why?;
        Some(Remark {
            location: Some(Location {
                file,
                line: 1,
                column: 1,
                pointer: "/asked".into(),
            }),
            what: format!("`{}` was not collected: {why}", asked.name).into(),
            hint: format!(
                "let whoever collects read it, and collect {} again",
                manifest.product
            )
            .into(),
            loses: false,
        })
    });
    Some(failed.collect())
}
