//! What one file may ask of the reader.

/// What one file may ask of the reader; file size is not limited. Beyond a limit stands a fault, never silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many maps and lists may stand inside one another; more than 512 counts as 512, so that walking a
    /// tree by recursion is always safe.
    pub depth_max: u32,
    /// Bytes of one text, key or number.
    pub text_max: usize,
    /// How many nodes the aliases of one YAML document may add; each full KiB of text counts as a node.
    pub alias_nodes_max: usize,
    /// How many faults are listed; further ones are counted.
    pub faults_max: usize,
    /// Keys of a top-level map whose lists are delivered element by element.
    pub stream_keys: &'static [&'static str],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth_max: 128,
            text_max: 16 << 20,
            alias_nodes_max: 100_000,
            faults_max: 1_000,
            stream_keys: &[
                "items",
                "UserDetailList",
                "GroupDetailList",
                "RoleDetailList",
                "Policies",
            ],
        }
    }
}

impl Limits {
    /// The depth that recursion is bounded by.
    pub(crate) fn depth(&self) -> u32 {
        self.depth_max.min(512)
    }

    pub(crate) fn streams(&self, key: &str) -> bool {
        self.stream_keys.contains(&key)
    }
}
