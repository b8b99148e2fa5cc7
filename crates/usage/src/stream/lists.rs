//! Lists of records within a map.

use leastwise_document::skim::{Skim, Stop};

/// Walks over a map up to the inside of the first list under one of the keys; says whether there is one.
pub(super) fn walk(skim: &mut Skim<'_>, lists: &[&str]) -> Result<bool, Stop> {
    let mut map = skim.map()?;
    while let Some(key) = skim.key(&mut map)? {
        if skim.peek()? == b'[' && lists.iter().any(|list| list.as_bytes() == key) {
            skim.list()?;
            return Ok(true);
        }
        skim.skip()?;
    }
    Ok(false)
}

/// Walks over a member of a map, or up to the inside of its list.
pub(super) fn member(skim: &mut Skim<'_>, lists: &[&str]) -> Result<bool, Stop> {
    let key = skim.member()?;
    if skim.peek()? == b'[' && lists.iter().any(|list| list.as_bytes() == key) {
        skim.list()?;
        return Ok(true);
    }
    skim.skip()?;
    Ok(false)
}
