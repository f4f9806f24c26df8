//! `KickOutcome`: whether and where a kick is counted.

/// The decision on a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KickOutcome {
    /// Counted at its point.
    Counted,
    /// Counted at *other* on its stored and path axes, because there are too many points.
    FoldedToOther,
    /// Not counted, because one of its cells would overflow.
    Dropped,
}
