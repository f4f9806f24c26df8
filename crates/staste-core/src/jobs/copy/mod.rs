//! Copying a Metrica from one Store to another, until both hold the same.
//!
//! What the second Store lacks is worked out cell by cell and written to it as kicks, so that a copy which broke off
//! goes on when it is run again, and another run brings what was kicked at the first Store since.

mod compare;
mod leaves;
mod ledger;
mod pair;
mod report;
mod run;
mod sending;
mod side;
mod surplus;
mod target;

use std::ops::ControlFlow;

pub use report::{CopyPhase, CopyProgress, CopyReport};

use crate::api::{Metrica, Staste};
use crate::error::Result;
use crate::schema::Axis;

/// A copy of a Metrica to another Store, as it is asked for; see [`Metrica::copy_to`].
#[derive(Clone, Debug)]
#[must_use]
pub struct CopyJob {
    from: Metrica,
    to: Staste,
    axes: Vec<(String, Axis)>,
}

impl Metrica {
    /// A copy of what the Store holds of it to another Store, to be [run](CopyJob::run).
    ///
    /// Everything comes over: the definition, with the retention and its watermarks, every count of every scale that
    /// is kept, *unset* and *other*, the choices in the order in which they were first seen, and the records of
    /// imports, so that they go on in the second Store. What does not come over are the marks by which a batch
    /// that is in doubt is told from a new one, and claims of other kinds: let nothing be in doubt when programs are
    /// moved from one Store to the other.
    ///
    /// The Metrica may be kicked meanwhile; copying once more brings what came since. Kicks at the second Store are
    /// not joined with those of the first: when there are any, the copy is refused.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let (old, new) = (Staste::new(MemoryStore::new()), Staste::new(MemoryStore::new()));
    /// let guests = old.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick([("age", 18)])?;
    /// guests.kick([("age", 19)])?;
    ///
    /// let copied = guests.copy_to(&new).run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// assert_eq!(copied.count, Some(2));
    /// assert_eq!(new.stored_metrica("guests")?.filter([("age", 18)])?.count()?, 1);
    ///
    /// guests.kick([("age", 18)])?;
    /// let copied = guests.copy_to(&new).run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// assert_eq!(copied.count, Some(1));
    /// assert_eq!(new.stored_metrica("guests")?.count()?, 3);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn copy_to(&self, to: &Staste) -> CopyJob {
        CopyJob { from: self.clone(), to: to.clone(), axes: Vec::new() }
    }
}

impl CopyJob {
    /// The copy gets a further axis, on which what was counted so far is unset; the way to a new axis where a Store
    /// cannot [add one](crate::store::Capabilities::new_axes).
    ///
    /// ```
    /// use staste::{Axis, Choice, MemoryStore, Staste};
    /// let (old, new) = (Staste::new(MemoryStore::new()), Staste::new(MemoryStore::new()));
    /// let guests = old.metrica("guests").axis("age", Axis::stored()).build()?;
    /// guests.kick([("age", 18)])?;
    /// let copy = guests.copy_to(&new).axis("country", Axis::stored());
    /// copy.run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// assert_eq!(new.stored_metrica("guests")?.filter([("country", Choice::Unset)])?.total()?, 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn axis(mut self, name: &str, axis: Axis) -> CopyJob {
        self.axes.push((name.to_owned(), axis));
        self
    }

    /// Copies, and compares both Stores afterwards. `progress` is told how far it is and may break it off.
    ///
    /// Memory is needed for the largest bucket, or for as many as lie in one of the next coarser scale.
    ///
    /// # Errors
    /// - a conflict when the second Store has kicks of its own, a definition that differs, or too little room; nothing
    ///   was written then;
    /// - when a Store cannot be reached, or refuses: what was copied stays, and running it again goes on;
    /// - when both differ after all.
    pub fn run(&self, progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>) -> Result<CopyReport> {
        run::run(self, false, progress)
    }

    /// What [`CopyJob::run`] would bring; nothing is written.
    ///
    /// # Errors
    /// As [`CopyJob::run`].
    pub fn dry_run(&self, progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>) -> Result<CopyReport> {
        run::run(self, true, progress)
    }
}
