//! What holds for every drawing: nobody is lost, nothing overlaps, nothing of an estate is taken for markup.

use std::collections::BTreeSet;

use leastwise_effective::Steps;
use leastwise_model::IdentityIndex;

use super::layout::{self, Place, label_height, layout};
use super::{
    BOXES_MAX, CutLine, Drawn, DrawnStep, Group, Kind, Node, Picture, Side, collapse, lines_of, mermaid, svg,
};

/// A small source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit.max(1)
    }
}

fn kind(word: &'static str) -> Kind {
    Kind {
        platform: "Somewhere",
        word,
    }
}

fn tree(size: usize, kinds: usize, numbers: &mut Numbers) -> Vec<Node> {
    let words = ["user", "role", "service-account", "group", "root"];
    (0..size)
        .map(|at| Node {
            identity: u32::try_from(at).ok().map(IdentityIndex),
            next: (at > 0).then(|| numbers.below(at)),
            kind: kind(words.get(numbers.below(kinds.min(5))).copied().unwrap_or("user")),
            how: format!("how-{}", numbers.below(kinds)),
            sure: [Steps::Certain, Steps::Conditional, Steps::AtMost]
                .get(numbers.below(3))
                .copied()
                .unwrap_or(Steps::Certain),
            cuts: Vec::new(),
            alarm: String::new(),
        })
        .collect()
}

/// Whoever leads to whom leads, boxed, to that one's box, by the same step.
fn stands_for(nodes: &[Node], groups: &[Group]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for (at, group) in groups.iter().enumerate() {
        for member in &group.members {
            if !seen.insert(*member) {
                return Err(format!("{member} stands in two boxes"));
            }
            let next = nodes.get(*member).and_then(|node| node.next);
            let there = group.next.and_then(|next| groups.get(next));
            let fits = match (next, there) {
                (None, None) => true,
                (Some(next), Some(there)) => group.folded.is_some() || there.members.contains(&next),
                _ => false,
            };
            if !fits {
                return Err(format!("box {at} does not lead where {member} leads"));
            }
        }
        if group.next.is_some_and(|next| next >= at) {
            return Err(format!("box {at} stands before the one it leads to"));
        }
    }
    match seen.len() == nodes.len() {
        true => Ok(()),
        false => Err(format!("{} of {} are shown", seen.len(), nodes.len())),
    }
}

#[test]
fn nobody_is_lost_and_no_more_than_fit_are_drawn() {
    let mut numbers = Numbers(7);
    for round in 0..200 {
        let size = 1 + numbers.below(400);
        let kinds = 1 + numbers.below(30);
        let nodes = tree(size, kinds, &mut numbers);
        for most in [1 + BOXES_MAX / 2, BOXES_MAX] {
            let groups = collapse(&nodes, most);
            assert!(groups.len() <= most, "{} boxes in round {round}", groups.len());
            assert_eq!(stands_for(&nodes, &groups), Ok(()), "round {round}");
        }
    }
}

#[test]
fn leaves_that_are_alike_share_a_box_and_others_do_not() {
    let leaf = |how: &str| Node {
        identity: Some(IdentityIndex(0)),
        next: Some(0),
        kind: kind("role"),
        how: how.into(),
        sure: Steps::Certain,
        cuts: Vec::new(),
        alarm: String::new(),
    };
    let root = Node {
        next: None,
        ..leaf("")
    };
    let cut = Node {
        cuts: vec![1],
        ..leaf("a")
    };
    let groups = collapse(&[root, leaf("a"), leaf("b"), leaf("a"), cut], BOXES_MAX);
    let members: Vec<&[usize]> = groups.iter().map(|group| group.members.as_slice()).collect();
    assert_eq!(members, [&[0][..], &[1, 3], &[4], &[2]]);
}

