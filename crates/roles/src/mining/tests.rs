//! What mined roles are held to.

use proptest::prelude::*;

use super::*;
use crate::naive::fewest_roles;

const FREE: Limits = Limits {
    permissions_max: None,
    roles_max: None,
};

/// Assignments out of places.
fn assignments(cells: &[(u8, u8)]) -> Assignments {
    let names: Vec<(String, String)> = cells
        .iter()
        .map(|(u, p)| (format!("u{u}"), format!("p{p}")))
        .collect();
    Assignments::from_pairs(names.iter().map(|(u, p)| (&**u, &**p)))
}

/// The union of all roles, as pairs of names.
fn given(all: &Assignments, mining: &Mining) -> Vec<(u32, u32)> {
    let mut cells: Vec<(u32, u32)> = mining
        .roles
        .iter()
        .flat_map(|role| {
            role.identities
                .iter()
                .flat_map(|u| role.permissions.iter().map(|p| (*u, *p)))
        })
        .collect();
    cells.sort_unstable();
    cells.dedup();
    assert!(
        cells
            .iter()
            .all(|(u, p)| (*u as usize) < all.identities().len() && (*p as usize) < all.permissions().len())
    );
    cells
}

fn needed(all: &Assignments) -> Vec<(u32, u32)> {
    numbers(all.identities().len())
        .flat_map(|u| all.needs(u).iter().map(move |p| (u, *p)))
        .collect()
}

/// Whether no two cells of the set could be given by one role.
fn fools(all: &Assignments, set: &[(u32, u32)]) -> bool {
    let needs = |u: u32, p: u32| all.needs(u).contains(&p);
    set.iter().enumerate().all(|(at, (u, p))| {
        needs(*u, *p)
            && set
                .iter()
                .skip(at + 1)
                .all(|(v, q)| !needs(*u, *q) || !needs(*v, *p))
    })
}

fn check(cells: &[(u8, u8)], limits: Limits) -> (Assignments, Mining) {
    let all = assignments(cells);
    let mining = mine(&all, limits).expect("possible");
    assert_eq!(given(&all, &mining), needed(&all), "exactly what is needed");
    assert!(fools(&all, &mining.fooling));
    assert!(mining.lower_bound() <= mining.roles.len());
    let mut names: Vec<&str> = mining.roles.iter().map(|role| role.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), mining.roles.len(), "names are different");
    assert!(!names.contains(&""));
    (all, mining)
}

fn cells(side: u8, most: usize) -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..side, 0..side), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // bound ≤ fewest by trying all ≤ proposed
    #[test]
    fn the_fewest_roles_lie_between_bound_and_proposal(cells in cells(6, 30)) {
        let (all, mining) = check(&cells, FREE);
        let fewest = fewest_roles(&all).expect("small");
        prop_assert!(mining.lower_bound() <= fewest && fewest <= mining.roles.len());
    }

    // the order of lines does not matter
    #[test]
    fn the_same_assignments_give_the_same_roles(cells in cells(12, 80)) {
        let (_, mining) = check(&cells, FREE);
        let mut turned = cells.clone();
        turned.reverse();
        turned.extend(cells.iter().take(5));
        prop_assert_eq!(check(&turned, FREE).1, mining);
    }

    // limits are kept, and what is given stays exact
    #[test]
    fn limits_are_kept_exactly(cells in cells(10, 70), size in 1..4_usize, count in 1..4_usize) {
        for limits in [
            Limits { permissions_max: Some(size), ..FREE },
            Limits { roles_max: Some(count), ..FREE },
            Limits { permissions_max: Some(size), roles_max: Some(count) },
        ] {
            let all = assignments(&cells);
            let most = numbers(all.identities().len()).map(|u| all.needs(u).len()).max().unwrap_or(0);
            if limits.roles_max.is_some() && limits.permissions_max.is_some() && most > size * count {
                let refused = matches!(mine(&all, limits), Err(MiningError::Impossible { .. }));
                prop_assert!(refused);
                continue;
            }
            let (all, mining) = check(&cells, limits);
            if let Some(most) = limits.permissions_max {
                prop_assert!(mining.roles.iter().all(|role| role.permissions.len() <= most));
            }
            if let Some(most) = limits.roles_max {
                let held = roles_of(&all, &mining.roles);
                prop_assert!(held.iter().all(|roles| roles.len() <= most));
            }
        }
    }

    // nothing could be left out of a role or taken from an identity
    #[test]
    fn nothing_is_given_twice_for_no_reason(cells in cells(10, 70)) {
        let (all, mining) = check(&cells, FREE);
        for at in 0..mining.roles.len() {
            for identity in mining.roles[at].identities.clone() {
                let mut fewer = mining.clone();
                fewer.roles[at].identities.retain(|other| *other != identity);
                prop_assert!(given(&all, &fewer) != needed(&all), "an assignment is needless");
            }
            for permission in mining.roles[at].permissions.clone() {
                let mut fewer = mining.clone();
                fewer.roles[at].permissions.retain(|other| *other != permission);
                prop_assert!(given(&all, &fewer) != needed(&all), "a permission is needless");
            }
        }
    }
}

/// All matrices of three by four: the proposal is the minimum.
#[test]
fn of_all_small_matrices_the_fewest_roles_are_found() {
    for matrix in 0_u32..1 << 12 {
        let cells: Vec<(u8, u8)> = (0..12_u8)
            .filter(|cell| matrix >> cell & 1 == 1)
            .map(|cell| (cell / 4, cell % 4))
            .collect();
        let (all, mining) = check(&cells, FREE);
        assert_eq!(Some(mining.roles.len()), fewest_roles(&all), "{cells:?}");
    }
}

/// Blocks of identities that share private permissions, and identities that have several of them.
#[test]
fn roles_that_were_planted_are_found_and_proved_fewest() {
    let mut cells = Vec::new();
    for block in 0..12_u8 {
        for identity in 0..20_u8 {
            // Everybody has block `identity % 12`; every third has the next one too, every fifth the one after that.
            let has = identity % 12 == block
                || identity % 3 == 0 && (identity + 1) % 12 == block
                || identity % 5 == 0 && (identity + 2) % 12 == block;
            if has {
                cells.extend((0..5).map(|permission| (identity, block * 4 + permission)));
            }
        }
    }
    let (_, mining) = check(&cells, FREE);
    assert_eq!((mining.roles.len(), mining.gap()), (12, 0));
}

#[test]
fn roles_do_not_help_where_nobody_shares_anything() {
    let (all, mining) = check(&[(0, 0), (1, 1), (2, 2)], FREE);
    assert!(!mining.helps(&all));
    let (all, mining) = check(&[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)], FREE);
    assert!(mining.helps(&all));
}

#[test]
fn impossible_limits_name_the_identity() {
    let all = assignments(&[(0, 0), (0, 1), (0, 2), (1, 0)]);
    let limits = Limits {
        permissions_max: Some(1),
        roles_max: Some(2),
    };
    let error = mine(&all, limits).expect_err("three permissions in two roles of one");
    assert_eq!(
        error.to_string(),
        "`u0` needs 3 permissions, and with these limits its roles hold 2 at most"
    );
}

#[test]
fn names_come_from_what_tells_roles_apart() {
    let all = Assignments::from_pairs([
        ("reporter", "s3:ListBucket"),
        ("reporter", "s3:GetObject"),
        ("loader", "s3:ListBucket"),
        ("loader", "s3:PutObject"),
        ("loader", "sqs:ReceiveMessage"),
    ]);
    let mining = mine(&all, FREE).expect("possible");
    let names: Vec<&str> = mining.roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["s3-put-object", "s3-get-object"]);
}
