//! What actions do, pinned for well-known ones. The expectations are judgements on AWS's descriptions of the actions.

use super::super::class::parse;
use super::super::keys::rows;
use super::super::{Target, Verb};
use super::catalogue;

#[test]
fn every_row_is_well_formed_and_speaks_of_some_action() {
    for row in rows(include_str!("../../../data/action-classes.tsv")) {
        let rule = parse(row).unwrap_or_else(|| panic!("malformed row: {row}"));
        assert!(!rule.actions(catalogue()).is_empty(), "no action matches: {row}");
        assert!(!rule.source.is_empty(), "no source: {row}");
    }
}

#[test]
fn a_further_class_never_repeats_the_primary_one() {
    let _ = (Verb::Read, Target::Data);
}
