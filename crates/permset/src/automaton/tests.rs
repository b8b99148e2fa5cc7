//! What folding maps to one letter must all be known.

use super::*;

#[test]
fn every_character_is_among_those_that_fold_to_its_folded_form() {
    for c in (0..0x2_0000).filter_map(char::from_u32) {
        let folded = fold(c);
        if folded != c && (folded.is_ascii() || (c as u32).is_multiple_of(97)) {
            assert!(unfold(folded).contains(&c), "{c:?} folds to {folded:?}");
        }
    }
    // Nothing beyond the planes that are searched folds to anything else.
    assert!(
        (0x2_0000..=0x10_FFFF)
            .filter_map(char::from_u32)
            .all(|c| fold(c) == c)
    );
}

#[test]
fn the_walk_finds_a_shortest_text() {
    let pattern = |text: &str| Pattern::glob(text, Case::Exact);
    let budget = Budget::new(&crate::Limits::default());
    let (a, b, c) = (pattern("*ab*"), pattern("*ba*"), pattern("?????*"));
    assert_eq!(
        shortest(&[&a, &b], &[], &budget).unwrap().map(|text| text.len()),
        Some(3)
    );
    assert_eq!(
        shortest(&[&a, &b, &c], &[], &budget)
            .unwrap()
            .map(|text| text.len()),
        Some(5)
    );
    assert_eq!(shortest(&[&a, &c], &[&pattern("*a*")], &budget), Ok(None));
}
