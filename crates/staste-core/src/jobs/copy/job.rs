//! `CopyJob`: a copy of a Metrica to another Store, before it runs.

use crate::api::{Metrica, Staste};
use crate::schema::Axis;

/// A copy of a Metrica to another Store; see [`Metrica::copy_to`].
#[derive(Clone, Debug)]
#[must_use]
pub struct CopyJob {
    pub(super) source: Metrica,
    pub(super) target: Staste,
    pub(super) axes: Vec<(String, Axis)>,
    /// True to make the copy a distribution.
    pub(super) becomes_distribution: bool,
}

impl Metrica {
    /// Prepares a copy of this Metrica from its Store, the source, to another one, the target. [`CopyJob::run`] runs
    /// it.
    ///
    /// It copies the definition, with the retention and its watermarks, every count of every retained scale, *unset*
    /// and *other*, the choices in their order, and the records of imports, so that imports continue in the target. It
    /// does not copy the sequence numbers of writers and other claims: no batch must be in doubt when programs move
    /// from one Store to the other.
    ///
    /// The Metrica may be kicked during the copy; another copy adds the kicks since. Kicks at the target are not merged
    /// with those of the source: if there are any, the copy fails.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let (old, new) = (Staste::new(MemoryStore::new()), Staste::new(MemoryStore::new()));
    /// let guests = old.metrica("guests").axis("age", Axis::stored()).averaged().build()?;
    /// guests.kick([("age", 18)])?;
    /// guests.kick([("age", 19)])?;
    ///
    /// let report = guests.copy_to(&new).run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// assert_eq!(report.count, Some(2));
    /// assert_eq!(new.stored_metrica("guests")?.filter([("age", 18)])?.count()?, 1);
    ///
    /// guests.kick([("age", 18)])?;
    /// let report = guests.copy_to(&new).run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// assert_eq!(report.count, Some(1));
    /// assert_eq!(new.stored_metrica("guests")?.count()?, 3);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn copy_to(&self, target: &Staste) -> CopyJob {
        CopyJob {
            source: self.clone(),
            target: target.clone(),
            axes: Vec::new(),
            becomes_distribution: false,
        }
    }
}

impl CopyJob {
    /// Adds an axis to the copy, on which all copied kicks are unset. It is the way to a new axis when a Store cannot
    /// [add one](crate::store::Capabilities::new_axes).
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

    /// Makes the copy of an averaged Metrica a distribution. Percentiles are recorded from then on: copied kicks have no bin.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let (old, new) = (Staste::new(MemoryStore::new()), Staste::new(MemoryStore::new()));
    /// let responses = old.metrica("responses").averaged().build()?;
    /// responses.kick([] as [(&str, &str); 0])?;
    /// responses.copy_to(&new).distribution().run(&mut |_| std::ops::ControlFlow::Continue(()))?;
    /// let copied = new.stored_metrica("responses")?;
    /// assert_eq!(copied.values().distribution()?.unrecorded(), 1);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn distribution(mut self) -> CopyJob {
        self.becomes_distribution = true;
        self
    }
}
