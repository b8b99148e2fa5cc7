//! Reading over a value that is too deep to keep, without recursion, by the same grammar.

use super::{Reader, Stop};
use crate::fault::FaultKind;

/// Open brackets at which even reading over ends: nobody writes that by accident.
const OPEN_MAX: usize = 1_000_000;

impl Reader<'_, '_> {
    /// Steps over the map or list at the cursor. Texts and numbers in it are checked as everywhere.
    pub(super) fn skip_value(&mut self) -> Result<(), Stop> {
        let path_length = self.path.len();
        let mut open: Vec<u8> = Vec::new();
        loop {
            // At a value.
            let entered = match self.cursor.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if open.len() >= OPEN_MAX {
                        return Err(self.stop(FaultKind::TooDeep(self.limits.depth())));
                    }
                    let close = if bracket == b'{' { b'}' } else { b']' };
                    let more = self.open(close);
                    if more {
                        open.push(close);
                    }
                    more
                }
                _ => {
                    self.value(0)?;
                    false
                }
            };
            // Behind a value, or before the first one of what was entered.
            let mut first = entered;
            loop {
                let Some(close) = open.last().copied() else {
                    return Ok(());
                };
                let more =
                    first || self.another(close, if close == b'}' { "`,` or `}`" } else { "`,` or `]`" })?;
                first = false;
                if more {
                    if close == b'}' {
                        self.key()?;
                        self.path.truncate(path_length);
                    }
                    break;
                }
                open.pop();
            }
        }
    }
}
