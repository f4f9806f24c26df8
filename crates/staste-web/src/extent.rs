//! What a page may read, which is known before it reads: more is answered by its largest part, or not at all.

use staste_core::{Combinations, Error, Result, Scale, View};

use crate::page::Page;

/// More groups than this are not held in memory for one question: about a hundred megabytes.
const MOST_GROUPS: u64 = 100_000;
/// More cells than this are not read for one question: some seconds.
const MOST_CELLS: u64 = 5_000_000;
/// A page that reads more cells at once is a large one, which waits for other large ones.
const LARGE: u64 = 50_000;

impl Page {
    /// True when a breakdown may be read as a whole. Where it is large, it waits for its turn first.
    ///
    /// # Errors
    /// When the Store cannot be asked, or too many large pages wait.
    pub(crate) fn may_read(&self, view: &View, axes: &[&str], scale: Option<Scale>) -> Result<bool> {
        let extent = view.extent(axes, scale)?;
        if extent.cells > LARGE {
            self.place.grow()?;
        }
        Ok(extent.groups <= MOST_GROUPS && extent.cells <= MOST_CELLS)
    }

    /// Waits for its turn to read all choices of an axis.
    ///
    /// # Errors
    /// When these are too many, with words on what to do; as [`may_read`](Self::may_read).
    pub(crate) fn check_axis(&self, view: &View, axis: &str) -> Result<()> {
        if self.may_read(view, &[axis], None)? {
            return Ok(());
        }
        Err(self.too_many(&format!("--by {axis} --top 100"), &format!("axis {axis} has")))
    }

    /// The page, once it may read all choices of an axis.
    ///
    /// # Errors
    /// As [`check_axis`](Self::check_axis).
    pub(crate) fn readable(&self, axis: &str) -> Result<&Page> {
        self.check_axis(&self.view, axis).map(|()| self)
    }

    /// The refusal of more than a page may read; `query` asks for the same on a shell.
    pub(crate) fn too_many(&self, query: &str, what: &str) -> Error {
        Error::input(format!(
            "{what} more choices than a page reads, which are {MOST_GROUPS} combinations and periods in \
             {MOST_CELLS} cells: filter, choose a shorter timespan, or use `staste query {} {query}`",
            self.definition.name
        ))
    }

    /// True when filters by more axes mean that all points are looked through.
    pub(crate) fn scans(&self, axes: usize) -> bool {
        let filtered = self.state.filter.len();
        self.definition.combinations == Combinations::Pairs && filtered + axes > 2
    }
}
