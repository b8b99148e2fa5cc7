//! Logs that are no JSON: rows of CSV, and lines.

use leastwise_model::TextForm;

use super::{Form, OneFile};

impl OneFile<'_, '_> {
    /// Reads what is no JSON to its end, where a reader knows it by its first line; says whether one does.
    pub(super) fn texts(&mut self) -> bool {
        self.input.fill_line();
        let window = self.input.window();
        let head = window.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let head = String::from_utf8_lossy(head).into_owned();
        let readers = self.reading.readers.iter_mut().enumerate();
        let known = readers.filter_map(|(at, reader)| Some((at, reader.text_form(head.trim_end())?)));
        let Some((at, form)) = known.take(1).next() else {
            return false;
        };
        while self.input.peek().is_some() {
            let length = loop {
                match ends(self.input.window(), form) {
                    Some(length) => break Some(length),
                    None if self.input.more() => {}
                    None => break None,
                }
            };
            self.text(at, length, form);
        }
        true
    }

    /// Offers a record of so many bytes, or what is left, to a reader.
    fn text(&mut self, at: usize, length: Option<usize>, form: TextForm) {
        let window = self.input.window();
        let whole = length.is_some() || form == TextForm::Lines || quotes_are_closed(window);
        if !whole || self.input.is_full() {
            self.quarantined(if whole {
                "longer than a record may be"
            } else {
                "breaks off"
            });
            let _ = self.resume(Form::Line);
            return;
        }
        let length = length.unwrap_or(window.len());
        let record = String::from_utf8_lossy(window.get(..length).unwrap_or_default()).into_owned();
        let Some(reader) = self.reading.readers.get_mut(at) else {
            return;
        };
        let recorded = reader.text(record.trim_end(), self.each);
        self.count(recorded, at);
        self.input.advance(length);
    }
}

/// How long the first record is with its end; nothing where its end is not in sight.
fn ends(window: &[u8], form: TextForm) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in window.iter().enumerate() {
        match (byte, form) {
            (b'"', TextForm::Rows) => quoted = !quoted,
            (b'\n', TextForm::Rows) if !quoted => return Some(at + 1),
            // A line that begins with a tab goes on with the one before.
            (b'\n', TextForm::Lines) => match window.get(at + 1) {
                Some(b'\t') => {}
                Some(_) => return Some(at + 1),
                None => return None,
            },
            _ => {}
        }
    }
    None
}

fn quotes_are_closed(window: &[u8]) -> bool {
    window.iter().filter(|byte| **byte == b'"').count() % 2 == 0
}
