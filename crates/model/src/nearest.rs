//! Which of some names was meant.

/// The name that is nearest to what was typed, where one is near: at most a third of its letters and one more to insert,
/// remove or replace, whatever their case; of several the first in order. Linear in the names times their lengths.
pub fn nearest<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let typed = typed.to_lowercase();
    let length = typed.chars().count();
    let limit = length / 3 + 1;
    let near = names.into_iter().filter_map(|name| {
        let lower = name.to_lowercase();
        if lower.chars().count().abs_diff(length) > limit {
            return None;
        }
        let distance = strsim::levenshtein(&typed, &lower);
        (distance <= limit).then_some((distance, name))
    });
    near.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let names = ["permissions", "purpose", "platform"];
        assert_eq!(nearest("permisions", names), Some("permissions"));
        assert_eq!(nearest("PURPOSE", names), Some("purpose"));
        assert_eq!(nearest("x", names), None);
        assert_eq!(nearest("state", names), None);
    }
}
