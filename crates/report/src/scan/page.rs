//! An estate on one page, for people.

use std::fmt::Write as _;

use leastwise_model::{ActionClass, Target, Verb};

use super::{ClassRow, JewelRow, MissingRow, ScanView};
use crate::findings;
use crate::identities::VERBS_BY_WEIGHT;
use crate::style::{ALARM, CARE, COMMAND, QUIET, STRONG, paint};
use crate::text::{clean, counted, grouped, shortened, width, wrapped};

/// Where the text of a line begins.
const LABEL: usize = 16;
/// How many accounts, faults and the like are shown.
const SHOWN: usize = 12;
/// How many gaps are shown.
const GAPS: usize = 4;

/// The page as people read it.
#[must_use]
pub fn text(view: &ScanView<'_>, terminal: usize) -> String {
    let limit = terminal.clamp(60, 120);
    let mut page = Page {
        out: String::new(),
        limit,
    };
    head(&mut page, view);
    identities(&mut page, view);
    classes(&mut page, &view.classes);
    control(&mut page, view);
    jewels(&mut page, &view.crown_jewels);
    found(&mut page, view);
    missing(&mut page, view);
    next(&mut page, &view.next);
    page.out
}

struct Page {
    out: String,
    limit: usize,
}

impl Page {
    /// A line under a label; long lines go on below, under the text.
    fn line(&mut self, label: &str, text: &str) {
        let room = self.limit.saturating_sub(LABEL + 2);
        for (at, line) in wrapped(text, room, 6).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.styled(label, line);
        }
    }

    /// A line that is styled already and fits.
    fn styled(&mut self, label: &str, text: &str) {
        let fill = " ".repeat(LABEL.saturating_sub(width(label)));
        if label.is_empty() {
            let _ = writeln!(self.out, "  {fill}{text}");
        } else {
            let _ = writeln!(self.out, "  {}{fill}{text}", paint(STRONG, label));
        }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }
}

fn head(page: &mut Page, view: &ScanView<'_>) {
    let name = view.name.as_deref().unwrap_or("Estate");
    let mut platforms: Vec<(&str, Vec<String>)> = Vec::new();
    for instance in &view.instances {
        let stage = instance
            .environment
            .as_deref()
            .map(|stage| format!(" ({stage})"))
            .unwrap_or_default();
        let title = if stage.trim_matches([' ', '(', ')']) == instance.title {
            String::new()
        } else {
            stage
        };
        let shown = format!("{}{title}", clean(&instance.title));
        match platforms
            .iter_mut()
            .find(|(platform, _)| *platform == instance.platform_title)
        {
            Some((_, names)) => names.push(shown),
            None => platforms.push((&instance.platform_title, vec![shown])),
        }
    }
    let mut read = counted(view.input.files, "file", "files");
    if view.input.unrecognized > 0 {
        let _ = write!(read, ", {} not recognized", grouped(view.input.unrecognized));
    }
    let _ = writeln!(page.out, "{}  {}", paint(STRONG, clean(name)), paint(QUIET, read));
    page.blank();
    for (platform, names) in platforms {
        let few: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
        let more = names.len().saturating_sub(SHOWN);
        let more = if more > 0 {
            format!(" and {} more", grouped(more))
        } else {
            String::new()
        };
        page.line(platform, &format!("{}{more}", few.join(" · ")));
    }
    for lost in view.input.lost.iter().take(SHOWN) {
        page.line("not read", &clean(lost));
    }
}

fn identities(page: &mut Page, view: &ScanView<'_>) {
    let natures = &view.identities;
    let mut parts = Vec::new();
    for (number, one, many) in [
        (natures.non_human, "machine", "machines"),
        (natures.human, "human", "humans"),
        (natures.mixed, "used by both", "used by both"),
        (natures.unknown, "of unknown nature", "of unknown nature"),
    ] {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    }
    let of = if parts.is_empty() { "" } else { ": " };
    page.line(
        "identities",
        &format!("{}{of}{}", grouped(natures.total), parts.join(" · ")),
    );
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for kind in &view.kinds {
        let word = kind.kind.replace('-', " ");
        let text = counted(kind.identities, &word, &format!("{word}s"));
        match kinds
            .iter_mut()
            .find(|(platform, _)| *platform == kind.platform_title)
        {
            Some((_, texts)) => texts.push(text),
            None => kinds.push((&kind.platform_title, vec![text])),
        }
    }
    for (platform, texts) in kinds {
        page.line("", &format!("{platform}: {}", texts.join(", ")));
    }
    let theirs = natures.total - natures.provided.min(natures.total);
    page.line(
        "",
        &format!(
            "{} made by the platforms; {} of the other {} have a known owner",
            grouped(natures.provided),
            grouped(natures.owned),
            grouped(theirs)
        ),
    );
}

