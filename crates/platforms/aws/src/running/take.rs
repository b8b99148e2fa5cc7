//! Taking outputs that tell what runs.

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, Location, Remark, Text};

use super::rows::{Kind, kinds};
use super::{INSTANCE, MANAGED, Running, Thing};
use crate::export::Spot;
use crate::lower::{account_of, is_account};
use crate::output::Output;
use crate::policy::Place;

impl Running {
    /// Takes an item, if it is an output that tells what runs or which regions there are; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        if let Some((list, _)) = output.list("Regions")
            && output
                .command
                .is_none_or(|command| command.starts_with("ec2 describe-regions"))
            && list.iter().all(|region| region.get("RegionName").is_some())
        {
            self.regions(&output, list);
            return true;
        }
        let Some(kind) = kinds().iter().find(|kind| is_of(kind, &output)) else {
            return false;
        };
        // An error tells nothing, and is no more than that.
        if output.error.is_some() {
            return true;
        }
        let found = if kind.at.is_empty() {
            Some(output.node)
        } else {
            output.node.find(kind.at)
        };
        let Some(found) = found else {
            return true;
        };
        let one = std::slice::from_ref(found);
        let elements = if found.is_list() { found.list() } else { one };
        let mut clear = true;
        for (at, node) in elements.iter().enumerate() {
            let pointer = format!("{}{}", output.pointer, kind.at);
            let pointer = if found.is_list() {
                format!("{pointer}/{at}")
            } else {
                pointer
            };
            match kind.word {
                INSTANCE => clear &= self.instances(&output, node, &pointer),
                MANAGED => clear &= self.managed(&output, node, &pointer),
                _ => clear &= self.thing(kind, &output, node, &pointer),
            }
        }
        if kind.all
            && clear
            && !goes_on(output.node)
            && let (Some(account), Some(region)) = (output.account, output.region)
            && is_account(account)
        {
            let known = self.whole.entry((kind.word, account.into())).or_default();
            known.insert(region.into());
        }
        true
    }

    /// The regions that an account has, where a wrapper says which account.
    fn regions(&mut self, output: &Output<'_>, list: &[Node]) {
        let Some(account) = output.account else {
            return;
        };
        let used = |region: &&Node| region.get("OptInStatus").and_then(Node::text) != Some("not-opted-in");
        let names = list
            .iter()
            .filter(used)
            .filter_map(|region| region.get("RegionName")?.text());
        let known = self.regions.entry(account.into()).or_default();
        known.extend(names.map(Text::from));
    }

    /// Takes one thing; says whether it is clear as which role it runs, if as any.
    fn thing(&mut self, kind: &'static Kind, output: &Output<'_>, node: &Node, pointer: &str) -> bool {
        let text = |at: &str| {
            node.find(at)
                .and_then(Node::text)
                .filter(|text| text.starts_with("arn:"))
        };
        let without = node
            .find(kind.role)
            .is_none_or(|role| role.is_null() || role.text() == Some(""));
        match (text(kind.arn), text(kind.role)) {
            (Some(arn), Some(role)) => self.add(kind.word, output, node, pointer, arn.into(), role),
            (Some(_), None) if without => {}
            (arn, _) => {
                let which = if arn.is_none() { kind.arn } else { kind.role };
                let what = format!("a {} was left out: its `{which}` is no ARN", kind.word);
                self.unclear(output, node, pointer, what);
                return false;
            }
        }
        true
    }

    fn unclear(&mut self, output: &Output<'_>, node: &Node, pointer: &str, what: String) {
        let at = node.position();
        self.remarks.push(Remark {
            location: Some(Location {
                file: output.file,
                line: at.line,
                column: at.column,
                pointer: pointer.into(),
            }),
            what: what.into(),
            hint: "give the output as the AWS command line printed it".into(),
            loses: true,
        });
    }

    /// The instances of a reservation; says whether it is clear as which roles they run.
    fn instances(&mut self, output: &Output<'_>, reservation: &Node, pointer: &str) -> bool {
        let Some(list) = reservation.get("Instances").filter(|list| list.is_list()) else {
            let what = "a reservation was left out: it has no list of `Instances`".to_owned();
            self.unclear(output, reservation, pointer, what);
            return false;
        };
        let mut clear = true;
        for (at, node) in list.list().iter().enumerate() {
            let pointer = format!("{}/{at}", pointer_join(pointer, "Instances"));
            let text = |at: &str| node.find(at).and_then(Node::text);
            let gone = matches!(text("/State/Name"), Some("terminated" | "shutting-down"));
            let without = node.get("IamInstanceProfile").is_none_or(Node::is_null);
            if gone || without {
                continue;
            }
            let region = text("/Placement/AvailabilityZone").and_then(region_of);
            let profile = text("/IamInstanceProfile/Arn");
            let profile = profile.and_then(|arn| Some((arn, account_of(arn)?)));
            let (Some(id), Some(region), Some((profile, account))) = (text("/InstanceId"), region, profile)
            else {
                let what = "an instance was left out: its id, its availability zone or the ARN of its profile is missing";
                self.unclear(output, node, &pointer, what.to_owned());
                clear = false;
                continue;
            };
            let partition = profile.split(':').nth(1).unwrap_or("aws");
            let arn = format!("arn:{partition}:ec2:{region}:{account}:instance/{id}");
            self.add(INSTANCE, output, node, &pointer, arn.into(), profile);
        }
        clear
    }

    /// An instance that takes commands, where a wrapper says whose and where it is; says whether it has an id.
    fn managed(&mut self, output: &Output<'_>, node: &Node, pointer: &str) -> bool {
        let Some(id) = node.get("InstanceId").and_then(Node::text) else {
            let what = "a managed instance was left out: it has no `InstanceId`".to_owned();
            self.unclear(output, node, pointer, what);
            return false;
        };
        if let (Some(account), Some(region)) = (output.account, output.region) {
            self.managed.insert((account.into(), region.into(), id.into()));
        }
        true
    }

    fn add(
        &mut self,
        word: &'static str,
        output: &Output<'_>,
        node: &Node,
        pointer: &str,
        arn: Text,
        role: &str,
    ) {
        let things = self.things.entry(word).or_default();
        if things
            .iter()
            .any(|thing| thing.arn == arn && *thing.role == *role)
        {
            return;
        }
        things.push(Thing {
            arn,
            role: role.into(),
            spot: Spot {
                file: output.file,
                place: Place::of(node, pointer),
            },
        });
    }
}