fn pictured(nodes: &[Node], side: Side, numbers: &mut Numbers) -> Picture {
    let groups = collapse(nodes, BOXES_MAX);
    let boxes = groups.iter().map(|group| Drawn {
        head: "h".repeat(1 + numbers.below(28)),
        lines: (0..numbers.below(5))
            .map(|_| "line of some words".into())
            .collect(),
        step: group.next.map(|next| DrawnStep {
            next,
            how: lines_of(
                ["run", "assume-role-with-web-identity", "grants itself more: put"]
                    .get(numbers.below(3))
                    .copied()
                    .unwrap_or("run"),
            ),
            place: "somewhere.json:12".into(),
            said: String::new(),
            sure: Steps::Certain,
            cuts: (0..numbers.below(2)).collect(),
        }),
        ..Drawn::default()
    });
    Picture {
        title: "title".into(),
        counts: Vec::new(),
        side,
        boxes: boxes.collect(),
        platforms: vec!["Somewhere".into()],
        cuts: Vec::new(),
        notes: Vec::new(),
    }
}

/// Left, top, right and bottom of what a box and its label take.
fn rectangles(picture: &Picture, places: &[Place]) -> Vec<(usize, [usize; 4])> {
    let mut all = Vec::new();
    for (at, (drawn, place)) in picture.boxes.iter().zip(places).enumerate() {
        all.push((
            at,
            [place.left, place.top, place.right(), place.top + place.height],
        ));
        let Some(step) = &drawn.step else { continue };
        let middle = place.middle();
        let (left, right) = match picture.side {
            Side::Right => (place.right() + 1, place.bend),
            Side::Left => (place.bend, place.left - 1),
        };
        let longest = step
            .how
            .iter()
            .map(|line| layout::plain_width(line, layout::LINE_SIZE))
            .max();
        assert!(right - left >= longest.unwrap_or_default());
        all.push((at, [left, middle - label_height(step), right, middle + 16]));
    }
    all
}

#[test]
fn neither_boxes_nor_labels_overlap() {
    let mut numbers = Numbers(11);
    for round in 0..60 {
        let size = 2 + numbers.below(120);
        let nodes = tree(size, 1 + round % 9, &mut numbers);
        for side in [Side::Left, Side::Right] {
            let picture = pictured(&nodes, side, &mut numbers);
            let laid = layout(&picture, 50);
            let all = rectangles(&picture, &laid.places);
            for (at, (_, a)) in all.iter().enumerate() {
                assert!(a[2] <= laid.width, "within the picture");
                for (_, b) in all.iter().skip(at + 1) {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(apart, "{a:?} and {b:?} overlap in round {round}");
                }
            }
        }
    }
}

#[test]
fn names_of_an_estate_are_no_markup() {
    let mut numbers = Numbers(3);
    let mut picture = pictured(&tree(3, 1, &mut numbers), Side::Right, &mut numbers);
    let evil = "\"]</text><script>&#x41;%%{init}|`\u{1b}\n";
    picture.title = evil.into();
    picture.cuts = vec![CutLine {
        number: 1,
        said: evil.into(),
        statement: evil.into(),
    }];
    for drawn in &mut picture.boxes {
        drawn.head = evil.into();
        drawn.said = evil.into();
    }
    let drawn = svg(&picture);
    assert!(!drawn.contains("<script") && !drawn.contains('\u{1b}'), "{drawn}");
    assert!(drawn.contains("&lt;script&gt;&amp;#x41;"));
    let written = mermaid(&picture);
    assert!(!written.contains("%%{"), "{written}");
    let mut drawn = written
        .lines()
        .filter(|line| !line.trim_start().starts_with("%%"));
    assert!(drawn.all(|line| !line.contains("<script") && line.matches('"').count() % 2 == 0));
}

#[test]
fn long_ways_of_stepping_are_broken_where_words_end() {
    assert_eq!(
        lines_of("assume-role-with-web-identity"),
        ["assume-role-with-web-", "identity"]
    );
    assert_eq!(lines_of("run-pod"), ["run-pod"]);
    assert_eq!(
        lines_of("grants itself more: put-role-policy"),
        ["grants itself more:", "put-role-policy"]
    );
}
