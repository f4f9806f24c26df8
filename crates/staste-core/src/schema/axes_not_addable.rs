//! `AxesNotAddable`: the facts about axes that a Store could not add to a Metrica.

use std::error::Error;
use std::fmt;

use crate::schema::axis::AxisDefinition;

/// The [source](Error::source) of the [unsupported](crate::Error::is_unsupported) error of a Store that cannot add axes
/// to an existing Metrica. It has the facts from which a program can suggest what to do.
///
/// Copying the Metrica to another address with the axes works with every Store: see
/// [`CopyJob::axis`](crate::CopyJob::axis) and [`CopyJob::distribution`](crate::CopyJob::distribution).
///
/// ```
/// use std::error::Error;
/// use staste::AxesNotAddable;
/// let other = staste::Scale::parse("fortnight").unwrap_err();
/// assert!(other.source().and_then(|cause| cause.downcast_ref::<AxesNotAddable>()).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AxesNotAddable {
    /// The Metrica.
    pub metrica: String,
    /// The axes that are missing in its stored definition.
    pub axes: Vec<AxisDefinition>,
    /// True if it is averaged, and was to become a distribution, whose bins are an axis to Stores.
    pub becomes_distribution: bool,
    /// The address of the Store, without secrets.
    pub store: String,
    /// An example address of another Store of the same kind, to copy to.
    pub sibling: String,
}

impl fmt::Display for AxesNotAddable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        match names.as_slice() {
            [] => f.write_str("bins are new"),
            [name] => write!(f, "axis {name} is new"),
            names => write!(f, "axes {} are new", names.join(", ")),
        }
    }
}

impl Error for AxesNotAddable {}
