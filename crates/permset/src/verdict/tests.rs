//! Verdicts: what is known decides, what is chosen is favorable, what is open is spoken of.

use super::*;
use crate::{Case, Pattern};

fn some(key: &str, glob: &str) -> Condition {
    let pattern = if glob.contains("${") {
        let copied = glob.trim_start_matches("${").trim_end_matches('}');
        Pattern::new([Element::Hole(Key::single(copied))], Case::Exact)
    } else {
        Pattern::glob(glob, Case::Exact)
    };
    Condition::Some(Key::single(key), Test::Text(Strings::one(pattern)))
}

fn when(literals: impl IntoIterator<Item = Literal>) -> PermissionSet {
    guarded(Guard::all_of(literals))
}

fn atom(name: &str) -> Condition {
    Condition::Atom(Atom::new(name))
}

/// The verdict where keys that begin with `chosen` are the caller's to choose.
fn verdict_in(set: &PermissionSet, known: &Context, absent: &[&str], resource: &str) -> String {
    let absent: BTreeSet<Key> = absent.iter().map(|key| Key::new(key)).collect();
    let open = |key: &Key| match key.as_str().starts_with("chosen") {
        true => Openness::Favourable,
        false => Openness::Open,
    };
    let question = Question {
        action: "act",
        resource,
        known,
        absent: &absent,
        given: None,
    };
    match set.verdict(&question, &open, &Limits::default()) {
        Verdict::Always => "always".into(),
        Verdict::Never => "never".into(),
        Verdict::When(guards) => guards
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or else "),
        Verdict::Depends(atoms) => format!("depends on {atoms:?}"),
        Verdict::Unknown(limit) => limit.to_string(),
    }
}

fn check(set: &PermissionSet, expected: &str) {
    assert_eq!(verdict_in(set, &Context::new(), &[], "here"), expected, "{set}");
}

#[test]
fn known_keys_decide() {
    let set = when([some("team", "a*").holds()]);
    check(&set, "team matches a*");
    assert_eq!(
        verdict_in(&set, &Context::new().with("team", ["ab"]), &[], "here"),
        "always"
    );
    assert_eq!(
        verdict_in(&set, &Context::new().with("team", ["b"]), &[], "here"),
        "never"
    );
    assert_eq!(verdict_in(&set, &Context::new(), &["team"], "here"), "never");
}

#[test]
fn what_the_caller_chooses_is_favorable_unless_it_contradicts_itself() {
    check(&when([some("chosen-region", "eu-*").holds()]), "always");
    check(
        &when([
            some("chosen-region", "eu-*").holds(),
            some("chosen-region", "us-*").holds(),
        ]),
        "never",
    );
    check(
        &when([some("chosen-region", "eu-*").holds(), some("mfa", "true").holds()]),
        "mfa is true",
    );
}

#[test]
fn guards_are_short() {
    let (a, b) = (some("a", "1"), some("b", "2"));
    check(
        &when([a.clone().holds()]).union(&when([a.clone().fails()])),
        "always",
    );
    let split =
        when([a.clone().holds(), b.clone().holds()]).union(&when([a.clone().fails(), b.clone().holds()]));
    check(&split, "b is 2");
    check(
        &when([b.clone().holds()]).union(&when([a.clone().holds(), b.clone().holds()])),
        "b is 2",
    );
    check(
        &when([a.clone().holds()]).union(&when([b.holds()])),
        "a is 1 or else b is 2",
    );
    check(
        &PermissionSet::everything().difference(&when([a.clone().holds()])),
        "a is absent or is not 1",
    );
    check(&when([a.clone().holds()]).difference(&when([a.holds()])), "never");
}

#[test]
fn atoms_matter_only_where_they_decide() {
    let set = when([atom("members").holds()]);
    check(&set, "depends on [\"members\"]");
    check(&set.union(&PermissionSet::everything()), "always");
    check(&set.union(&when([atom("members").fails()])), "always");
    check(
        &when([atom("p").holds(), some("a", "1").holds()]).union(&when([some("a", "1").holds()])),
        "a is 1",
    );
    let two = when([atom("p").holds()]).union(&when([atom("p").holds(), atom("q").holds()]));
    check(&two, "depends on [\"p\"]");
}

#[test]
fn copied_values_become_conditions_on_the_key() {
    let home = Pattern::new(
        [
            Element::Text("home/".into()),
            Element::Hole(Key::single("user")),
            Element::Text("/".into()),
            Element::Many,
        ],
        Case::Exact,
    );
    let set = PermissionSet::from(Region::new(Strings::any(), Strings::one(home)));
    assert_eq!(
        verdict_in(&set, &Context::new(), &[], "home/bob/x"),
        "user is bob"
    );
    assert_eq!(
        verdict_in(&set, &Context::new().with("user", ["bob"]), &[], "home/bob/x"),
        "always"
    );
    assert_eq!(
        verdict_in(&set, &Context::new().with("user", ["eve"]), &[], "home/bob/x"),
        "never"
    );
    assert_eq!(
        verdict_in(&set, &Context::new(), &["user"], "home/bob/x"),
        "never"
    );
    // Several readings of one text.
    assert_eq!(
        verdict_in(&set, &Context::new(), &[], "home/a/b/c"),
        "user is a or else user is a/b"
    );
}

#[test]
fn what_must_equal_an_open_key_can_be_chosen_where_that_is_there() {
    check(&when([some("chosen-tag", "${team}").holds()]), "team is any text");
    check(&when([some("tag", "${team}").holds()]), "tag matches ${team}");
    let known = Context::new().with("team", ["a"]);
    assert_eq!(
        verdict_in(&when([some("tag", "${team}").holds()]), &known, &[], "here"),
        "tag is a"
    );
}
