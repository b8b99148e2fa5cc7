//! Names for roles: after the permissions that tell them from the others.

use std::collections::{BTreeMap, BTreeSet};

use super::MinedRole;
use crate::assignments::Assignments;
use crate::lists::{Lists, numbers};

/// The longest name.
const LENGTH_MAX: usize = 60;
/// How many permissions a name tells at most.
const TOLD_MAX: usize = 3;
/// Among more roles than this a name is not sought: a number tells them apart.
const ALIKE_MAX: usize = 64;

/// Gives each role a name that no other has: the permission that fewest other roles hold, and where others hold it too,
/// one or two more that together no other holds; a number where that is not enough.
pub(crate) fn give(assignments: &Assignments, roles: &mut [MinedRole]) {
    let holders = holders(assignments, roles);
    let named: Vec<String> = roles
        .iter()
        .map(|role| name(assignments, &holders, roles, role))
        .collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &named {
        *count.entry(name).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = named
        .iter()
        .filter(|name| count.get(&***name) == Some(&1))
        .cloned()
        .collect();
    for (role, name) in roles.iter_mut().zip(&named) {
        role.name.clone_from(name);
        if count.get(&**name) != Some(&1) {
            let numbered = (1_usize..).map(|number| format!("{name}-{number}"));
            role.name = numbered
                .into_iter()
                .find(|name| !taken.contains(name))
                .unwrap_or_default();
            taken.insert(role.name.clone());
        }
    }
}

/// Which roles hold each permission.
fn holders(assignments: &Assignments, roles: &[MinedRole]) -> Lists {
    let pairs: Vec<(u32, u32)> = roles
        .iter()
        .zip(numbers(roles.len()))
        .flat_map(|(role, at)| role.permissions.iter().map(move |permission| (*permission, at)))
        .collect();
    Lists::from_pairs(assignments.permissions().len(), &pairs)
}

fn name(assignments: &Assignments, holders: &Lists, roles: &[MinedRole], role: &MinedRole) -> String {
    let text = |permission: u32| assignments.permission(permission);
    let shortest = |permission: u32| (text(permission).len(), text(permission), permission);
    let rarest = role
        .permissions
        .iter()
        .map(|permission| (holders.get(*permission).len(), shortest(*permission)))
        .min();
    let Some((_, (_, _, rarest))) = rarest else {
        return String::new();
    };
    let mut told = vec![rarest];
    // The roles that hold everything told so far, this one among them.
    let mut alike: Vec<u32> = holders.get(rarest).to_vec();
    while told.len() < TOLD_MAX && alike.len() > 1 && alike.len() <= ALIKE_MAX {
        let mut count: BTreeMap<u32, usize> = role
            .permissions
            .iter()
            .map(|permission| (*permission, 0))
            .collect();
        let held = alike.iter().filter_map(|role| roles.get(*role as usize));
        for permission in held.flat_map(|role| &role.permissions) {
            if let Some(count) = count.get_mut(permission) {
                *count += 1;
            }
        }
        let best = count
            .into_iter()
            .map(|(permission, count)| (count, shortest(permission)))
            .min();
        let Some((fewer, (_, _, best))) = best else { break };
        if fewer == alike.len() {
            break;
        }
        let also = holders.get(best);
        alike.retain(|role| also.binary_search(role).is_ok());
        told.push(best);
    }
    told.sort_unstable();
    let parts: Vec<String> = told.iter().map(|permission| words(text(*permission))).collect();
    let name = joined(&parts);
    if name.chars().any(char::is_alphabetic) {
        name
    } else {
        format!("permission-{name}")
    }
}

/// Parts with a dash between them; words that a part begins with like the one before it are told once.
fn joined(parts: &[String]) -> String {
    let mut out = String::new();
    let mut before: Vec<&str> = Vec::new();
    for part in parts {
        let words: Vec<&str> = part.split('-').collect();
        let same = words.iter().zip(&before).take_while(|(a, b)| a == b).count();
        let rest = words
            .get(same.min(words.len().saturating_sub(1))..)
            .unwrap_or_default();
        for word in rest {
            if !out.is_empty() && out.chars().count() + 1 + word.chars().count() > LENGTH_MAX {
                return out;
            }
            if !out.is_empty() {
                out.push('-');
            }
            out.extend(word.chars().take(LENGTH_MAX));
        }
        before = words;
    }
    out
}

/// `s3:GetObject` as `s3-get-object`: letters and digits, small, with a dash between words.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(letter) = chars.next() {
        if !letter.is_alphanumeric() {
            before = None;
            continue;
        }
        let begins = match before {
            None => true,
            // `GetObject`, and `DBInstance` between B and I.
            Some(last) => {
                letter.is_uppercase()
                    && (last.is_lowercase()
                        || last.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase()))
            }
        };
        if begins && !out.is_empty() {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
        before = Some(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_become_words() {
        assert_eq!(words("s3:GetObject"), "s3-get-object");
        assert_eq!(words("rds:DescribeDBInstances"), "rds-describe-db-instances");
        assert_eq!(words("core/pods/exec:create"), "core-pods-exec-create");
        assert_eq!(words("17"), "17");
        assert_eq!(words("storage.objects.get"), "storage-objects-get");
    }

    #[test]
    fn words_in_common_are_told_once() {
        let parts = [
            "s3-get-object".to_owned(),
            "s3-get-object-tagging".to_owned(),
            "s3-put".to_owned(),
        ];
        assert_eq!(joined(&parts), "s3-get-object-tagging-put");
        assert_eq!(joined(&["a".to_owned(), "a".to_owned()]), "a-a");
    }
}
