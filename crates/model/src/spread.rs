//! Work of many equal pieces, done on all cores.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Bytes of stack for threads that decide sets: what recurses over them needs more than what threads are given.
pub const STACK: usize = 8 << 20;

/// What each of `count` pieces of work gives, in their order. Each thread makes a state of its own and does one piece after
/// the other with it; which thread does which piece differs from run to run.
///
/// # Panics
/// Where `work` does.
pub fn spread<S, R: Send>(
    count: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = state();
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= count {
                return done;
            }
            done.push((piece, work(&mut state, piece)));
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done = thread::scope(|scope| {
        let beside = || thread::Builder::new().stack_size(STACK);
        // Where there is no thread to be had, this one does it all.
        let others: Vec<_> = (1..cores.min(count))
            .map_while(|_| beside().spawn_scoped(scope, run).ok())
            .collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, given)| given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once_and_told_in_order() {
        for count in [0, 1, 2, 1_000] {
            let squares = spread(
                count,
                || 0_usize,
                |before, piece| {
                    *before += 1;
                    (piece * piece, *before)
                },
            );
            let slow: Vec<usize> = (0..count).map(|piece| piece * piece).collect();
            let found: Vec<usize> = squares.iter().map(|(square, _)| *square).collect();
            assert_eq!(found, slow);
            assert!(squares.iter().all(|(_, before)| (1..=count).contains(before)));
        }
    }
}
