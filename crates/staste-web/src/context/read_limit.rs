//! The limits of what a page reads, which are checked before it reads: of more the largest part is shown, or an error.

use staste_core::{Combinations, Error, Result, Scale, View};

use super::PageContext;

/// More groups are not held in memory for one read: they take about a hundred megabytes.
const MAX_GROUPS: u64 = 100_000;
/// More cells are not read at once: they take some seconds.
const MAX_CELLS: u64 = 5_000_000;
/// A page that reads more cells at once is a large one, which waits for other large ones.
const MAX_CELLS_OF_SMALL_PAGE: u64 = 50_000;

impl PageContext {
    /// True when a breakdown may be read as a whole. A large one waits for its turn first.
    ///
    /// # Errors
    /// When the Store cannot be read, or too many large pages wait.
    pub(crate) fn may_read(&self, view: &View, axes: &[&str], scale: Option<Scale>) -> Result<bool> {
        let extent = view.query_cost(axes, scale)?;
        if extent.cells > MAX_CELLS_OF_SMALL_PAGE {
            self.become_large()?;
        }
        Ok(extent.groups <= MAX_GROUPS && extent.cells <= MAX_CELLS)
    }

    /// Waits for a permit to make a large page.
    ///
    /// # Errors
    /// When too many large pages wait.
    pub(crate) fn become_large(&self) -> Result<()> {
        self.permit.become_large()
    }

    /// Waits until all choices of an axis may be read.
    ///
    /// # Errors
    /// When they are too many; as [`may_read`](Self::may_read).
    pub(crate) fn check_axis(&self, view: &View, axis: &str) -> Result<()> {
        if self.may_read(view, &[axis], None)? {
            return Ok(());
        }
        Err(self.too_many_choices(&format!("--by {axis} --top 100"), &format!("axis {axis} has")))
    }

    /// The error for more choices than a page may read; `query` has the options that read the same on a command line.
    pub(crate) fn too_many_choices(&self, query: &str, subject: &str) -> Error {
        Error::invalid_input(format!(
            "{subject} more choices than a page reads, which are {MAX_GROUPS} combinations and periods in \
             {MAX_CELLS} cells: filter, choose a shorter timespan, or use `staste query {} {query}`",
            self.definition.name
        ))
    }

    /// True when filters by more axes make a read go through all points.
    pub(crate) fn reads_all_points(&self, axes: usize) -> bool {
        let filtered = self.request.filter.len();
        self.definition.combinations == Combinations::Pairs && filtered + axes > 2
    }
}
