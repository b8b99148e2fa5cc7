//! Compressed exports, read as they lie: unpacked as a stream of which one record is in memory at a time.
//!
//! A record is an element of a list that services deliver by the hundred thousand, or a whole document of at most 16 MiB.
//! Files that break off give what stands before, as the logs do that are read likewise.

use std::io::Read;
use std::sync::mpsc::{SyncSender, sync_channel};

use leastwise_document::Limits;
use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{Event, File, LogFormat, LogReader, Recorded, Remark};
use leastwise_usage::{Ended, FileReading, Quarantine, Reading};

use super::{Loading, offer, opened};
use crate::files::Found;

/// What a compressed stream begins with.
const MAGIC: [u8; 2] = [0x1F, 0x8B];
/// Keys of the lists whose elements are records.
const LISTS: [&str; 1] = ["configurationItems"];
/// How many records may wait.
const WAITING: usize = 4;

/// Why a part of a file is not there, and what to do.
struct Lost {
    what: String,
    hint: &'static str,
}

/// What a file holds.
pub(super) enum Content {
    /// All of it.
    Plain(Vec<u8>),
    /// What is compressed, from its beginning.
    Packed(Box<dyn Read + Send>),
}

/// The content of a file, unless it is compressed.
pub(super) fn content(file: &Found) -> std::io::Result<Content> {
    let mut stream = opened(file)?;
    let mut bytes = Vec::new();
    stream.by_ref().take(2).read_to_end(&mut bytes)?;
    if bytes.starts_with(&MAGIC) {
        return Ok(Content::Packed(Box::new(
            std::io::Cursor::new(bytes).chain(stream),
        )));
    }
    stream.read_to_end(&mut bytes)?;
    Ok(Content::Plain(bytes))
}

impl Loading {
    /// A compressed file. Where in it something stands is told by record alone.
    pub(super) fn packed(&mut self, shown: &str, unit: &str, stream: &mut (dyn Read + Send)) {
        let index = self.snapshot.add_file(File {
            path: shown.into(),
            unit: unit.into(),
        });
        let (mut number, mut taken) = (0_u32, 0_usize);
        let mut faults = Vec::new();
        let mut first = 0;
        let readers = &mut self.readers;
        let lost = read(shown, stream, &mut |record| {
            faults.extend(leastwise_document::read(
                record,
                &Limits::default(),
                &mut |mut item| {
                    item.document = number;
                    item.pointer = format!("/{number}{}", item.pointer);
                    taken += usize::from(offer(readers, &mut first, index, shown, item).is_none());
                },
            ));
            number = number.saturating_add(1);
        });
        if taken == 0 {
            self.unrecognized.push(shown.to_owned());
            if number > 0 {
                return;
            }
        } else {
            self.files_read += 1;
        }
        for fault in faults {
            self.fault(index, &fault);
        }
        let lost = lost.into_iter().map(|lost| Remark {
            location: None,
            what: format!("{shown}: {}", lost.what).into(),
            hint: lost.hint.into(),
            loses: true,
        });
        self.snapshot.remarks.extend(lost);
    }
}

/// Hands records over to whoever asked for the file.
struct Handing(SyncSender<Vec<u8>>);

impl LogReader for Handing {
    fn read(&mut self, record: &mut Skim<'_>, _each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let bytes = record.raw()?;
        // Where nobody listens any more, the answer is not wanted.
        let _ = self.0.send(bytes.to_vec());
        Ok(Recorded::Events)
    }
}

/// Reads a compressed file record by record; returns what of it is lost.
fn read(name: &str, stream: &mut (dyn Read + Send), each: &mut dyn FnMut(&[u8])) -> Vec<Lost> {
    let (sender, receiver) = sync_channel(WAITING);
    let mut quarantine = Quarantine::default();
    let result = std::thread::scope(|scope| {
        let odd = &mut quarantine;
        let reading = scope.spawn(move || {
            let format = LogFormat {
                reader: Box::new(Handing(sender)),
                lists: &LISTS,
            };
            Reading::new(vec![format]).file(name, stream, odd, &mut |_| {})
        });
        for record in receiver {
            each(&record);
        }
        reading.join().ok()
    });
    lost(result, &quarantine)
}

fn lost(result: Option<FileReading>, quarantine: &Quarantine) -> Vec<Lost> {
    let mut all = Vec::new();
    match result.map(|file| file.ended) {
        Some(Ended::Whole) => {}
        Some(Ended::Broken(why)) => all.push(Lost {
            what: format!("{why}: what stands behind is not known"),
            hint: "have it delivered or copied again",
        }),
        None => all.push(Lost {
            what: "the compressed file could not be read".to_owned(),
            hint: "unpack it, and give what is in it",
        }),
    }
    let broken = !all.is_empty();
    for (why, skipped) in quarantine.iter() {
        // The last record of a file that breaks off breaks off with it.
        if broken && why == "breaks off" {
            continue;
        }
        let first = skipped.places.first().map_or(0, |place| place.record);
        all.push(Lost {
            what: format!(
                "{} of its records could not be read ({why}), first record {first}",
                skipped.count
            ),
            hint: "unpack it, and give what is in it",
        });
    }
    all
}
