//! Stages, such as production or development, and what names say of them.

use crate::{Snapshot, Text};

/// The words of a name or of prose, in lower case: split where letters and digits end, and where a capital letter
/// begins a new word.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in text.chars() {
        let ends = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether the name of a stage means that what runs there matters.
#[must_use]
pub fn is_production(stage: &str) -> bool {
    words(stage)
        .iter()
        .any(|word| matches!(word.as_str(), "prod" | "production" | "prd" | "live"))
        && !is_rehearsal(stage)
}

/// Whether the name of a stage means that what runs there is only tried.
#[must_use]
pub fn is_rehearsal(stage: &str) -> bool {
    const STAGES: [&str; 17] = [
        "dev",
        "development",
        "test",
        "testing",
        "stage",
        "staging",
        "qa",
        "uat",
        "sandbox",
        "nonprod",
        "non",
        "preprod",
        "preview",
        "int",
        "integration",
        "lab",
        "demo",
    ];
    words(stage).iter().any(|word| STAGES.contains(&word.as_str()))
}

/// The stage that a name tells, as it says it: a word that stands for one, where no other does. Words that mean other things
/// as often (`test`, `live`) tell nothing.
#[must_use]
pub fn in_name(name: &str) -> Option<String> {
    const TELLING: [&str; 12] = [
        "prod",
        "production",
        "prd",
        "dev",
        "development",
        "staging",
        "stage",
        "qa",
        "uat",
        "preprod",
        "nonprod",
        "sandbox",
    ];
    let mut told = words(name)
        .into_iter()
        .filter(|word| TELLING.contains(&word.as_str()));
    let first = told.next()?;
    told.all(|other| other == first).then_some(first)
}

/// Tells the stages of identities, accounts and clusters of which nothing else tells them, by their names: that of an
/// identity before that of what it belongs to. Linear in identities.
pub fn tell_by_names(snapshot: &mut Snapshot) {
    for instance in &mut snapshot.instances {
        if instance.environment.is_none() {
            let told = in_name(&instance.name).or_else(|| in_name(&instance.title));
            instance.environment = told.map(Text::from);
        }
    }
    for identity in &mut snapshot.identities {
        if identity.environment.is_none() {
            let named = in_name(&identity.name).or_else(|| in_name(identity.names.first()?));
            let home = snapshot.instances.get(identity.instance.0 as usize);
            let home = home.and_then(|instance| instance.environment.clone());
            identity.environment = named.map(Text::from).or(home);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_name;

    #[test]
    fn a_name_tells_one_stage_or_none() {
        for (name, stage) in [
            ("halcyon-prod", Some("prod")),
            ("payments-staging", Some("staging")),
            ("system:serviceaccount:shop-dev:api", Some("dev")),
            ("ProdDeployer", Some("prod")),
            ("prod-to-dev-copy", None),
            ("integration-tests", None),
            ("reproduction", None),
            ("api", None),
        ] {
            assert_eq!(in_name(name).as_deref(), stage, "{name}");
        }
    }
}
