//! A picture as SVG: no script, no style sheet, no font but what every viewer has.

use std::fmt::Write as _;

use leastwise_effective::Steps;

use super::layout::{
    self, CUT_WIDTH, HEAD_SIZE, HOW_HEIGHT, LINE_HEIGHT, LINE_SIZE, Layout, MARGIN, PLACE_SIZE, Place, layout,
};
use super::{Drawn, DrawnStep, Picture, Side};
use crate::text::{clean, wrapped};

const INK: &str = "#111827";
const QUIET: &str = "#4b5563";
const ALARM: &str = "#b91c1c";
const PAPER: &str = "#ffffff";
const FRAME: &str = "#9ca3af";
/// Colors of platforms, in the order in which the picture names them.
const PLATFORMS: [&str; 6] = ["#d97706", "#2563eb", "#7c3aed", "#0f766e", "#be185d", "#4d7c0f"];
const PROPORTIONAL: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
const MONOSPACED: &str = "Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace";
/// What stands below the tree is at least so wide.
const WIDTH_MIN: usize = 760;

/// The picture.
#[must_use]
pub fn svg(picture: &Picture) -> String {
    let mut top = MARGIN + 16;
    let mut head = text(MARGIN, top, 17, INK, true, &picture.title);
    for line in &picture.counts {
        top += 19;
        head.push_str(&text(MARGIN, top, 12, QUIET, false, line));
    }
    let layout = layout(picture, top + 26);
    let titles = [layout::bold_width(&picture.title, 17)]
        .into_iter()
        .chain(picture.counts.iter().map(|line| layout::plain_width(line, 12)));
    let width = layout
        .width
        .max(WIDTH_MIN)
        .max(titles.max().unwrap_or_default() + 2 * MARGIN);
    let shift = match picture.side {
        Side::Left => 0,
        Side::Right => (width - layout.width) / 2,
    };
    let mut body = String::new();
    for (at, drawn) in picture.boxes.iter().enumerate() {
        line(picture, drawn, at, &layout, &mut body);
    }
    for (drawn, place) in picture.boxes.iter().zip(&layout.places) {
        boxed(drawn, place, &mut body);
    }
    let (foot, bottom) = foot(picture, layout.bottom + 30, width);
    let height = bottom + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{PROPORTIONAL}\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"{PAPER}\"/>\n",
        escaped(&picture.title)
    );
    out.push_str(&marks());
    out.push_str(&head);
    let _ = writeln!(out, "<g transform=\"translate({shift} 0)\">");
    out.push_str(&body);
    out.push_str("</g>\n");
    out.push_str(&foot);
    out.push_str("</svg>\n");
    out
}

/// Heads of arrows.
fn marks() -> String {
    let head = |name: &str, color: &str| {
        format!(
            "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0.5 L8 4 L0 7.5 Z\" fill=\"{color}\"/></marker>"
        )
    };
    format!(
        "<defs>{}{}{}</defs>\n",
        head("ink", INK),
        head("quiet", QUIET),
        head("alarm", ALARM)
    )
}

/// Color, head, and dashes of a line.
fn stroke(step: &DrawnStep) -> (&'static str, &'static str, &'static str) {
    let (color, head) = match (step.cuts.is_empty(), step.sure) {
        (false, _) => (ALARM, "alarm"),
        (true, Steps::AtMost) => (QUIET, "quiet"),
        (true, _) => (INK, "ink"),
    };
    (color, head, dashes(step.sure))
}

fn dashes(sure: Steps) -> &'static str {
    match sure {
        Steps::Certain => "",
        Steps::Conditional => " stroke-dasharray=\"7 4\"",
        Steps::AtMost => " stroke-dasharray=\"2 4\"",
    }
}

fn line(picture: &Picture, drawn: &Drawn, at: usize, layout: &Layout, out: &mut String) {
    let Some(step) = &drawn.step else { return };
    let (Some(own), Some(next)) = (layout.places.get(at), layout.places.get(step.next)) else {
        return;
    };
    let (color, head, dashes) = stroke(step);
    let (y, next_y) = (own.middle(), next.middle());
    let half = |a: usize, b: usize| a.midpoint(b);
    let (shape, label) = match picture.side {
        Side::Right => {
            let (bend, end) = (own.bend, next.left);
            let middle = half(bend, end);
            let shape = format!(
                "M{} {y} H{bend} C{middle} {y} {middle} {next_y} {} {next_y} H{}",
                own.right(),
                end - 9,
                end - 1
            );
            (shape, own.right() + 8)
        }
        Side::Left => {
            let (start, bend) = (next.right(), own.bend);
            let middle = half(start, bend);
            let shape = format!(
                "M{start} {next_y} C{middle} {next_y} {middle} {y} {bend} {y} H{}",
                own.left - 1
            );
            (shape, bend + 4)
        }
    };
    let _ = writeln!(
        out,
        "<g><title>{}</title><path d=\"{shape}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"{dashes} marker-end=\"url(#{head})\"/>",
        titled(&step.said)
    );
    let mut up = y - 5;
    for said in step.how.iter().rev() {
        out.push_str(&text(label, up, LINE_SIZE, INK, false, said));
        up -= HOW_HEIGHT;
    }
    if let Some(numbers) = numbers(&step.cuts) {
        out.push_str(&pill(label, up + 1, &numbers));
    }
    out.push_str(&fixed(label, y + 14, PLACE_SIZE, QUIET, &step.place));
    out.push_str("</g>\n");
}

fn numbers(cuts: &[usize]) -> Option<String> {
    let numbers: Vec<String> = cuts.iter().map(ToString::to_string).collect();
    (!numbers.is_empty()).then(|| numbers.join(","))
}

