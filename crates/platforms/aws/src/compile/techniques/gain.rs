//! What rows of `data/techniques.tsv` give, as their words say.

/// What is gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GainWord {
    Become,
    /// An arbitrary policy, once this is lifted.
    Anything(Lifts),
    /// What the target is granted already, once this is lifted.
    Own(Lifts),
    Overwrite,
    Version,
    Group,
    /// What the policy of a resource, or a grant of it, gives its writer.
    Opens(Opens),
    /// What is granted already on a resource and refused by its policy, which is taken away.
    Frees(Opens),
    /// What one of the account's managed policies says, attached.
    Policies,
    /// Some actions of what the target may do, to the actor.
    Acts(&'static str),
    /// These actions on this, of what policies of the account can give.
    ActsOn(&'static str, &'static str),
    /// Some actions on what belongs to the organization, to identities of the target whose policies allow one of them.
    Hands(&'static str),
    /// Everything in the members, to identities of the target whose policies allow these actions.
    Administers(&'static str),
    /// What policies of the organization refuse to the target.
    Uncontrolled,
    /// What the target would hold if its tags were others.
    Retagged,
}

/// What a written policy of a resource can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opens {
    /// Patterns of actions, separated by commas.
    pub actions: &'static str,
    /// On what.
    pub place: Place,
}

/// On what a written policy of a resource can give something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the resource.
    Itself,
    /// On what lies in it as well, behind this.
    Within(&'static str),
    /// On all of its service in its account and region.
    Beside,
}

/// What holds back the target and is lifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifts {
    pub inline: bool,
    /// Managed policies, of whomever they are or of one side only.
    pub attached: Option<MadeBy>,
    pub boundary: bool,
    /// What groups that refuse something say: all of it, or only what is attached to them, or their own policies.
    pub group: Option<OfGroup>,
}

/// Whose managed policies are lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    Anybody,
    Aws,
    Account,
}

/// Which policies of a group are lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfGroup {
    All,
    Attached,
    Inline,
}

/// What is gained, by its words.
pub fn gain(text: &'static str) -> Option<GainWord> {
    Some(match text {
        "become" => GainWord::Become,
        "anything" => GainWord::Anything(Lifts::default()),
        "overwrite" => GainWord::Overwrite,
        "version" => GainWord::Version,
        "group" => GainWord::Group,
        "policies" => GainWord::Policies,
        "uncontrolled" => GainWord::Uncontrolled,
        "retagged" => GainWord::Retagged,
        other => match other.split_once(' ')? {
            ("acts", actions) => match actions.split_once(" on ") {
                Some((actions, place)) => GainWord::ActsOn(actions, place),
                None => GainWord::Acts(actions),
            },
            ("hands", actions) => GainWord::Hands(actions),
            ("administers", actions) => GainWord::Administers(actions),
            ("opens", actions) => GainWord::Opens(opens(actions)),
            ("frees", actions) => GainWord::Frees(opens(actions)),
            _ => match other.split_once(" without ")? {
                ("anything", list) => GainWord::Anything(lifts(list)?),
                ("own", list) => GainWord::Own(lifts(list)?),
                _ => return None,
            },
        },
    })
}

fn opens(text: &'static str) -> Opens {
    let (actions, place) = match text.split_once(' ') {
        Some((actions, "within")) => (actions, Place::Within("/")),
        Some((actions, "beside")) => (actions, Place::Beside),
        Some((actions, place)) => (actions, Place::Within(place.trim_start_matches("within "))),
        None => (text, Place::Itself),
    };
    Opens { actions, place }
}

fn lifts(list: &str) -> Option<Lifts> {
    let mut lifts = Lifts::default();
    for word in list.split(',') {
        match word {
            "inline" => lifts.inline = true,
            "attached" => lifts.attached = Some(MadeBy::Anybody),
            "aws-attached" => lifts.attached = Some(MadeBy::Aws),
            "account-attached" => lifts.attached = Some(MadeBy::Account),
            "boundary" => lifts.boundary = true,
            "group" => lifts.group = Some(OfGroup::All),
            "group-attached" => lifts.group = Some(OfGroup::Attached),
            "group-inline" => lifts.group = Some(OfGroup::Inline),
            _ => return None,
        }
    }
    Some(lifts)
}
