//! Takes exports piece by piece and keeps of each object what answers need.

use std::collections::BTreeMap;

use leastwise_document::{Item, Node};
use leastwise_model::{FileIndex, Location, Reader, Remark, Settings, Snapshot, Taken};

use crate::cluster;
use crate::compile;
use crate::defaults::Defaults;
use crate::extract::{Extracted, Odd, Place, Words, extract};
use crate::object::Objects;

/// Reads the objects of clusters.
#[derive(Debug)]
pub(crate) struct ClusterReader {
    settings: Settings,
    words: Words,
    files: BTreeMap<FileIndex, Objects>,
    remarks: Vec<Remark>,
}

impl ClusterReader {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            words: Words::default(),
            files: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    /// Keeps an object as if it had been read.
    #[cfg(test)]
    pub(crate) fn keep(&mut self, file: FileIndex, object: crate::object::Object) {
        self.files.entry(file).or_default().add(object);
    }

    /// Takes an object, or each element of a list of objects that was not streamed.
    fn object(&mut self, node: &Node, version: &str, kind: &str, place: &Place<'_>) {
        if let Some(of) = kind.strip_suffix("List")
            && let Some(items) = node.get("items")
        {
            for (index, item) in items.list().iter().enumerate() {
                let version = item.get("apiVersion").and_then(Node::scalar).unwrap_or(version);
                let kind = item.get("kind").and_then(Node::scalar).unwrap_or(of);
                let pointer = format!("{}/items/{index}", place.pointer);
                // A list within a list of lists would be deeper than the reader of documents goes.
                self.object(
                    item,
                    version,
                    kind,
                    &Place {
                        file: place.file,
                        pointer: &pointer,
                        listed: true,
                    },
                );
            }
            return;
        }
        let objects = self.files.entry(place.file).or_default();
        match extract(node, version, kind, place, &mut self.words) {
            Ok(Extracted::Kept(object, odd)) => {
                let name = format!("{kind} ");
                objects.add(*object);
                self.remarks
                    .extend(odd.into_iter().map(|odd| remark(odd, &name, place, false)));
            }
            Ok(Extracted::Quiet) => {}
            Ok(Extracted::Secret) => objects.secrets_seen = true,
            Err(odd) => {
                objects.broken = true;
                let name = node.find("/metadata/name").and_then(Node::scalar).unwrap_or("");
                let name = format!("{kind} {name}");
                self.remarks.push(remark(odd, &name, place, true));
            }
        }
    }
}

/// The server's release, out of the answer of `/version` or of `kubectl version -o json`.
fn release(node: &Node) -> Option<&str> {
    let server = node.get("serverVersion").unwrap_or(node);
    server.get("major")?;
    server.get("minor")?;
    server.get("gitVersion")?.text()
}

fn remark(odd: Odd, object: &str, place: &Place<'_>, loses: bool) -> Remark {
    let object = object.trim_end();
    Remark {
        location: Some(Location {
            file: place.file,
            line: odd.at.line,
            column: odd.at.column,
            pointer: place.pointer.into(),
        }),
        what: match loses {
            true => format!("{object} is left out: {}", odd.what).into(),
            false => format!("{object}: {}", odd.what).into(),
        },
        hint: "export the object again, or correct the manifest".into(),
        loses,
    }
}

impl Reader for ClusterReader {
    fn take(&mut self, file: FileIndex, _path: &str, item: Item) -> Taken {
        if let Some(version) = release(&item.node) {
            let place = Location {
                file,
                line: item.node.at.line,
                column: item.node.at.column,
                pointer: item.pointer.into(),
            };
            let objects = self.files.entry(file).or_default();
            objects.releases.push((version.into(), place));
            return Taken::Yes;
        }
        let own = |key: &str| item.node.get(key).and_then(Node::scalar);
        let around = item.collection.as_deref();
        let version = own("apiVersion").or_else(|| around.and_then(|around| around.api_version.as_deref()));
        // Elements of a typed list leave out what the list says.
        let listed = around
            .and_then(|around| around.kind.as_deref())
            .and_then(|kind| kind.strip_suffix("List"));
        let kind = own("kind").or(listed.filter(|of| !of.is_empty()));
        let of_items = item.from.as_deref().is_none_or(|from| from == "items");
        let (Some(version), Some(kind), true) = (version, kind, of_items && item.node.is_map()) else {
            // An element of a Kubernetes list that says nothing of itself is still an element of that list.
            if around.is_some_and(|around| around.api_version.is_some()) && listed.is_some() && of_items {
                self.files.entry(file).or_default().broken = true;
                let place = Place {
                    file,
                    pointer: &item.pointer,
                    listed: true,
                };
                let odd = Odd {
                    at: item.node.at,
                    what: "it has no `kind`".to_owned(),
                };
                self.remarks
                    .push(remark(odd, "an element of a list", &place, true));
                return Taken::Yes;
            }
            return Taken::No(Box::new(item));
        };
        let place = Place {
            file,
            pointer: &item.pointer,
            listed: item.from.is_some(),
        };
        self.object(&item.node, version, kind, &place);
        Taken::Yes
    }

    fn compile(mut self: Box<Self>, snapshot: &mut Snapshot) {
        snapshot.remarks.append(&mut self.remarks);
        let mut clusters = cluster::partition(&self.files, &self.settings, snapshot);
        let defaults = self
            .settings
            .defaults
            .as_deref()
            .filter(|_| !clusters.is_empty())
            .and_then(|release| Defaults::of(release, &mut self.words, snapshot));
        let lacking: Vec<Option<Objects>> = match &defaults {
            Some(defaults) => clusters.iter().map(|cluster| defaults.lacking(cluster)).collect(),
            None => Vec::new(),
        };
        for (cluster, lacking) in clusters.iter_mut().zip(&lacking) {
            if let (Some(defaults), Some(lacking)) = (&defaults, lacking) {
                snapshot.remarks.extend(defaults.of_another_release(cluster));
                cluster.assume(defaults.release(), lacking);
            }
        }
        compile::compile(&clusters, snapshot);
    }
}
