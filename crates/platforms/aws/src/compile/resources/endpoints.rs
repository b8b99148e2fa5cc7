//! Policies of VPC endpoints: what they do not let through, of requests that come through them.
//!
//! A request tells by `aws:SourceVpce` through which endpoint it came, so that the policy of one refuses nothing else.
//! Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".

use leastwise_model::{Snapshot, Step, Text};
use leastwise_permset::{Case, Condition as Ask, Guard, Key, Pattern, PermissionSet, Region, Strings, Test};

use super::Spoken;
use super::read::spared;
use super::whom::among;
use crate::catalogue::Catalogue;
use crate::compile::location;
use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Within, principal_demands};
use crate::policy::Effect;
use crate::resources::Endpoint;

/// Reads the policy of one endpoint.
pub fn read(id: &Text, endpoint: &Endpoint, keys: &mut Keys, snapshot: &mut Snapshot, spoken: &mut Spoken) {
    let title = format!("the policy of the VPC endpoint {id}");
    let settle = format!("aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {id}");
    let document = &endpoint.document;
    let through = Ask::Some(Key::single("aws:SourceVpce"), Test::Text(Strings::literal(id)));
    let scope =
        Region::new(actions(&endpoint.service), Strings::any()).when(Guard::all_of([through.holds()]));
    let label = snapshot.add_step(Step {
        kind: "VPC endpoint policy".into(),
        name: id.clone(),
        statement: Box::default(),
        location: Some(location(endpoint.spot.file, &endpoint.spot.place)),
        provided: false,
    });
    let mut lowering = Lowering {
        keys,
        gaps: &mut snapshot.gaps,
    };
    if let Some(why) = &document.unreadable {
        let name = format!("what {title} refuses is not known: it cannot be understood: {why}");
        let atom = lowering.gap(&name, &settle, leastwise_model::Side::Removes);
        let refused = among(&scope.into(), &[vec![atom]]);
        spoken.refusals.refuse_anywhere(spared(&refused).labelled(label));
        return;
    }
    let within = Within {
        title: &title,
        settle: &settle,
        variables: document.variables,
        account: None,
    };
    let mut said = |effect: Effect| {
        let statements = document.statements.iter();
        let statements = statements.filter(|one| one.effect.is_none_or(|own| own == effect));
        PermissionSet::union_of(statements.map(|statement| {
            let mut statement = statement.clone();
            if statement.principals.is_none() {
                let mut doubts = statement.doubts.to_vec();
                doubts.push("it names no principal".into());
                statement.doubts = doubts.into();
            }
            let set = lowering.statement(&statement, effect, within, Caller::Anyone);
            match &statement.principals {
                Some(principals) => {
                    let who = principal_demands(principals);
                    if who.iter().any(Vec::is_empty) {
                        set
                    } else {
                        among(&set, &who)
                    }
                }
                None => set,
            }
        }))
    };
    let (allows, denies) = (said(Effect::Allow), said(Effect::Deny));
    if denies.is_plainly_empty() && is_everything(&allows) {
        return;
    }
    let all = PermissionSet::from(scope);
    let refused = all.difference(&allows.difference(&denies));
    spoken.refusals.refuse_anywhere(spared(&refused).labelled(label));
}

/// The actions of the service that an endpoint leads to, where its name tells; else all.
fn actions(service: &str) -> Strings {
    let last = service.rsplit('.').next().unwrap_or_default();
    match Catalogue::embedded().service_title(last) {
        Some(_) => Strings::one(Pattern::glob(&format!("{last}:*"), Case::Folded)),
        None => Strings::any(),
    }
}

fn is_everything(set: &PermissionSet) -> bool {
    use leastwise_permset::Node;
    match set.node() {
        Node::Region(region) => {
            region.actions.is_any() && region.resources.is_any() && region.guard.is_always()
        }
        Node::Union(sets) => sets.iter().any(is_everything),
        Node::Labelled(_, inner) => is_everything(inner),
        Node::Intersection(_) | Node::Difference(..) => false,
    }
}
