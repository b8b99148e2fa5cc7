//! Component: the fuzz targets, run on stable over random bytes from a saved seed.

use leastwise_permset::fuzz::TARGETS;
use leastwise_permset::naive;

/// How many inputs a target gets; `LAWS_FACTOR` multiplies it.
pub fn inputs(target: &str) -> u64 {
    match target {
        "fuzz_patterns" | "fuzz_values" | "fuzz_guards" => 4096,
        _ => 512,
    }
}

/// The seed of the inputs; `LAWS_SEED` replaces it.
const SEED: u64 = 0x5EED_0001;

/// A small generator of random numbers whose sequence will never change (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.next() % 97;
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Texts near numbers, moments and addresses, which random bytes hardly ever are.
fn nearly_values(random: &mut Random) -> Vec<u8> {
    let texts = [
        "-12.50",
        "170141183460469231731687303",
        "1970-01-01",
        "2024-02-29T23:59:59.123456789+05:30",
        "1700000000.25",
        "10.0.0.0/8",
        "2001:db8::/32",
        "::ffff:10.0.0.1",
        "9999-12-31T23:59:60Z",
        "-9223372036854.775808",
    ];
    let at = usize::try_from(random.next()).unwrap_or(0) % texts.len();
    let mut bytes = texts[at].as_bytes().to_vec();
    for _ in 0..random.next() % 3 {
        let place = usize::try_from(random.next()).unwrap_or(0) % bytes.len();
        bytes[place] = b"0123456789.-+:/TZ\n"[usize::try_from(random.next()).unwrap_or(0) % 18];
    }
    bytes
}

/// every fuzz target holds on random bytes, on the empty input, and on values with a few changed characters
#[test]
fn fuzz_targets_hold_on_random_bytes() {
    let number = |name: &str, default| {
        std::env::var(name)
            .ok()
            .and_then(|t| t.parse().ok())
            .unwrap_or(default)
    };
    for (name, target) in TARGETS {
        let inputs = inputs(name) * number("LAWS_FACTOR", 1);
        let start = std::time::Instant::now();
        let mut random = Random(number("LAWS_SEED", SEED));
        target(&[]);
        for _ in 0..inputs {
            target(&random.bytes());
            if *name == "fuzz_values" {
                target(&nearly_values(&mut random));
            }
        }
        println!("{name}: {inputs} inputs in {:?}", start.elapsed());
    }
}

/// every fuzz target has a wrapper of its name in `fuzz/`, and every wrapper a target
#[test]
fn fuzz_targets_have_wrappers() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
        println!("skipped: the folder `fuzz` is not part of this copy of the sources");
        return;
    };
    for (name, _) in TARGETS {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in fuzz/Cargo.toml"
        );
        let wrapper = std::fs::read_to_string(folder.join(format!("targets/{name}.rs"))).unwrap_or_default();
        assert!(
            wrapper.contains(&format!("fuzz::{name}(")),
            "fuzz/targets/{name}.rs does not call {name}"
        );
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

/// the naive twin: as many requests as the product of its lists, and all ways to answer
#[test]
fn universe_is_a_product() {
    let universe = leastwise_permset::fuzz::small_universe();
    assert_eq!(universe.filter(|_| true).len(), universe.size());
    assert_eq!(universe.answers().len(), 1 << universe.atoms.len());
    assert_eq!(naive::strings_up_to(&['a', 'b'], 3).len(), 15);
    assert_eq!(naive::value_sets(&["a"], &[("a", "b")]).len(), 4);
}
