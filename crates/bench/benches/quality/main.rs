//! How well excess and fit foresee what will be needed: `cargo bench -p leastwise-bench --bench quality`.
//!
//! An account of roles whose work is known: tasks of every day, week and month, and such of once in ninety days, of which a
//! trail records the management events only. Two thirds of the time are seen; the last third judges, request by request, also
//! those that no log shows. What is proposed for each role stands beside the naive rule, "drop what was not seen": whose
//! work would be refused, and how many actions are still held beyond what the role ever needs.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod account;

use std::collections::BTreeMap;

use leastwise_bench::Random;
use leastwise_document::{Limits as Reading, read};
use leastwise_effective::World;
use leastwise_model::{Declared, DeclaredPermission, File, LogScope, Platform, Settings, Snapshot};
use leastwise_permset::{Emptiness, PermissionSet, Region, Request, Strings};
use leastwise_roles::excess::{Color, Evidence, Split};
use leastwise_roles::fit::{Wish, fit};
use leastwise_usage::Observed;

use account::{Account, SEEN, TRAIL, Work, arn};

const AWS: &[&dyn Platform] = &[&leastwise_aws::Aws];
const ROLES: usize = 100;
/// How many of the owners, of a hundred, declare what is rare or not recorded.
const DECLARING: f64 = 0.8;

/// What becomes of the roles by one rule.
#[derive(Default)]
struct Outcome {
    /// Roles of whose work of the last third something is refused.
    broken: usize,
    /// Tasks of the last third, and those refused.
    tasks: usize,
    refused: usize,
    /// Actions of which something is held that is never needed.
    beyond: usize,
}

fn main() {
    let account = Account::random(ROLES, 1);
    let world = world(&account.export());
    let observed = account.observed();
    let declared = declared(&account);
    let nothing: Vec<Declared> = Vec::new();
    let told = [
        ("what is held today", Rule::Nothing, &nothing),
        ("drop what was not seen", Rule::Naive, &nothing),
        ("drop the excess", Rule::Excess, &nothing),
        ("`fit`, nothing declared", Rule::Fit, &nothing),
        ("drop the excess, owners declare", Rule::Excess, &declared),
        ("`fit`, owners declare", Rule::Fit, &declared),
    ];
    println!(
        "{ROLES} roles, {SEEN} days seen, the next 30 judged; owners of {:.0} % declare what is rare or not recorded\n",
        DECLARING * 100.0
    );
    println!("| rule | roles with work refused | tasks refused | actions held beyond the need |");
    println!("|---|---|---|---|");
    let mut today = 0;
    for (name, rule, declared) in told {
        let outcome = judge(&account, &world, &observed, declared, rule);
        if rule == Rule::Nothing {
            today = outcome.beyond;
        }
        let share = |part: usize, whole: usize| part as f64 * 100.0 / whole.max(1) as f64;
        println!(
            "| {name} | {} ({:.0} %) | {:.1} % | {} ({:.1} %) |",
            outcome.broken,
            share(outcome.broken, ROLES),
            share(outcome.refused, outcome.tasks),
            outcome.beyond,
            share(outcome.beyond, today),
        );
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Nothing,
    Naive,
    Excess,
    Fit,
}

fn world(export: &str) -> World {
    let mut snapshot = Snapshot::default();
    let file = snapshot.add_file(File {
        path: "account.json".into(),
        unit: ".".into(),
    });
    let mut reader = leastwise_aws::Aws.reader(&Settings::default());
    read(export.as_bytes(), &Reading::default(), &mut |item| {
        let _taken = reader.take(file, "account.json", item);
    });
    reader.compile(&mut snapshot);
    World::new(snapshot, AWS)
}

fn scopes() -> BTreeMap<&'static str, Box<dyn LogScope>> {
    let logged = leastwise_aws::Aws.logged();
    let mut scopes: BTreeMap<&'static str, Box<dyn LogScope>> = logged
        .map(|logged| ("aws", logged.scope(&Settings::default())))
        .into_iter()
        .collect();
    for text in TRAIL {
        read(text.as_bytes(), &Reading::default(), &mut |item| {
            if let Some(scope) = scopes.get_mut("aws") {
                let _taken = scope.take("trail.json", item, &mut Vec::new());
            }
        });
    }
    scopes
}

