//! Component: patterns and sets of strings.

use leastwise_permset::{Case, Context, Element, Pattern, Strings, naive};
use proptest::prelude::*;

use crate::support::{case, cases, context, element, pattern, strings, text};

/// Longer texts than those of the universes, with letters whose case is no simple matter.
fn long_text() -> impl Strategy<Value = String> {
    let usual = prop::sample::select(vec!['a', 'A', 'b', '/', ':', '*', '?', '\\']);
    let odd = prop::sample::select(vec![
        'é', 'É', 'İ', 'ı', 'ß', 'ẞ', '\u{212A}', 'k', 'K', 'Σ', 'σ', 'ς', '𝔸', '\0',
    ]);
    prop::collection::vec(prop_oneof![9 => usual, 1 => odd], 0..=8).prop_map(String::from_iter)
}

fn long_pattern() -> impl Strategy<Value = Pattern> {
    let element = prop_oneof![
        4 => element(),
        1 => long_text().prop_map(|text| Element::Text(text.into())),
    ];
    (prop::collection::vec(element, 0..=6), case()).prop_map(|(elements, case)| Pattern::new(elements, case))
}

/// A text that the pattern was made for: wildcards filled in, letters turned to another case.
fn filled(pattern: &Pattern, context: &Context, fillings: &[String], shout: bool) -> String {
    let mut fillings = fillings.iter().cycle();
    let mut text = String::new();
    for element in pattern.elements() {
        match element {
            Element::Text(part) => text.push_str(part),
            Element::One => text.push('é'),
            Element::OneExcept(c) => text.push(if c.eq_ignore_ascii_case(&'b') { 'a' } else { 'b' }),
            Element::Many => text.push_str(fillings.next().map_or("", String::as_str)),
            Element::ManyExcept(c) => {
                text.push_str(&fillings.next().map_or("", String::as_str).replace(*c, ""));
            }
            Element::Hole(key) => {
                text.push_str(
                    context
                        .get(key)
                        .and_then(|values| values.last())
                        .map_or("", |value| value),
                );
            }
        }
    }
    if shout && pattern.case() == Case::Folded {
        text.to_ascii_uppercase()
    } else {
        text
    }
}

