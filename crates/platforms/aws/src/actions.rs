//! The catalogue in the words of the model.

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
use leastwise_permset::{Case, Context, Element, Pattern, Strings};

use crate::catalogue::{ActionId, Catalogue};

/// An ARN template with placeholders, as a pattern: a placeholder stands for text within one field, or for the rest.
fn shape(template: &str) -> Pattern {
    fill(template, |_, within_field| {
        vec![if within_field {
            Element::ManyExcept(':')
        } else {
            Element::Many
        }]
    })
}

/// The same with names that documentation would print, in an account that is given or not.
fn example(template: &str, account: Option<&str>) -> Pattern {
    fill(template, |placeholder, _| match (placeholder, account) {
        ("Partition", _) => vec![Element::Text("aws".into())],
        ("Region", _) => vec![Element::Text("us-east-1".into())],
        ("Account", Some(account)) => vec![Element::Text(account.into())],
        ("Account", None) => vec![Element::OneExcept(':'), Element::ManyExcept(':')],
        _ => vec![Element::Text("example".into())],
    })
}

/// An ARN template with what `stands` for each placeholder, which is told whether it is within a field that a colon ends.
fn fill(template: &str, stands: impl Fn(&str, bool) -> Vec<Element>) -> Pattern {
    let mut elements = Vec::new();
    let mut rest = template;
    let mut colons = 0;
    while let Some((head, tail)) = rest.split_once("${") {
        colons += head.matches(':').count();
        elements.push(Element::Text(head.into()));
        let (placeholder, after) = tail.split_once('}').unwrap_or((tail, ""));
        elements.extend(stands(placeholder, colons < 5));
        rest = after;
    }
    elements.push(Element::Text(rest.into()));
    // Some templates have wildcards of their own.
    let elements = elements.into_iter().flat_map(|element| match element {
        Element::Text(text) if text.contains('*') => Pattern::glob(&text, Case::Exact).elements().to_vec(),
        other => vec![other],
    });
    Pattern::new(elements, Case::Exact)
}

impl ActionCatalogue for Catalogue {
    fn version(&self) -> &str {
        Catalogue::version(self)
    }

    fn len(&self) -> usize {
        Catalogue::len(self)
    }

    fn name(&self, action: usize) -> &str {
        ActionId::from_index(action).map_or("", |id| Catalogue::name(self, id))
    }

    fn find(&self, name: &str) -> Option<usize> {
        Catalogue::find(self, name).map(ActionId::index)
    }

    fn class(&self, name: &str) -> ActionClass {
        match Catalogue::find(self, name) {
            Some(id) => Catalogue::class(self, id),
            None => by_name(name),
        }
    }

    fn classes(&self, name: &str) -> ActionClasses {
        let further = Catalogue::find(self, name)
            .map(|id| self.further_classes(id))
            .unwrap_or_default();
        [ActionCatalogue::class(self, name)]
            .into_iter()
            .chain(further.iter().copied())
            .collect()
    }

    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        let context = Context::new();
        if actions.is_complement() {
            for id in self.actions() {
                if actions.contains(Catalogue::name(self, id), &context) {
                    bits.insert(id.index());
                }
            }
            return bits;
        }
        for pattern in actions.patterns() {
            // The catalogue finds what shares a prefix; the pattern has the last word, also on case.
            let prefix = format!("{}*", pattern.prefix());
            for id in self.matching(&prefix).iter() {
                if pattern.matches(Catalogue::name(self, id), &context) {
                    bits.insert(id.index());
                }
            }
        }
        bits
    }

    fn resource_shapes(&self, name: &str) -> Vec<Pattern> {
        let Some(id) = Catalogue::find(self, name) else {
            return Vec::new();
        };
        let shapes = Catalogue::resource_shapes(self, id);
        if shapes.is_empty() {
            // Such an action is asked for on `*`, which only `*` in a policy matches.
            return vec![Pattern::literal("*")];
        }
        shapes.into_iter().map(|one| shape(one.arn_template)).collect()
    }

    fn natural_shapes(&self, name: &str) -> Vec<Pattern> {
        let mut templates: Vec<&str> = Catalogue::find(self, name)
            .map(|id| Catalogue::resource_shapes(self, id))
            .unwrap_or_default()
            .into_iter()
            .map(|one| one.arn_template)
            .collect();
        // Plain resources before points of access to them.
        templates.sort_by_key(|template| template.len());
        // The account that AWS's documentation uses; where that is not covered, whichever is.
        [Some("123456789012"), None]
            .into_iter()
            .flat_map(|account| templates.iter().map(move |template| example(template, account)))
            .chain(ActionCatalogue::resource_shapes(self, name))
            .collect()
    }
}

/// The class of an action that no catalogue knows, by its verb.
fn by_name(name: &str) -> ActionClass {
    let action = name
        .split_once(':')
        .map_or(name, |(_, action)| action)
        .to_ascii_lowercase();
    let starts = |heads: &[&str]| heads.iter().any(|head| action.starts_with(head));
    let verb = if starts(&["list", "search"]) {
        Verb::List
    } else if starts(&["get", "describe", "batchget", "lookup", "view", "read"]) {
        Verb::Read
    } else if starts(&["delete", "terminate", "purge", "remove"]) {
        Verb::Delete
    } else {
        Verb::Write
    };
    ActionClass::new(verb, Target::System)
}