/// What owners declare: the tasks that are rare, and those that the trail does not record.
fn declared(account: &Account) -> Vec<Declared> {
    let mut random = Random::new(2);
    let mut all = Vec::new();
    for (role, work) in account.roles.iter().enumerate() {
        if !random.chance(DECLARING) {
            continue;
        }
        let rare = work.iter().filter(|task| task.period >= 30 || !task.recorded);
        all.push(Declared {
            identity: arn(role).as_str().into(),
            permissions: rare
                .map(|task| DeclaredPermission {
                    action: task.action.into(),
                    resource: task.resource.as_str().into(),
                })
                .collect(),
            says: None,
        });
    }
    all
}

fn judge(
    account: &Account,
    world: &World,
    observed: &Observed,
    declared: &[Declared],
    rule: Rule,
) -> Outcome {
    let evidence = Evidence::new(world, declared, observed, scopes());
    let mut outcome = Outcome::default();
    for (role, work) in account.roles.iter().enumerate() {
        let Some(split) = world
            .find(&arn(role))
            .ok()
            .and_then(|index| evidence.split(index))
        else {
            continue;
        };
        let proposed = match rule {
            Rule::Nothing => world.effective(split.identity),
            Rule::Naive => naive(&evidence, &split),
            Rule::Excess => PermissionSet::union_of(
                [Color::Needed, Color::Used, Color::Unobservable]
                    .map(|color| split.colors.part(color).clone()),
            ),
            Rule::Fit => fitted(&evidence, &split),
        };
        let late = work.iter().filter(|task| task.days().any(|day| day >= SEEN));
        let (mut tasks, mut refused) = (0, 0);
        for task in late {
            tasks += 1;
            refused += usize::from(!proposed.contains(&Request::new(task.action, &task.resource)));
        }
        outcome.tasks += tasks;
        outcome.refused += refused;
        outcome.broken += usize::from(refused > 0);
        outcome.beyond += beyond(world, &split, &proposed, work);
    }
    outcome
}

/// Every action that was seen, on everything, as far as it is held.
fn naive(evidence: &Evidence<'_>, split: &Split) -> PermissionSet {
    let seen = split.known.seen.keys();
    let seen = seen.map(|action| Region::new(Strings::literal(action), Strings::any()).into());
    evidence
        .world()
        .effective(split.identity)
        .intersection(&PermissionSet::union_of(seen))
}

/// What the proposed role allows, read from the policy that it is rendered as.
fn fitted(evidence: &Evidence<'_>, split: &Split) -> PermissionSet {
    let wish = Wish {
        id: "proposed",
        environment: "production",
        declared_only: false,
    };
    let native = fit(evidence, split, &wish, Some("json"), AWS)
        .ok()
        .and_then(|fit| fit.native);
    let mut allows = PermissionSet::empty();
    read(
        native.unwrap_or_default().as_bytes(),
        &Reading::default(),
        &mut |item| {
            if let Some(policy) = leastwise_aws::Aws.policy(&item) {
                allows = policy.allows;
            }
        },
    );
    allows
}

/// How many actions have a request that is held by the proposal and belongs to no task.
fn beyond(world: &World, split: &Split, proposed: &PermissionSet, work: &[Work]) -> usize {
    let Some(held) = world.abilities(split.identity) else {
        return 0;
    };
    let catalogue = leastwise_aws::Aws.catalogue();
    let needed = PermissionSet::union_of(
        work.iter()
            .map(|task| leastwise_aws::Aws.requests(task.action, &task.resource)),
    );
    let gifts = ["sts:GetCallerIdentity"];
    let beyond = |action: &str| {
        let only = PermissionSet::from(Region::new(Strings::literal(action), Strings::any()));
        let (Ok(proposed), Ok(needed)) = (
            proposed.for_action(action, world.limits()),
            needed.for_action(action, world.limits()),
        ) else {
            return true;
        };
        let rest = proposed.intersection(&only).difference(&needed);
        !matches!(rest.emptiness(world.limits()), Emptiness::Empty)
    };
    let names = held.actions.iter().map(|action| catalogue.name(action));
    names.filter(|name| !gifts.contains(name) && beyond(name)).count()
}
