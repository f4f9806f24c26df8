//! `Source` and `Scope`: which counted rows a stream is compared with.

use std::collections::HashSet;

/// Which source a stream belongs to. Rows are compared with those of the same source only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The name, which is a part of the keys of its records.
    pub(crate) name: String,
    /// True if the rows have dates.
    pub(crate) is_dated: bool,
    /// True if another stream can have the same name: standard input without dates.
    pub(crate) is_anonymous: bool,
}

/// The streams of other imports that can have rows of a stream.
pub(super) enum Scope {
    Only(HashSet<u64>),
    Without(HashSet<u64>),
}

impl Scope {
    /// Returns true if the runs of a stream are compared.
    pub(super) fn has(&self, stream: u64) -> bool {
        match self {
            Scope::Only(streams) => streams.contains(&stream),
            Scope::Without(streams) => !streams.contains(&stream),
        }
    }
}
