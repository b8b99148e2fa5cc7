//! Rows about what runs as a role already, where that was exported.

use super::*;
use crate::running::{Kind, Others, kinds};

/// What the needs of a row are about.
#[derive(Clone, Debug)]
pub(super) struct Things {
    /// The resource of the needs that are about them.
    pub pattern: &'static str,
    /// These, or all of the pattern.
    pub only: Option<Strings>,
    /// But for these.
    pub except: PermissionSet,
}

impl Row {
    /// The kind of thing of which a row needs one, if outputs tell that kind.
    pub(super) fn existing(&self) -> Option<&'static Kind> {
        self.requires.iter().find_map(|requirement| match requirement {
            Requirement::Unseen(unseen) => kinds().iter().find(|kind| kind.word == unseen.word),
            _ => None,
        })
    }
}

impl Ways<'_> {
    /// Opportunities by the things that are known to run as each role of an account.
    pub(super) fn by_things(&mut self, row: &Row, technique: TechniqueIndex, kind: &'static Kind) {
        let (accounts, runs) = (self.accounts, self.runs);
        for person in self.subjects(row, IdentityKind::Role) {
            let things = runs.of(kind, person.index);
            let Some(home) = accounts.get(&person.account).filter(|_| !things.is_empty()) else {
                continue;
            };
            let Some((doubts, service, _)) = self.applies(row, person, Some(kind)) else {
                continue;
            };
            // Needs that are about one thing are about the same.
            let about = row
                .needs
                .iter()
                .filter(|need| need.resource == Some(kind.pattern));
            let each = if about.count() > 1 { 1 } else { things.len() };
            let bearers = self.bearers(row, &person.account, home, &Strings::none());
            for things in things.chunks(each.max(1)) {
                let arns = things.iter().map(|thing| Pattern::literal(&thing.arn));
                let subject = Subject {
                    account: &person.account,
                    partition: &home.partition,
                    service,
                    doubts: doubts.clone(),
                    things: Some(Things {
                        pattern: kind.pattern,
                        only: Some(Strings::any_of(arns)),
                        except: PermissionSet::empty(),
                    }),
                    ..Subject::default()
                };
                let step = things.first().map(|thing| {
                    self.step(Step {
                        kind: kind.word.into(),
                        name: thing.arn.clone(),
                        statement: format!("runs as {}", thing.role).into(),
                        location: Some(location(thing.spot.file, &thing.spot.place)),
                        provided: false,
                    })
                });
                let needs = self.needs(row, &subject);
                self.push(
                    technique,
                    needs,
                    bearers.clone(),
                    alone(person.index),
                    Gain::Become,
                    step,
                );
            }
        }
    }

    /// What the needs of a row may be about beside the things that are known; `None` where there is nothing else.
    pub(super) fn by_others(&self, kind: &'static Kind, account: &Text, partition: &str) -> Option<Things> {
        let regions = match self.runs.others(kind, account) {
            Others::None => return None,
            Others::NotIn(regions) => regions,
        };
        let filled = kind
            .pattern
            .replace("{partition}", partition)
            .replace("{account}", account);
        // The region is the first thing that varies.
        let told = regions
            .iter()
            .map(|region| arn_pattern(&filled.replacen('*', region, 1)));
        let told: Vec<Pattern> = told.collect();
        let except = if told.is_empty() {
            PermissionSet::empty()
        } else {
            Region::new(Strings::any(), Strings::any_of(told)).into()
        };
        Some(Things {
            pattern: kind.pattern,
            only: None,
            except,
        })
    }
}