proptest! {
    #![proptest_config(cases(4096))]

    /// matches(p, t) = naive matches(p, t)
    #[test]
    fn pattern_matches_as_its_twin(p in long_pattern(), t in long_text(), context in context()) {
        prop_assert_eq!(p.matches(&t, &context), naive::matches(&p, &t, &context));
    }

    /// matches(p, t) = naive matches(p, t), for t made to match p
    #[test]
    fn pattern_matches_as_its_twin_near_members(
        p in long_pattern(), fillings in prop::collection::vec(text(), 3), context in context(), shout: bool,
    ) {
        let t = filled(&p, &context, &fillings, shout);
        prop_assert_eq!(p.matches(&t, &context), naive::matches(&p, &t, &context));
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    /// t ∈ p₁ ∪ … ∪ pₙ ⟺ t ∈ some pᵢ, for long lists and t made to match one of them
    #[test]
    fn long_lists_match_as_their_twin(
        heads in prop::collection::vec((long_text(), long_pattern(), case(), prop::bool::ANY), 12..=40),
        like in any::<prop::sample::Index>(), fillings in prop::collection::vec(text(), 3), shout: bool,
        context in context(),
    ) {
        let pattern = |(head, tail, case, alone): (String, Pattern, Case, bool)| {
            let tail = tail.elements().iter().take(if alone { 0 } else { 6 }).cloned();
            Pattern::new([Element::Text(head.into())].into_iter().chain(tail), case)
        };
        let patterns: Vec<Pattern> = heads.into_iter().map(pattern).collect();
        let t = filled(like.get(&patterns), &context, &fillings, shout);
        let any = patterns.iter().any(|p| naive::matches(p, &t, &context));
        let all = Strings::any_of(patterns);
        prop_assert_eq!(all.contains(&t, &context), any);
        prop_assert_eq!(all.complement().contains(&t, &context), !any);
    }

    /// t ∈ literal(u) ⟺ t = u
    #[test]
    fn literal_is_only_itself(t in long_text(), u in long_text()) {
        prop_assert_eq!(Pattern::literal(&u).matches(&t, &Context::new()), t == u);
        prop_assert!(Pattern::literal(&u).matches(&u, &Context::new()));
    }

    /// t ∈ glob(t), in both cases of letters
    #[test]
    fn glob_matches_its_own_text(t in long_text(), case in case()) {
        prop_assert!(Pattern::glob(&t, case).matches(&t, &Context::new()));
    }

    /// pattern(x · y) = pattern(x) · pattern(y): how texts are cut does not matter
    #[test]
    fn pattern_does_not_depend_on_cuts(elements in prop::collection::vec(element(), 0..=6), case in case()) {
        let mut cut = Vec::new();
        for element in &elements {
            match element {
                Element::Text(text) => {
                    cut.extend(text.chars().map(|c| Element::Text(c.to_string().into())));
                    cut.push(Element::Text("".into()));
                }
                Element::Many => cut.extend([Element::Many, Element::Text("".into()), Element::Many]),
                other => cut.push(other.clone()),
            }
        }
        let (whole, cut) = (Pattern::new(elements, case), Pattern::new(cut, case));
        prop_assert_eq!(whole.to_string(), cut.to_string());
        prop_assert_eq!(whole, cut);
    }

    /// t ∈ p ⟹ t begins with prefix(p); as_literal(p) = u ⟹ p = {u}; is_any(p) ⟹ t ∈ p
    #[test]
    fn shortcuts_say_what_the_pattern_says(p in pattern(), t in text(), context in context()) {
        let member = p.matches(&t, &context);
        if p.case() == Case::Exact {
            prop_assert!(!member || t.starts_with(p.prefix()));
            if let Some(only) = p.as_literal() {
                prop_assert_eq!(member, t == only);
            }
        }
        prop_assert!(!p.is_any() || member);
    }

    /// a folding pattern takes a text in one case as in another
    #[test]
    fn folding_pattern_is_blind_to_case(elements in prop::collection::vec(element(), 0..=6), t in text()) {
        let p = Pattern::new(elements, Case::Folded);
        let none = Context::new();
        prop_assert_eq!(p.matches(&t, &none), p.matches(&t.to_lowercase(), &none));
        prop_assert_eq!(p.matches(&t, &none), p.matches(&t.to_uppercase(), &none));
    }

    /// t ∈ ¬S ⟺ t ∉ S; ¬¬S = S
    #[test]
    fn complement_is_the_rest(s in strings(), t in text(), context in context()) {
        let rest = s.clone().complement();
        prop_assert_eq!(rest.contains(&t, &context), !s.contains(&t, &context));
        prop_assert_eq!(rest.complement(), s);
    }

    /// any_of does not depend on order or repetition, and t ∈ any_of(P) ⟺ t ∈ p for some p ∈ P
    #[test]
    fn any_of_is_a_union(patterns in prop::collection::vec(pattern(), 0..=4), t in text(), context in context()) {
        let once = Strings::any_of(patterns.clone());
        let turned = Strings::any_of(patterns.iter().rev().chain(&patterns).cloned());
        prop_assert_eq!(&once, &turned);
        prop_assert_eq!(once.to_string(), turned.to_string());
        prop_assert_eq!(once.contains(&t, &context), patterns.iter().any(|p| p.matches(&t, &context)));
    }

    /// p ≠ q, both exact and without holes, told apart by a short text ⟹ they are displayed differently
    #[test]
    fn display_tells_languages_apart(p in pattern(), q in pattern(), t in text()) {
        let none = Context::new();
        let comparable = p.case() == q.case() && p.holes().chain(q.holes()).next().is_none();
        if comparable && p.matches(&t, &none) != q.matches(&t, &none) {
            prop_assert_ne!(p.to_string(), q.to_string());
        }
    }
}

/// an excluded letter is excluded in both cases where the pattern folds: not folded([^A]…) holds `A` and `a`
#[test]
fn excluded_letter_folds_with_its_pattern() {
    use leastwise_permset::{Emptiness, Limits, PermissionSet, Region};
    let not_a = Pattern::new([Element::OneExcept('A'), Element::Many], Case::Folded);
    let letters = |text: &str| PermissionSet::from(Region::new(Strings::literal(text), Strings::any()));
    let rest = PermissionSet::from(Region::new(Strings::one(not_a).complement(), Strings::any()));
    for (text, member) in [("A", true), ("a", true), ("b", false)] {
        let found = rest.intersection(&letters(text)).emptiness(&Limits::default());
        assert_eq!(
            matches!(found, Emptiness::Inhabited(_)),
            member,
            "{text}: {found:?}"
        );
        assert_eq!(found == Emptiness::Empty, !member, "{text}: {found:?}");
    }
}

/// a letter that a folding pattern excludes in both cases is told apart by patterns that do not fold
#[test]
fn excluded_letter_is_told_apart_in_both_cases() {
    use leastwise_permset::{Emptiness, Limits, PermissionSet, Region};
    let one_but = |c: char, case: Case| Strings::one(Pattern::new([Element::OneExcept(c)], case));
    let set = |strings: Strings| PermissionSet::from(Region::new(strings, Strings::any()));
    // One character, not `a`, that is not one character but `a` and `A`: only `A` is left.
    let left = set(one_but('a', Case::Exact)).difference(&set(one_but('a', Case::Folded)));
    match left.emptiness(&Limits::default()) {
        Emptiness::Inhabited(witness) => assert_eq!(&*witness.request.action, "A"),
        other => panic!("A is left: {other:?}"),
    }
    let none = left.difference(&set(Strings::literal("A")));
    assert_eq!(none.emptiness(&Limits::default()), Emptiness::Empty);
}

/// fold(fold(c)) = fold(c) for every character, as seen through patterns
#[test]
fn folding_twice_is_folding_once() {
    for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
        let once = Pattern::new([Element::Text(c.to_string().into())], Case::Folded);
        let twice = Pattern::new(once.elements().iter().cloned(), Case::Folded);
        assert_eq!(once, twice, "{c:?}");
        assert!(once.matches(&c.to_string(), &Context::new()), "{c:?}");
    }
}

/// matching 24 segment wildcards against a text that almost matches ends in good time
#[test]
fn segment_wildcards_do_not_multiply() {
    for wildcard in [Element::ManyExcept('/'), Element::Many, Element::Hole("k".into())] {
        let mut elements = Vec::new();
        for _ in 0..24 {
            elements.extend([wildcard.clone(), Element::Text("a".into())]);
        }
        elements.push(Element::Text("b".into()));
        let pattern = Pattern::new(elements, Case::Exact);
        let context = Context::new().with("k", ["", "a", "aa"]);
        let text = "a".repeat(64);
        assert!(!naive::matches(&pattern, &text, &context));
        let (sender, receiver) = std::sync::mpsc::channel();
        let shown = pattern.to_string();
        std::thread::spawn(move || sender.send(pattern.matches(&text, &context)));
        let answer = receiver.recv_timeout(std::time::Duration::from_secs(5));
        assert_eq!(answer, Ok(false), "{shown}");
    }
}
