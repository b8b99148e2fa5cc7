//! Which of two patterns wins, and what each matches.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use leastwise_permset::Context;

fn route(path: &str) -> Route {
    Route::new("", path, &|_| Value::Open).unwrap()
}

fn wins(winner: &str, loser: &str) {
    assert_eq!(
        route(winner).rank(&route(loser)),
        Some(Ordering::Greater),
        "{winner} over {loser}"
    );
    assert_eq!(
        route(loser).rank(&route(winner)),
        Some(Ordering::Less),
        "{loser} under {winner}"
    );
}

#[test]
fn the_order_of_the_documentation() {
    wins("secret/foo/a*", "secret/foo/*");
    wins("f/x/*", "f/+/g/*");
    wins("a/b/+", "a/+/c");
    wins("a/b/+", "a/*");
    wins("foo/+", "foo/*");
    wins("foo/bar/+/baz", "foo/+/bar/baz");
    wins("foo/+/bar", "foo/+/ba*");
    wins("foo/+/b", "foo/+/+");
    wins("foo/+/bar/ba*", "foo/+/bar/b*");
    wins("a+b*", "a+b/+");
    wins("ab/+", "ab*");
    wins("x/{{identity.entity.id}}/*", "x/*");
    assert_eq!(route("x/{{identity.entity.id}}/*").rank(&route("x/abc*")), None);
}

#[test]
fn what_matches() {
    let matches = |path: &str, asked: &str| {
        route(path)
            .paths()
            .iter()
            .any(|pattern| pattern.matches(asked, &Context::new()))
    };
    for (path, yes, no) in [
        ("k/+", &["k/", "k/x"][..], &["k", "k/x/y"][..]),
        ("k/+/*", &["k/x/", "k/x/y/z"], &["k/x"]),
        ("k/+x", &["k/+x"], &["k/ax", "k/x"]),
        ("i/mid*le", &["i/mid*le"], &["i/middle"]),
        ("/lead*", &["lead", "lead/er"], &["/lead"]),
        ("*", &["", "a/b"], &[]),
        ("+", &["a", ""], &["a/b"]),
        ("a+b", &["a+b"], &["axb"]),
    ] {
        for asked in yes {
            assert!(matches(path, asked), "{path} matches {asked}");
        }
        for asked in no {
            assert!(!matches(path, asked), "{path} does not match {asked}");
        }
    }
}
