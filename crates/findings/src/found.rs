//! Collects what rules find: weighs it, names it, sets the platform's own apart, and orders it.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Leg, Path};
use leastwise_model::{ActionClasses, Assumption, IdentityIndex, Location, Side, Text};
use leastwise_permset::{Label, Request};

use crate::estate::Estate;
use crate::finding::{Confidence, Finding, Fix, Report, Silence, Undecided};
use crate::fingerprint::Fingerprint;
use crate::rule::Rule;
use crate::severity::{Reached, Severity, Trigger};

/// What a rule hands in.
pub(crate) struct Draft {
    /// Whom it is about; all share the cause.
    pub identities: Vec<IdentityIndex>,
    /// What it is about where that does not exist.
    pub missing: Option<Text>,
    /// The statement that makes it so.
    pub cause: Option<Label>,
    /// What is reached.
    pub reached: Reached,
    /// What is gained.
    pub classes: ActionClasses,
    /// One line; `{who}`, `{is}`, `{has}`, `{itself}`, `{s}` stand for the identities and for the endings of their number.
    pub title: String,
    /// A request that shows it.
    pub witness: Option<Request>,
    /// The way there.
    pub path: Path,
    /// What would put it right.
    pub fix: String,
    /// The statement to change for that, where it is not the cause.
    pub fix_step: Option<Label>,
    /// How sure it is.
    pub confidence: Confidence,
    /// What tells this finding from others of the same rule and cause; must be stable.
    pub about: String,
    /// Where it stands, where that is neither the cause nor the identity.
    pub location: Option<Location>,
}

impl Draft {
    /// About these identities; everything else is to be filled in.
    pub fn about(identities: Vec<IdentityIndex>) -> Self {
        Self {
            identities,
            missing: None,
            cause: None,
            reached: Reached::Reading,
            classes: ActionClasses::default(),
            title: String::new(),
            witness: None,
            path: Path::new(),
            fix: String::new(),
            fix_step: None,
            confidence: Confidence::Certain,
            about: String::new(),
            location: None,
        }
    }
}

/// Identities that share a cause, and something beside it, in a fixed order.
pub(crate) type Groups<K> = BTreeMap<(Option<Label>, K), Vec<IdentityIndex>>;

/// How many identities are named in a title.
const NAMED: usize = 2;

/// What one rule finds.
pub(crate) struct Found<'e, 'w> {
    estate: &'e Estate<'w>,
    rule: &'static Rule,
    /// What it handed in, and whether that is the platform's own.
    drafts: Vec<(Draft, bool)>,
    silent: Vec<Silence>,
    undecided: Vec<Undecided>,
}

