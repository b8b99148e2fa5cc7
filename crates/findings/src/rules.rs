//! All rules, in the order of their ids. Ids are never used again for something else.

mod administrator;
mod armed_binding;
mod becomes_administrator;
mod catch_all;
mod crosses_environments;
mod dangling_trust;
mod dead_request;
mod default_account_with_rights;
mod editable_pipeline;
mod escalation;
mod excess;
mod human_use;
mod left_behind;
mod machine_takeover;
mod misleading_name;
mod old_credential;
mod open_door;
mod open_trust;
mod path_to_crown_jewel;
mod public_access;
mod reads_all_secrets;
mod shared_identity;
mod stranger_triggered;
mod trust_in_a_name;
mod unowned;
mod unused_credential;
mod wide_trust;
mod wildcard_control;

use crate::rule::Rule;

pub(crate) static RULES: [&Rule; 28] = [
    &excess::RULE,
    &wildcard_control::RULE,
    &escalation::RULE,
    &becomes_administrator::RULE,
    &reads_all_secrets::RULE,
    &shared_identity::RULE,
    &default_account_with_rights::RULE,
    &misleading_name::RULE,
    &armed_binding::RULE,
    &catch_all::RULE,
    &open_trust::RULE,
    &unused_credential::RULE,
    &old_credential::RULE,
    &human_use::RULE,
    &left_behind::RULE,
    &administrator::RULE,
    &path_to_crown_jewel::RULE,
    &unowned::RULE,
    &crosses_environments::RULE,
    &open_door::RULE,
    &dangling_trust::RULE,
    &dead_request::RULE,
    &wide_trust::RULE,
    &stranger_triggered::RULE,
    &editable_pipeline::RULE,
    &machine_takeover::RULE,
    &trust_in_a_name::RULE,
    &public_access::RULE,
];
