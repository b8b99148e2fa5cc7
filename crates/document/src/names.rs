//! Keys are few and repeat in every element: they are kept once and shared.

use std::sync::Arc;

const SLOTS: usize = 256;
/// Longer keys are values in disguise (label names, ARNs) and rarely repeat.
const LENGTH_MAX: usize = 48;

/// The keys seen last, one per slot: bounded, and never slower than keeping each key for itself.
#[derive(Default)]
pub(crate) struct Names {
    slots: Vec<Option<Arc<str>>>,
}

impl Names {
    /// The shared text for these bytes; none if they are not UTF-8.
    pub(crate) fn share(&mut self, bytes: &[u8]) -> Option<Arc<str>> {
        if bytes.len() > LENGTH_MAX {
            return std::str::from_utf8(bytes).ok().map(Arc::from);
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let slot = self.slots.get_mut(slot_of(bytes))?;
        match slot {
            Some(name) if name.as_bytes() == bytes => Some(Arc::clone(name)),
            _ => {
                let name: Arc<str> = std::str::from_utf8(bytes).ok()?.into();
                *slot = Some(Arc::clone(&name));
                Some(name)
            }
        }
    }
}

/// First and last bytes and the length tell the keys of one format apart nearly always.
fn slot_of(bytes: &[u8]) -> usize {
    let mut word = [0_u8; 8];
    let head = bytes.get(..4).unwrap_or(bytes);
    let tail = bytes.get(bytes.len().saturating_sub(4)..).unwrap_or_default();
    for (to, from) in word.iter_mut().zip(head.iter().chain(tail)) {
        *to = *from;
    }
    let mixed = (u64::from_le_bytes(word) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as usize % SLOTS
}
