//! How long policies may be: rows of `data/policy-sizes.tsv`.

/// What a policy is of, as far as its length goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sized {
    /// One version of a managed policy.
    Managed,
    /// All inline policies of the user, role or group with this ARN.
    Inline,
    /// A trust policy.
    Trust,
}

/// Why AWS does not take policies of so many characters; `None` where it does. `arn` is whose they are.
#[must_use]
pub fn too_long(of: Sized, arn: &str, characters: usize) -> Option<String> {
    let kind = match of {
        Sized::Managed => "managed",
        Sized::Trust => "trust",
        Sized::Inline => arn.split(':').nth(5)?.split('/').next()?,
    };
    let most = most(kind)?;
    (characters > most)
        .then(|| format!("it has {characters} characters without white space, of which AWS takes {most}"))
}

fn most(kind: &str) -> Option<usize> {
    let text = include_str!("../../data/policy-sizes.tsv");
    let row = text.lines().find(|line| line.split('\t').next() == Some(kind))?;
    row.split('\t').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_length() {
        let told = |of, arn: &str, characters| too_long(of, arn, characters).is_some();
        for (of, arn, most) in [
            (Sized::Managed, "arn:aws:iam::111122223333:policy/p", 6144),
            (Sized::Inline, "arn:aws:iam::111122223333:user/path/u", 2048),
            (Sized::Inline, "arn:aws:iam::111122223333:role/r", 10_240),
            (Sized::Inline, "arn:aws:iam::111122223333:group/g", 5120),
            (Sized::Trust, "arn:aws:iam::111122223333:role/r", 8192),
        ] {
            assert!(told(of, arn, most + 1) && !told(of, arn, most), "{arn}");
        }
        assert!(!told(Sized::Inline, "arn:aws:s3:::b", 100_000));
    }
}
