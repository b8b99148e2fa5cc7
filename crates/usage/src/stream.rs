//! Files as streams of records: what is compressed is unpacked, lists and lines are told apart, each record is offered to the
//! platforms. One record is in memory at a time.
//!
//! Three forms of JSON are known, told by content: a map with a list of records under a key that a platform names (or a bare
//! list), JSON Lines, and JSON values one after another; and rows or lines that a platform knows by the first of them. Behind a record that is malformed, reading goes on with the next element or
//! line; a file that breaks off gives what stands before.

mod input;
mod lists;
mod texts;
mod whole;

use std::collections::BTreeMap;
use std::io::Read;

use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{Event, LogFormat, LogReader, Recorded};

use crate::quarantine::{Place, Quarantine};
use input::{Input, Memory, holds_line_end};
use lists::{member, walk};

/// How a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Where it should.
    Whole,
    /// Too early, or in something that cannot be read; the words for it.
    Broken(String),
}

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReading {
    /// Records of a platform, odd ones included.
    pub records: u64,
    /// JSON values that no platform took.
    pub foreign: u64,
    /// Records that rightly tell no use, by reason.
    pub without_use: BTreeMap<&'static str, u64>,
    /// How many bytes were read, unpacked.
    pub bytes: u64,
    /// How it ended.
    pub ended: Ended,
}

/// Reads files one after another.
pub struct Reading {
    readers: Vec<Box<dyn LogReader>>,
    lists: Vec<&'static str>,
    /// Whose the last record was: mostly the next one's as well.
    first: usize,
    memory: Memory,
}

/// What is to be done behind a record that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An element of a list.
    Element,
    /// A line.
    Line,
    /// A value with others behind it.
    Value,
}

/// What became of a record.
enum Offered {
    Taken(usize, Recorded),
    /// It does not end within what is there.
    Short,
    Malformed(&'static str),
}

impl Reading {
    /// With the formats of all platforms.
    #[must_use]
    pub fn new(formats: Vec<LogFormat>) -> Self {
        let lists = formats.iter().flat_map(|format| format.lists).copied().collect();
        Self {
            readers: formats.into_iter().map(|format| format.reader).collect(),
            lists,
            first: 0,
            memory: Memory::default(),
        }
    }

    /// Reads a file to its end and hands over its events. What cannot be used goes into the quarantine.
    pub fn file(
        &mut self,
        name: &str,
        stream: &mut dyn Read,
        quarantine: &mut Quarantine,
        each: &mut dyn FnMut(&Event<'_>),
    ) -> FileReading {
        for reader in &mut self.readers {
            reader.file(name);
        }
        let memory = std::mem::take(&mut self.memory);
        let mut file = OneFile {
            reading: self,
            name,
            input: Input::new(stream, memory),
            quarantine,
            each,
            form: Form::Value,
            number: 0,
            result: FileReading {
                records: 0,
                foreign: 0,
                without_use: BTreeMap::new(),
                bytes: 0,
                ended: Ended::Whole,
            },
        };
        file.input.skip_mark();
        file.values();
        file.close()
    }
}

struct OneFile<'a, 'r> {
    reading: &'a mut Reading,
    name: &'a str,
    input: Input<'r>,
    quarantine: &'a mut Quarantine,
    each: &'a mut dyn FnMut(&Event<'_>),
    form: Form,
    /// How many values lie behind.
    number: u64,
    result: FileReading,
}

/// Reading cannot go on.
struct Over;

impl OneFile<'_, '_> {
    fn close(mut self) -> FileReading {
        self.result.bytes = self.input.position();
        if let (Some(fault), Ended::Whole) = (self.input.fault(), &self.result.ended) {
            self.result.ended = Ended::Broken(fault.to_owned());
        }
        self.reading.memory = self.input.into_memory();
        self.result
    }

    fn broken(&mut self, why: &str) -> Over {
        // What the stream itself has to say tells more.
        let why = self.input.fault().unwrap_or(why).to_owned();
        self.result.ended = Ended::Broken(why);
        Over
    }

    fn quarantined(&mut self, why: &str) {
        self.quarantined_many(why, 1);
    }

    fn quarantined_many(&mut self, why: &str, many: u64) {
        let place = Place {
            file: self.name.to_owned(),
            record: self.number + 1,
            byte: self.input.position(),
        };
        self.quarantine.add_many(why, place, many);
    }

    /// Values one after another.
    fn values(&mut self) {
        while let Some(byte) = self.input.peek() {
            let went = match byte {
                b'[' => {
                    self.input.advance(1);
                    self.elements()
                }
                b'{' if self.form == Form::Line => self.record(Form::Line),
                b'{' => self.map(),
                // An array's remains, or no JSON at all.
                _ => {
                    if self.number == 0 {
                        if !self.texts() {
                            self.result.foreign += 1;
                        }
                        return;
                    }
                    self.quarantined("neither a map nor a list");
                    self.resume(Form::Line)
                }
            };
            if went.is_err() {
                return;
            }
        }
    }

    /// A map that is a record, or that holds lists of them.
    fn map(&mut self) -> Result<(), Over> {
        let Some(length) = self.until_list()? else {
            return self.record(self.form);
        };
        self.input.advance(length);
        self.elements()?;
        // What stands behind the list.
        loop {
            match self.input.peek() {
                Some(b'}') => {
                    self.input.advance(1);
                    return Ok(());
                }
                Some(b',') => self.input.advance(1),
                Some(_) => {
                    self.quarantined("malformed behind the list of records");
                    return Err(self.broken("what stands behind the list of records cannot be read"));
                }
                None => return Err(self.broken("the file ends behind the list of records, within a map")),
            }
            if let Some(length) = self.member()? {
                self.input.advance(length);
                self.elements()?;
            }
        }
    }