/// Whether an output is of a kind: its wrapper says so, or what was printed looks so.
fn is_of(kind: &Kind, output: &Output<'_>) -> bool {
    if let Some(command) = output.command {
        let rest = command.strip_prefix(kind.command);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    }
    let found = if kind.at.is_empty() {
        Some(output.node)
    } else {
        output.node.find(kind.at)
    };
    let first = found.and_then(|found| {
        if found.is_list() {
            found.list().first()
        } else {
            Some(found)
        }
    });
    first.is_some_and(|first| match kind.word {
        INSTANCE => first.get("Instances").is_some_and(Node::is_list) && first.get("OwnerId").is_some(),
        MANAGED => first.get("InstanceId").is_some() && first.get("PingStatus").is_some(),
        _ => {
            let named = |at: &str| first.find(at).and_then(Node::text).is_some();
            named(kind.arn) && (named(kind.role) || kind.word == "stack")
        }
    })
}

/// Whether a list goes on elsewhere.
fn goes_on(node: &Node) -> bool {
    ["NextToken", "NextMarker", "nextToken"]
        .iter()
        .any(|key| node.get(key).is_some_and(|token| !token.is_null()))
}

/// The region of an availability zone, a local or a wavelength zone: `eu-west-1a`, `us-west-2-lax-1a`.
fn region_of(zone: &str) -> Option<&str> {
    let digit = zone.find(|c: char| c.is_ascii_digit())?;
    let digits = zone.get(digit..)?.bytes().take_while(u8::is_ascii_digit).count();
    zone.get(..digit + digits)
}
