//! Where boxes stand: a column for each distance from the root, whatever leads to a box beside it.
//!
//! Every box has a strip of its own from its side to the bend of its line, in which its label stands. Strips never
//! overlap, so labels do not either. All numbers are whole pixels.

use super::{Drawn, DrawnStep, Picture, Side};

/// The width of every letter of a fixed font, in hundredths of its size.
pub(super) const FIXED: usize = 61;
/// Sizes of letters.
pub(super) const HEAD_SIZE: usize = 13;
pub(super) const LINE_SIZE: usize = 11;
pub(super) const PLACE_SIZE: usize = 10;
/// Between the lines of a box.
pub(super) const LINE_HEIGHT: usize = 15;
const PADDING: usize = 10;
/// Between the lines of a label.
pub(super) const HOW_HEIGHT: usize = 13;
/// The pill that marks a cut, and the height that it takes.
pub(super) const CUT_WIDTH: usize = 66;
pub(super) const CUT_HEIGHT: usize = 17;
/// In which a line bends.
const BEND: usize = 34;
/// Between two boxes of a column.
const BETWEEN: usize = 14;
/// Around everything.
pub(super) const MARGIN: usize = 24;

/// Where a box stands, and its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Where the straight part of its line begins, away from the box.
    pub(super) bend: usize,
}

impl Place {
    pub(super) fn middle(&self) -> usize {
        self.top + self.height / 2
    }

    pub(super) fn right(&self) -> usize {
        self.left + self.width
    }
}

/// All places, and the extent of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) width: usize,
    pub(super) bottom: usize,
}

/// The width of a character in hundredths of the size of letters, in the widest of the common proportional fonts.
fn wide(c: char) -> usize {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 33,
        'f' | 'r' | 't' | '-' | '/' | '(' | ')' | '[' | ']' | '*' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '…' => 100,
        'A'..='Z' => 74,
        c if c.is_ascii() => 64,
        _ => 100,
    }
}

/// The width of a text in pixels, at most.
pub(super) fn plain_width(text: &str, size: usize) -> usize {
    (text.chars().map(wide).sum::<usize>() * size).div_ceil(100)
}

/// The same in bold.
pub(super) fn bold_width(text: &str, size: usize) -> usize {
    plain_width(text, size) * 112 / 100
}

/// The same in letters of one width.
pub(super) fn fixed_width(text: &str, size: usize) -> usize {
    (text.chars().count() * FIXED * size).div_ceil(100)
}

fn box_width(drawn: &Drawn) -> usize {
    let lines = drawn.lines.iter().map(|line| plain_width(line, LINE_SIZE));
    let all = lines.chain([
        bold_width(&drawn.head, HEAD_SIZE),
        plain_width(&drawn.alarm, LINE_SIZE),
    ]);
    all.max().unwrap_or_default() + 2 * PADDING + 4
}

fn box_height(drawn: &Drawn) -> usize {
    let lines = 1 + drawn.lines.len() + usize::from(!drawn.alarm.is_empty());
    lines * LINE_HEIGHT + 2 * PADDING - 4
}

fn label_width(drawn: &Drawn) -> usize {
    drawn.step.as_ref().map_or(0, |step| {
        let how = step.how.iter().map(|line| plain_width(line, LINE_SIZE));
        let cut = match step.cuts.is_empty() {
            true => 0,
            false => CUT_WIDTH,
        };
        let place = fixed_width(&step.place, PLACE_SIZE);
        how.chain([cut, place]).max().unwrap_or_default() + 14
    })
}

/// How far a label reaches above its line.
pub(super) fn label_height(step: &DrawnStep) -> usize {
    let cut = match step.cuts.is_empty() {
        true => 0,
        false => CUT_HEIGHT,
    };
    step.how.len() * HOW_HEIGHT + cut + 6
}

/// The height that a box and its label take.
fn slot(drawn: &Drawn) -> usize {
    let label = drawn.step.as_ref().map_or(0, label_height);
    box_height(drawn).max(2 * label) + BETWEEN
}

