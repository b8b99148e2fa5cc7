//! Types of the algebra that the file writes as something simpler; each module serves as `#[serde(with = …)]`.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_permset::{Atom, Key, Label, PermissionSet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! as_simpler {
    ($module:ident, $type:ty, $simpler:ty, $to:expr, $from:expr) => {
        pub(crate) mod $module {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                let to_simpler: fn(&$type) -> $simpler = $to;
                to_simpler(value).serialize(to)
            }

            pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<$type, D::Error> {
                let from_simpler: fn($simpler) -> $type = $from;
                <$simpler>::deserialize(from).map(from_simpler)
            }
        }
    };
}

as_simpler!(label, Label, u32, |label| label.0, Label);
as_simpler!(
    label_option,
    Option<Label>,
    Option<u32>,
    |label| label.map(|label| label.0),
    |label| label.map(Label)
);
as_simpler!(atom, Atom, Box<str>, |atom| atom.as_str().into(), |name| {
    Atom::new(&name)
});
as_simpler!(
    presence,
    Option<PermissionSet>,
    bool,
    Option::is_some,
    |present| present.then(PermissionSet::empty)
);
as_simpler!(
    context,
    leastwise_permset::Context,
    BTreeMap<Box<str>, Vec<Box<str>>>,
    |context| context
        .iter()
        .map(|(key, values)| (key.as_str().into(), values.to_vec()))
        .collect(),
    |keys| {
        let mut context = leastwise_permset::Context::new();
        for (key, values) in keys {
            context.set(Key::new(&key), values.into_iter().collect());
        }
        context
    }
);
as_simpler!(
    keys,
    BTreeSet<Key>,
    Vec<Box<str>>,
    |keys| keys.iter().map(|key| key.as_str().into()).collect(),
    |names| names.iter().map(|name| Key::new(name)).collect()
);
as_simpler!(
    gaps,
    BTreeMap<Atom, crate::Gap>,
    Vec<crate::Gap>,
    |gaps| gaps.values().cloned().collect(),
    |gaps| gaps.into_iter().map(|gap| (gap.atom.clone(), gap)).collect()
);