fn classes(page: &mut Page, rows: &[ClassRow]) {
    page.blank();
    let number = |verb: Verb, target: Target| {
        let found = rows
            .iter()
            .find(|row| row.verb == verb.as_str() && row.target == target.as_str());
        found.map_or(0, |row| row.identities)
    };
    let heads: Vec<String> = Target::ALL
        .iter()
        .rev()
        .map(|target| format!("{:>9}", target.as_str()))
        .collect();
    page.styled(
        "can",
        &paint(QUIET, format!("{:<12}{}", "identities", heads.concat())).to_string(),
    );
    for verb in VERBS_BY_WEIGHT {
        let cells: Vec<String> = Target::ALL
            .iter()
            .rev()
            .map(|target| {
                let number = number(verb, *target);
                let text = format!(
                    "{:>9}",
                    if number == 0 {
                        "·".to_owned()
                    } else {
                        grouped(number)
                    }
                );
                let class = ActionClass::new(verb, *target);
                match (number, class.verb) {
                    (0, _) => paint(QUIET, text).to_string(),
                    (_, Verb::Grant | Verb::Impersonate) => paint(CARE, text).to_string(),
                    _ => text,
                }
            })
            .collect();
        page.styled("", &format!("{:<12}{}", verb.as_str(), cells.concat()));
    }
}

fn control(page: &mut Page, view: &ScanView<'_>) {
    page.blank();
    let control = &view.control;
    let beyond = if control.beyond > 0 {
        format!(", and {} more can come to it", grouped(control.beyond))
    } else {
        String::new()
    };
    let who = if control.direct == 1 {
        "identity controls"
    } else {
        "identities control"
    };
    page.line(
        "control",
        &format!(
            "{} {who} a whole account or cluster{beyond}",
            grouped(control.direct)
        ),
    );
    if let Some(choke) = &control.choke_point {
        let room = page.limit.saturating_sub(LABEL + 40);
        page.line(
            "",
            &format!(
                "the shortest ways of {} of them lead through {}",
                grouped(choke.ways),
                shortened(&clean(&choke.identity), room.max(30))
            ),
        );
    }
    worst(page, view);
    strangers(page, view);
}

fn worst(page: &mut Page, view: &ScanView<'_>) {
    let Some(worst) = &view.worst else { return };
    page.styled("worst reach", &paint(ALARM, clean(&worst.identity)).to_string());
    let mut parts = Vec::new();
    if let (Some(hops), Some(how)) = (worst.hops, worst.how.as_deref()) {
        let of = worst
            .controls
            .as_deref()
            .map(|name| format!(" of {}", clean(name)))
            .unwrap_or_default();
        let by = if how == "by-granting" {
            ", by granting itself more"
        } else {
            ""
        };
        parts.push(format!(
            "comes to control{of} in {}{by}",
            counted(hops, "step", "steps")
        ));
    }
    if worst.falls > 0 {
        parts.push(format!(
            "can become {}",
            counted(worst.falls, "other identity", "other identities")
        ));
    }
    if !worst.crown_jewels.is_empty() {
        let names: Vec<_> = worst.crown_jewels.iter().map(|name| clean(name)).collect();
        parts.push(format!("reaches {}", crate::text::listed(&names)));
    }
    page.line("", &parts.join("; "));
}

fn strangers(page: &mut Page, view: &ScanView<'_>) {
    let Some(strangers) = &view.strangers else { return };
    page.styled("strangers", &paint(ALARM, clean(&strangers.identity)).to_string());
    let names: Vec<_> = strangers.crown_jewels.iter().map(|name| clean(name)).collect();
    let reaches = format!(
        "whoever signs up reaches {}, in {}",
        crate::text::listed(&names),
        counted(strangers.hops, "step", "steps")
    );
    page.line("", &reaches);
}