impl<'e, 'w> Found<'e, 'w> {
    pub fn new(estate: &'e Estate<'w>, rule: &'static Rule) -> Self {
        Self {
            estate,
            rule,
            drafts: Vec::new(),
            silent: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// The rule cannot speak.
    pub fn silent(&mut self, because: &'static str, settle: &'static str) {
        self.silent.push(Silence {
            rule: self.rule,
            because,
            settle,
        });
    }

    /// The rule cannot decide about these.
    pub fn undecided(&mut self, mut identities: Vec<IdentityIndex>, mut gaps: Vec<Text>) {
        identities.sort();
        identities.dedup();
        gaps.sort();
        gaps.dedup();
        if !identities.is_empty() {
            self.undecided.push(Undecided {
                rule: self.rule,
                identities,
                gaps,
            });
        }
    }

    /// Takes a finding. Where some of its identities are the platform's own, those go into one of their own.
    pub fn add(&mut self, mut draft: Draft) {
        draft.identities.sort();
        draft.identities.dedup();
        let estate = self.estate;
        let provided = |index: &IdentityIndex| {
            estate
                .identity(*index)
                .is_some_and(|it| it.provided && !it.stranger || it.unbounded.is_some())
        };
        let (theirs, ours): (Vec<IdentityIndex>, Vec<IdentityIndex>) =
            draft.identities.iter().partition(|index| provided(index));
        if theirs.is_empty() || ours.is_empty() {
            let apart = match theirs.first() {
                Some(_) => true,
                None => {
                    ours.is_empty()
                        && draft
                            .cause
                            .and_then(|it| estate.step(it))
                            .is_some_and(|it| it.provided)
                }
            };
            self.drafts.push((draft, apart));
            return;
        }
        // The witness and the path are of the first that people made.
        let apart = Draft {
            identities: theirs,
            missing: draft.missing.clone(),
            title: draft.title.clone(),
            fix: draft.fix.clone(),
            about: draft.about.clone(),
            path: Path::new(),
            witness: None,
            location: None,
            ..draft
        };
        draft.identities = ours;
        self.drafts.push((draft, false));
        self.drafts.push((apart, true));
    }
}

/// Weighs and names what rules found, once it is known who can set whom in motion.
struct Weighing<'e, 'w> {
    estate: &'e Estate<'w>,
    findings: Vec<(Vec<String>, Finding)>,
}

impl Weighing<'_, '_> {
    fn add(&mut self, rule: &'static Rule, draft: Draft, provided: bool) {
        let estate = self.estate;
        let trigger = draft
            .identities
            .iter()
            .map(|index| estate.trigger(*index))
            .max()
            .unwrap_or(Trigger::Itself);
        let representative = estate.representative(&draft.identities);
        let first = representative.and_then(|index| estate.identity(index));
        let home = representative.and_then(|index| estate.instance(index));
        let mut parts = vec![rule.id.to_string(), draft.about.clone()];
        parts.push(home.map_or(String::new(), |instance| {
            format!("{}:{}", instance.platform, instance.name)
        }));
        parts.push(draft.missing.as_deref().unwrap_or_default().to_string());
        match draft.cause {
            Some(label) => parts.push(estate.call(label)),
            None => parts.push(first.map_or(String::new(), |identity| identity.id.to_string())),
        }
        if provided {
            parts.push("provided".to_string());
        }
        let at = |label: Label| estate.step(label).and_then(|step| step.location.clone());
        let location = draft
            .location
            .or_else(|| draft.cause.and_then(at))
            .or_else(|| last_step(&draft.path).and_then(at))
            .or_else(|| first.and_then(|identity| identity.location.clone()));
        let own = first.into_iter().flat_map(|identity| &identity.assumptions);
        let stated = draft.path.iter().flat_map(Leg::statements).chain(&draft.cause);
        let assumed: BTreeSet<&Assumption> = stated
            .filter_map(|label| estate.world.snapshot().assumption_of(*label))
            .collect();
        let assuming: Vec<Assumption> = own
            .filter(|it| it.side != Side::Adds)
            .chain(assumed)
            .cloned()
            .collect();
        let finding = Finding {
            rule,
            severity: Severity::of(draft.reached, trigger),
            confidence: draft.confidence,
            title: self.spell(&draft.title, &draft.identities, draft.missing.as_deref()),
            platforms: self.platforms(&draft.identities, draft.cause, &draft.path),
            identities: draft.identities,
            missing: draft.missing,
            cause: draft.cause,
            classes: draft.classes,
            witness: draft.witness,
            path: draft.path,
            fix: Fix {
                what: draft.fix,
                step: draft.fix_step.or(draft.cause),
            },
            provided,
            assuming,
            fingerprint: Fingerprint::of(&parts),
            location,
        };
        self.findings.push((parts, finding));
    }

    /// The platforms of those whom a finding is about or, where that is nobody, of its cause; and of those on its path.
    fn platforms(
        &self,
        identities: &[IdentityIndex],
        cause: Option<Label>,
        path: &Path,
    ) -> Vec<&'static str> {
        let estate = self.estate;
        let homes = identities
            .iter()
            .copied()
            .chain(path.iter().flat_map(leg_identities));
        let instances = homes.filter_map(|index| Some(estate.identity(index)?.instance));
        let of_cause = cause
            .filter(|_| identities.is_empty())
            .and_then(|label| Some(estate.entitlement_of(label)?.instance));
        let mut names: Vec<&'static str> = instances
            .chain(of_cause)
            .filter_map(|instance| Some(estate.platform(instance)?.name()))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn spell(&self, title: &str, identities: &[IdentityIndex], missing: Option<&str>) -> String {
        let mut ids: Vec<&str> = identities
            .iter()
            .filter_map(|index| self.estate.identity(*index))
            .map(|it| &*it.id)
            .collect();
        if ids.is_empty() {
            ids.extend(missing);
        }
        let who = match ids.as_slice() {
            [] => "nobody".to_string(),
            few if few.len() <= NAMED => few.join(" and "),
            [first, rest @ ..] => format!("{first} and {} others", rest.len()),
        };
        let one = ids.len() <= 1;
        title
            .replace("{who}", &who)
            .replace("{is}", if one { "is" } else { "are" })
            .replace("{has}", if one { "has" } else { "have" })
            .replace("{itself}", if one { "itself" } else { "themselves" })
            .replace("{s}", if one { "s" } else { "" })
    }

    /// Every finding, in order: the platform's own last, the worst first, then by rule and fingerprint.
    fn sorted(mut self) -> Vec<Finding> {
        // Statements of one entitlement that are called the same are told apart by their text, equal ones by number.
        for by_number in [false, true] {
            let mut times: BTreeMap<Fingerprint, u32> = BTreeMap::new();
            for (_, finding) in &self.findings {
                *times.entry(finding.fingerprint).or_default() += 1;
            }
            let mut numbers: BTreeMap<Fingerprint, u32> = BTreeMap::new();
            for (parts, finding) in &mut self.findings {
                if times.get(&finding.fingerprint).is_none_or(|times| *times < 2) {
                    continue;
                }
                let number = numbers.entry(finding.fingerprint).or_default();
                let text = finding
                    .cause
                    .and_then(|label| self.estate.step(label))
                    .map(|step| &*step.statement);
                parts.push(if by_number {
                    number.to_string()
                } else {
                    text.unwrap_or_default().to_string()
                });
                *number += 1;
                finding.fingerprint = Fingerprint::of(&*parts);
            }
        }
        let mut findings: Vec<Finding> = self.findings.into_iter().map(|(_, finding)| finding).collect();
        findings.sort_by(|a, b| {
            (
                a.provided,
                std::cmp::Reverse(a.severity),
                a.rule.id,
                &a.title,
                a.fingerprint,
            )
                .cmp(&(
                    b.provided,
                    std::cmp::Reverse(b.severity),
                    b.rule.id,
                    &b.title,
                    b.fingerprint,
                ))
        });
        findings
    }
}

/// What several rules found, together.
pub(crate) fn report(estate: &Estate<'_>, found: Vec<Found<'_, '_>>) -> Report {
    let mut report = Report::default();
    let mut weighing = Weighing {
        estate,
        findings: Vec::new(),
    };
    for found in found {
        report.silent.extend(found.silent);
        report.undecided.extend(found.undecided);
        for (draft, provided) in found.drafts {
            weighing.add(found.rule, draft, provided);
        }
    }
    report.findings = weighing.sorted();
    report
}

/// Those who act in a leg of a path, or are become or widened by it.
fn leg_identities(leg: &Leg) -> [IdentityIndex; 2] {
    match leg {
        Leg::Holds { identity, .. } => [*identity, *identity],
        Leg::Becomes { from, to, .. } | Leg::Grants { from, to, .. } => [*from, *to],
    }
}

/// The first statement that a path rests on.
fn last_step(path: &Path) -> Option<Label> {
    path.iter().find_map(|leg| leg.statements().last().copied())
}