/// The mark of a cut, with its foot at `y`.
fn pill(x: usize, y: usize, numbers: &str) -> String {
    format!(
        "<rect x=\"{x}\" y=\"{}\" width=\"{CUT_WIDTH}\" height=\"14\" rx=\"7\" fill=\"{ALARM}\"/><text x=\"{}\" y=\"{}\" font-size=\"10\" font-weight=\"bold\" fill=\"{PAPER}\" text-anchor=\"middle\">cut here {}</text>\n",
        y.saturating_sub(14),
        x + CUT_WIDTH / 2,
        y.saturating_sub(3),
        escaped(numbers)
    )
}

fn boxed(drawn: &Drawn, place: &Place, out: &mut String) {
    let (fill, frame) = match (&drawn.step, drawn.folded) {
        (None, _) => ("#fef2f2", ALARM),
        (_, true) => ("#f3f4f6", FRAME),
        _ => (PAPER, FRAME),
    };
    let dashes = match drawn.folded {
        true => " stroke-dasharray=\"3 3\"",
        false => "",
    };
    let Place {
        left,
        top,
        width,
        height,
        ..
    } = *place;
    let _ = write!(
        out,
        "<g><title>{}</title><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"5\" fill=\"{fill}\" stroke=\"{frame}\"{dashes}/>",
        titled(&drawn.said)
    );
    if let Some(color) = drawn.color {
        let color = color_of(color);
        let _ = write!(
            out,
            "<rect x=\"{left}\" y=\"{}\" width=\"5\" height=\"{}\" rx=\"2\" fill=\"{color}\"/>",
            top + 4,
            height - 8
        );
    }
    out.push('\n');
    let (x, mut y) = (left + 13, top + 19);
    out.push_str(&text(x, y, HEAD_SIZE, INK, true, &drawn.head));
    for said in &drawn.lines {
        y += LINE_HEIGHT;
        out.push_str(&text(x, y, LINE_SIZE, QUIET, false, said));
    }
    if !drawn.alarm.is_empty() {
        y += LINE_HEIGHT;
        out.push_str(&text(x, y, LINE_SIZE, ALARM, false, &drawn.alarm));
    }
    out.push_str("</g>\n");
}

fn color_of(at: usize) -> &'static str {
    PLATFORMS.get(at % PLATFORMS.len()).copied().unwrap_or(QUIET)
}

/// Where to cut, the legend and the notes; and where they end.
fn foot(picture: &Picture, top: usize, width: usize) -> (String, usize) {
    let mut out = String::new();
    let mut y = top;
    let room = width - 2 * MARGIN - CUT_WIDTH - 10;
    let columns = room * 100 / (layout::FIXED * PLACE_SIZE);
    for cut in &picture.cuts {
        out.push_str(&pill(MARGIN, y + 3, &cut.number.to_string()));
        out.push_str(&text(MARGIN + CUT_WIDTH + 10, y, 12, INK, true, &cut.said));
        for line in wrapped(&cut.statement, columns, 6) {
            y += LINE_HEIGHT;
            out.push_str(&fixed(MARGIN + CUT_WIDTH + 10, y, PLACE_SIZE, QUIET, &line));
        }
        y += LINE_HEIGHT + 9;
    }
    let mut x = MARGIN;
    for (at, platform) in picture.platforms.iter().enumerate() {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{}\" width=\"5\" height=\"12\" rx=\"2\" fill=\"{}\"/>",
            y - 10,
            color_of(at)
        );
        out.push_str(&text(x + 10, y, LINE_SIZE, QUIET, false, platform));
        x += layout::plain_width(platform, LINE_SIZE) + 28;
    }
    for (sure, meaning) in styles(picture) {
        let _ = writeln!(
            out,
            "<path d=\"M{x} {} h30\" stroke=\"{INK}\" stroke-width=\"1.5\" fill=\"none\"{}/>",
            y - 4,
            dashes(sure)
        );
        out.push_str(&text(x + 36, y, LINE_SIZE, QUIET, false, meaning));
        x += layout::plain_width(meaning, LINE_SIZE) + 54;
    }
    for note in &picture.notes {
        for line in wrapped(note, (width - 2 * MARGIN) * 100 / (64 * LINE_SIZE), 4) {
            y += LINE_HEIGHT + 2;
            out.push_str(&text(MARGIN, y, LINE_SIZE, QUIET, false, &line));
        }
    }
    (out, y)
}

/// The styles of lines that the picture has, and what they mean.
fn styles(picture: &Picture) -> Vec<(Steps, &'static str)> {
    let all = [
        (Steps::Certain, "certain"),
        (Steps::Conditional, "under a condition"),
        (Steps::AtMost, "depends on what is not known"),
    ];
    let drawn = |sure: &Steps| {
        let mut steps = picture.boxes.iter().filter_map(|drawn| drawn.step.as_ref());
        steps.any(|step| step.sure == *sure)
    };
    all.into_iter().filter(|(sure, _)| drawn(sure)).collect()
}

fn text(x: usize, y: usize, size: usize, color: &str, bold: bool, said: &str) -> String {
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight} fill=\"{color}\">{}</text>\n",
        escaped(said)
    )
}

fn fixed(x: usize, y: usize, size: usize, color: &str, said: &str) -> String {
    if said.is_empty() {
        return String::new();
    }
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-family=\"{MONOSPACED}\" fill=\"{color}\" xml:space=\"preserve\">{}</text>\n",
        escaped(said)
    )
}

/// What a viewer shows on demand, line by line.
fn titled(said: &str) -> String {
    let lines: Vec<String> = said.lines().map(escaped).collect();
    lines.join("\n")
}

/// Text as XML takes it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What XML has no word for.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
