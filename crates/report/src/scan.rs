//! An estate on one page.

use std::borrow::Cow;
use std::fmt::Write as _;

use leastwise_model::{ActionClass, Target, Verb};
use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{self, FindingRow, RuleRow, SilentRow};
use crate::path::PathStep;
use crate::style::{ALARM, CARE, COMMAND, QUIET, STRONG, paint};
use crate::text::{clean, counted, grouped, shortened, width, wrapped};

/// An account, cluster or server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InstanceRow<'a> {
    /// Its platform's name.
    pub platform: Cow<'a, str>,
    /// What people call the platform.
    pub platform_title: Cow<'a, str>,
    /// How canonical ids name it.
    pub name: Cow<'a, str>,
    /// What people call it.
    pub title: Cow<'a, str>,
    /// Its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// How many identities belong to it.
    pub identities: usize,
}

/// How many identities of one kind there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KindRow<'a> {
    /// What people call the platform.
    pub platform_title: Cow<'a, str>,
    /// The kind.
    pub kind: Cow<'a, str>,
    /// How many.
    pub identities: usize,
}

/// How many identities there are, by who acts as them.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Natures {
    /// All.
    pub total: usize,
    /// Machines.
    pub non_human: usize,
    /// Humans.
    pub human: usize,
    /// Both.
    pub mixed: usize,
    /// Nothing tells.
    pub unknown: usize,
    /// Of all: made by the platform's owner.
    pub provided: usize,
    /// Of all: with a known owner.
    pub owned: usize,
}

/// How many identities can do something of one class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassRow {
    /// What is done.
    pub verb: String,
    /// To what.
    pub target: String,
    /// How many identities can perform at least one such action as themselves.
    pub identities: usize,
}

/// Who controls whole accounts or clusters.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Control<'a> {
    /// How many do as themselves.
    pub direct: usize,
    /// How many more come to it by becoming others or granting themselves more, for certain.
    pub beyond: usize,
    /// Somebody through whom most of the shortest ways of those lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choke_point: Option<ChokePoint<'a>>,
}

/// Somebody through whom many ways lead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChokePoint<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// For how many identities the shortest way to control leads through it.
    pub ways: usize,
}

/// The identity with which most falls that nobody would expect: one that controls nothing as itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Worst<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// How many others it can become for certain.
    pub falls: usize,
    /// In how many steps it comes to control of a whole account or cluster; missing where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hops: Option<usize>,
    /// How it comes to control: `through` or `by-granting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<Cow<'a, str>>,
    /// Of which account or cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controls: Option<Cow<'a, str>>,
    /// The way, step by step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep<'a>>,
    /// The crown jewels that fall with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crown_jewels: Vec<Cow<'a, str>>,
}

/// Who reaches a crown jewel.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JewelRow<'a> {
    /// What people call it.
    pub name: Cow<'a, str>,
    /// How many identities reach it as themselves, for certain or under conditions that can be met.
    pub direct: usize,
    /// How many more come to it by becoming those, for certain.
    pub through: usize,
    /// For how many more nobody can tell.
    pub unknown: usize,
}

/// A gap or an assumption, with how much depends on it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MissingRow<'a> {
    /// What is missing.
    pub what: Cow<'a, str>,
    /// The command or export that would settle it.
    pub settle: Cow<'a, str>,
    /// How many identities it concerns; missing where it is not about some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<usize>,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Input<'a> {
    /// Files that said something.
    pub files: usize,
    /// Files and parts of files that no platform knows.
    pub unrecognized: usize,
    /// Faults by which something was lost, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Cow<'a, str>>,
}

/// An estate on one page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScanView<'a> {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'a, str>>,
    /// What was read.
    pub input: Input<'a>,
    /// Accounts and clusters.
    pub instances: Vec<InstanceRow<'a>>,
    /// Identities by who acts as them.
    pub identities: Natures,
    /// Identities by kind.
    pub kinds: Vec<KindRow<'a>>,
    /// Identities by what they can do as themselves.
    pub classes: Vec<ClassRow>,
    /// Who controls whole accounts or clusters.
    pub control: Control<'a>,
    /// With whom most falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<Worst<'a>>,
    /// Who reaches the crown jewels.
    pub crown_jewels: Vec<JewelRow<'a>>,
    /// What rules say is wrong, the platforms' own last, else the worst first.
    pub findings: Vec<FindingRow<'a>>,
    /// The findings that count, rule by rule.
    pub rules: Vec<RuleRow<'a>>,
    /// Rules that could not speak, because their source of truth is missing.
    pub silent: Vec<SilentRow<'a>>,
    /// What the estate mentions and does not hold.
    pub gaps: Vec<MissingRow<'a>>,
    /// Layers of which nothing is known, taken to be absent.
    pub assuming: Vec<MissingRow<'a>>,
    /// Commands that look closer.
    pub next: Vec<String>,
}

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
    page.line(
        "identities",
        &format!("{}: {}", grouped(natures.total), parts.join(" · ")),
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
    for verb in [
        Verb::Grant,
        Verb::Impersonate,
        Verb::Execute,
        Verb::Delete,
        Verb::Write,
        Verb::Revoke,
        Verb::Read,
        Verb::List,
    ] {
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