fn jewels(page: &mut Page, rows: &[JewelRow<'_>]) {
    let longest = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0).min(30);
    for (at, row) in rows.iter().enumerate() {
        let name = shortened(&row.name, 30).into_owned();
        let fill = " ".repeat(longest.saturating_sub(width(&name)));
        let mut text = format!("{}{fill}  {} directly", clean(&name), grouped(row.direct));
        if row.through > 0 {
            let _ = write!(text, ", {} more through others", grouped(row.through));
        }
        if row.unknown > 0 {
            let _ = write!(text, ", {} unknown", grouped(row.unknown));
        }
        page.line(if at == 0 { "crown jewels" } else { "" }, &text);
    }
}

fn found(page: &mut Page, view: &ScanView<'_>) {
    let own = || view.findings.iter().filter(|row| !row.provided);
    let provided = view.findings.len() - own().count();
    page.blank();
    let mut counts: Vec<String> = Vec::new();
    for severity in ["critical", "high", "medium", "low"] {
        let count = own().filter(|row| row.severity == severity).count();
        if count > 0 {
            counts.push(format!("{} {severity}", grouped(count)));
        }
    }
    let mut line = if counts.is_empty() {
        "none".to_owned()
    } else {
        counts.join(" · ")
    };
    if provided > 0 {
        let _ = write!(line, "; {} more on what the platforms made", grouped(provided));
    }
    page.line("findings", &line);
    if !view.rules.is_empty() {
        page.blank();
        page.out
            .push_str(&findings::table(&view.rules).terminal(page.limit, "  "));
    }
}

fn missing(page: &mut Page, view: &ScanView<'_>) {
    if view.gaps.is_empty() && view.assuming.is_empty() && view.silent.is_empty() {
        return;
    }
    page.blank();
    let mut reasons: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for silent in &view.silent {
        match reasons
            .iter_mut()
            .find(|(because, _, _)| *because == silent.because)
        {
            Some((_, _, rules)) => rules.push(&silent.name),
            None => reasons.push((&silent.because, &silent.settle, vec![&silent.name])),
        }
    }
    for (at, (because, settle, rules)) in reasons.iter().enumerate() {
        let label = if at == 0 { "not checked" } else { "" };
        page.line(label, &format!("{}: {because}", rules.join(", ")));
        page.line("", &format!("→ {settle}"));
    }
    // Gaps that one command settles are one gap to the reader.
    let mut gaps: Vec<(&MissingRow<'_>, usize)> = Vec::new();
    for gap in &view.gaps {
        match gaps.iter_mut().find(|(first, _)| first.settle == gap.settle) {
            Some((_, alike)) => *alike += 1,
            None => gaps.push((gap, 0)),
        }
    }
    for (at, (gap, alike)) in gaps.iter().take(GAPS).enumerate() {
        let more = if *alike > 0 {
            format!(" (and {} alike)", grouped(*alike))
        } else {
            String::new()
        };
        page.line(
            if at == 0 { "not known" } else { "" },
            &format!("{}{more}", clean(&gap.what)),
        );
        if !gap.settle.is_empty() {
            page.line("", &format!("→ {}", clean(&gap.settle)));
        }
    }
    if gaps.len() > GAPS {
        page.line(
            "",
            &format!("and {} more: --format json lists all", grouped(gaps.len() - GAPS)),
        );
    }
    let layers: Vec<String> = view
        .assuming
        .iter()
        .map(|row| match row.identities {
            Some(number) if number < view.identities.total => {
                format!("{} ({})", row.what, counted(number, "identity", "identities"))
            }
            _ => row.what.to_string(),
        })
        .collect();
    if !layers.is_empty() {
        page.line("assuming no", &clean(&layers.join(" · ")));
    }
}

fn next(page: &mut Page, commands: &[String]) {
    if commands.is_empty() {
        return;
    }
    page.blank();
    for (at, command) in commands.iter().enumerate() {
        page.styled(
            if at == 0 { "next" } else { "" },
            &paint(COMMAND, clean(command)).to_string(),
        );
    }
}