/// Lays a picture out below `top`.
pub(super) fn layout(picture: &Picture, top: usize) -> Layout {
    let boxes = &picture.boxes;
    let depths = depths(boxes);
    let columns = depths.iter().max().map_or(0, |depth| depth + 1);
    let mut widths = vec![(0usize, 0usize); columns];
    for (drawn, depth) in boxes.iter().zip(&depths) {
        if let Some((boxed, label)) = widths.get_mut(*depth) {
            *boxed = (*boxed).max(box_width(drawn));
            *label = (*label).max(label_width(drawn));
        }
    }
    let rows = rows(boxes, top);
    let total: usize = widths.iter().map(|(boxed, label)| boxed + label).sum();
    let width = 2 * MARGIN + total + columns.saturating_sub(1) * BEND;
    // Counted from the side of the root.
    let mut inset = MARGIN;
    let mut columns = Vec::new();
    for (depth, (boxed, label)) in widths.iter().enumerate() {
        let line = match depth {
            0 => 0,
            _ => label + BEND,
        };
        inset += line;
        columns.push((inset, *boxed, *label));
        inset += boxed;
    }
    let places = boxes
        .iter()
        .zip(&depths)
        .zip(&rows)
        .map(|((drawn, depth), middle)| {
            let (inset, boxed, label) = columns.get(*depth).copied().unwrap_or_default();
            let height = box_height(drawn);
            let (left, bend) = match picture.side {
                Side::Left => (inset, inset.saturating_sub(label)),
                Side::Right => {
                    let left = width.saturating_sub(inset + boxed);
                    (left, left + boxed + label)
                }
            };
            Place {
                left,
                top: middle.saturating_sub(height / 2),
                width: boxed,
                height,
                bend,
            }
        })
        .collect();
    let bottom = rows
        .iter()
        .zip(boxes)
        .map(|(middle, drawn)| middle + box_height(drawn).div_ceil(2))
        .max();
    Layout {
        places,
        width,
        bottom: bottom.unwrap_or(top),
    }
}

/// How far each box is from the root.
fn depths(boxes: &[Drawn]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(boxes.len());
    for drawn in boxes {
        let next = drawn.step.as_ref().and_then(|step| depths.get(step.next));
        depths.push(next.map_or(0, |depth| depth + 1));
    }
    depths
}

/// The middles of boxes from the top: what leads to a box stands around it.
fn rows(boxes: &[Drawn], top: usize) -> Vec<usize> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); boxes.len()];
    for (at, drawn) in boxes.iter().enumerate() {
        if let Some(all) = drawn.step.as_ref().and_then(|step| below.get_mut(step.next)) {
            all.push(at);
        }
    }
    // The height that a box takes together with all that leads to it.
    let mut heights: Vec<usize> = boxes.iter().map(slot).collect();
    for at in (0..boxes.len()).rev() {
        let inner: usize = below
            .get(at)
            .into_iter()
            .flatten()
            .filter_map(|child| heights.get(*child))
            .sum();
        if let Some(height) = heights.get_mut(at) {
            *height = (*height).max(inner);
        }
    }
    let mut rows = vec![0; boxes.len()];
    let mut tops = vec![top; boxes.len()];
    for at in 0..boxes.len() {
        let start = tops.get(at).copied().unwrap_or(top);
        let height = heights.get(at).copied().unwrap_or_default();
        let children = below.get(at).map(Vec::as_slice).unwrap_or_default();
        let inner: usize = children.iter().filter_map(|child| heights.get(*child)).sum();
        let mut child_top = start + height.saturating_sub(inner) / 2;
        for child in children {
            if let Some(place) = tops.get_mut(*child) {
                *place = child_top;
            }
            child_top += heights.get(*child).copied().unwrap_or_default();
        }
        if let Some(row) = rows.get_mut(at) {
            *row = start + height / 2;
        }
    }
    rows
}
