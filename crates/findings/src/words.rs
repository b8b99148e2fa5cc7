//! What names say.

pub(crate) use leastwise_model::stage::{is_production, is_rehearsal, words};

/// The word or pair of words by which `text` says that its bearer only reads.
pub(crate) fn says_reading(text: &str) -> Option<String> {
    const WORDS: [&str; 10] = [
        "readonly",
        "reader",
        "viewer",
        "reporter",
        "auditor",
        "audit",
        "monitor",
        "monitoring",
        "observer",
        "viewonly",
    ];
    let words = words(text);
    let pair = words.windows(2).find_map(|pair| match pair {
        [first, second] if (first == "read" || first == "view") && second == "only" => {
            Some(format!("{first}-{second}"))
        }
        _ => None,
    });
    pair.or_else(|| words.into_iter().find(|word| WORDS.contains(&word.as_str())))
}

/// A number of steps.
pub(crate) fn steps(count: u32) -> String {
    match count {
        1 => "one step".to_owned(),
        more => format!("{more} steps"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_heard_in_words_and_not_inside_of_them() {
        for text in [
            "readonly-reporter",
            "ReadOnlyRole",
            "points_viewer",
            "halcyon read-only role",
            "audit-reader",
        ] {
            assert!(says_reading(text).is_some(), "{text}");
        }
        for text in [
            "thread-only",
            "previewer",
            "spreader",
            "writer",
            "reads and writes",
            "source-watcher",
        ] {
            assert_eq!(says_reading(text), None, "{text}");
        }
    }

    #[test]
    fn stages_are_told_apart() {
        assert!(is_production("prod") && is_production("Production"));
        assert!(!is_production("non-prod") && !is_production("preprod") && !is_production("shared"));
        assert!(
            is_rehearsal("dev") && is_rehearsal("staging") && !is_rehearsal("shared") && !is_rehearsal("all")
        );
    }
}