    /// How many bytes there are up to the inside of the first list of records in the map that stands here; nothing where it
    /// holds none and is a record itself.
    fn until_list(&mut self) -> Result<Option<usize>, Over> {
        loop {
            let window = self.input.window();
            let mut skim = Skim::new(window);
            match walk(&mut skim, &self.reading.lists) {
                Ok(true) => return Ok(Some(skim.position())),
                Ok(false) => {
                    let length = skim.position();
                    let (value, rest) = window.split_at(length.min(window.len()));
                    let behind = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
                    let line = !holds_line_end(value) && matches!(behind, Some(b'\n') | None);
                    self.form = if line { Form::Line } else { Form::Value };
                    return Ok(None);
                }
                Err(Stop::Malformed { .. }) => {
                    self.form = Form::Line;
                    return Ok(None);
                }
                Err(Stop::End) if self.input.more() => {}
                Err(Stop::End) => {
                    // A line that breaks off is no reason to give up the next ones.
                    self.form = Form::Line;
                    return Ok(None);
                }
            }
        }
    }

    /// Passes a member of a map; where it is a list of records, says how many bytes there are up to its inside.
    fn member(&mut self) -> Result<Option<usize>, Over> {
        loop {
            let mut skim = Skim::new(self.input.window());
            match member(&mut skim, &self.reading.lists) {
                Ok(true) => return Ok(Some(skim.position())),
                Ok(false) => {
                    let length = skim.position();
                    self.input.advance(length);
                    return Ok(None);
                }
                Err(Stop::End) if self.input.more() => {}
                Err(stop) => {
                    self.quarantined("malformed behind the list of records");
                    return Err(self.broken(&stop.to_string()));
                }
            }
        }
    }

    /// Elements up to the end of the list.
    fn elements(&mut self) -> Result<(), Over> {
        loop {
            match self.input.peek() {
                Some(b']') => {
                    self.input.advance(1);
                    return Ok(());
                }
                Some(b',') => self.input.advance(1),
                Some(b'}' | b':') => {
                    self.quarantined("malformed");
                    return Err(self.broken("the list of records cannot be read further"));
                }
                Some(_) => self.record(Form::Element)?,
                None => return Err(self.broken("the file ends within its list of records")),
            }
        }
    }

    fn record(&mut self, form: Form) -> Result<(), Over> {
        loop {
            match self.offer() {
                Offered::Taken(length, recorded) => {
                    let value = self.input.window().get(..length).unwrap_or_default();
                    if form == Form::Line && holds_line_end(value) {
                        // Two lines of which the first does not end would look like one record.
                        self.quarantined("a line breaks off");
                        return self.resume(form);
                    }
                    self.count(recorded, self.reading.first);
                    self.input.advance(length);
                    return Ok(());
                }
                Offered::Short if self.input.more() => {}
                Offered::Short => {
                    let why = if self.input.is_full() {
                        "longer than a record may be"
                    } else {
                        "breaks off"
                    };
                    self.quarantined(why);
                    return self.resume(form);
                }
                Offered::Malformed(expected) => {
                    let why = format!("malformed: expected {expected}");
                    self.quarantined(&why);
                    return self.resume(form);
                }
            }
        }
    }

    /// Takes note of what the record that stands here was to the reader of this number.
    fn count(&mut self, recorded: Recorded, reader: usize) {
        let many = self
            .reading
            .readers
            .get(reader)
            .map_or(1, |reader| reader.stands_for());
        match recorded {
            Recorded::Events => self.result.records += many,
            Recorded::NoUse(why) => {
                self.result.records += many;
                *self.result.without_use.entry(why).or_default() += many;
            }
            Recorded::Odd(why) => {
                self.result.records += many;
                self.quarantined_many(why, many);
            }
            Recorded::Foreign => self.result.foreign += 1,
        }
        self.number += 1;
    }

    /// Offers the value that stands here to every platform, the one that took the last first.
    fn offer(&mut self) -> Offered {
        let window = self.input.window();
        let count = self.reading.readers.len();
        for turn in 0..count {
            let at = (self.reading.first + turn) % count;
            let Some(reader) = self.reading.readers.get_mut(at) else {
                continue;
            };
            let mut skim = Skim::new(window);
            match reader.read(&mut skim, self.each) {
                Ok(Recorded::Foreign) => {}
                Ok(recorded) => {
                    self.reading.first = at;
                    return Offered::Taken(skim.position(), recorded);
                }
                Err(Stop::End) => return Offered::Short,
                Err(Stop::Malformed { expected, .. }) => return Offered::Malformed(expected),
            }
        }
        let mut skim = Skim::new(window);
        match skim.skip() {
            Ok(()) => Offered::Taken(skim.position(), Recorded::Foreign),
            Err(Stop::End) => Offered::Short,
            Err(Stop::Malformed { expected, .. }) => Offered::Malformed(expected),
        }
    }

    /// Goes to where the next record begins.
    fn resume(&mut self, form: Form) -> Result<(), Over> {
        self.number += 1;
        match form {
            Form::Line => {
                self.input.skip_line();
                Ok(())
            }
            Form::Element | Form::Value => {
                let mut skim = Skim::new(self.input.window());
                if skim.skip().is_ok() && skim.position() > 0 {
                    let length = skim.position();
                    self.input.advance(length);
                    return Ok(());
                }
                Err(self.broken("it cannot be told where the next record begins"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
