//! Where the cells and the choices of a Metrica are stored: under own keys, or under those of the original of 2011.

pub(crate) mod cells;
pub(crate) mod erasure;
pub(crate) mod legacy;
pub(crate) mod own;

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;
use staste_core::plan::PlannedBucket;
use staste_core::store::{Answer, ChoiceTable, Forgotten, KickSelection, Question};
use staste_core::{Calendar, Choice, Definition, Keep, Scale, Watermarks};

use crate::connections::failure::Outcome;
use crate::connections::request::Arguments;
use crate::connections::session::Session;
use crate::metrica::known_metrica::{ChoiceIds, KnownMetrica};
use crate::metrica::state::StoredState;
use crate::options::KeyLayout;
use cells::{BatchChoices, Listed, UnclearMembers};

/// The bytes of a point in a hash.
pub(crate) type Field = SmallVec<[u8; 16]>;

/// The result of a request that was made with what the client knows of a Metrica.
#[derive(Debug)]
pub(crate) enum Found<T> {
    Done(T),
    /// The Metrica has changed: learn this, and try again.
    Behind(Box<StoredState>),
    /// Try again with what was learned.
    Retry,
    /// The Metrica does not exist.
    Gone,
}

/// The parts of a Metrica to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// Its cells.
    Kicks,
    /// Its cells, choices, definition and claims.
    Metrica,
}

impl Deletion {
    /// Returns the argument of scripts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Deletion::Kicks => "kicks",
            Deletion::Metrica => "metrica",
        }
    }
}

/// A way to store cells and choices.
///
/// Definition, watermarks, claims and marks of a Metrica are stored in the same way in every layout.
pub(crate) trait Layout: fmt::Debug + Send + Sync {
    /// Fails when the Store was opened with another layout.
    fn check_setting(&self, metrica: &str, setting: KeyLayout) -> Outcome<()>;

    /// Returns a generation that no other Metrica has. The layout of a Metrica is known by its generation.
    fn fresh_generation(&self) -> String;

    /// Returns how long the ids of choices are valid.
    fn choice_ids(&self) -> ChoiceIds;

    /// Returns the definition with which a Metrica starts in this layout.
    ///
    /// # Errors
    /// When the layout cannot store such a Metrica, or data that is already there contradicts the definition.
    fn first_definition(&self, session: &mut Session, definition: &Definition) -> Outcome<Definition>;

    /// Checks that a definition can be replaced by another one.
    fn check_change(&self, known: &Definition, changed: &Definition) -> Outcome<()>;

    /// Returns how the cells of a Metrica are named.
    fn cell_format(&self, calendar: &Calendar) -> Box<dyn CellFormat>;

    /// Prepares what is known for a batch.
    fn begin_batch(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        with_choices: bool,
    ) -> Outcome<UnclearMembers>;

    /// Returns the watermarks below which buckets may have expired.
    fn expired_below(&self, calendar: &Calendar, now: i64) -> Watermarks;

    /// Returns true when an axis that a kick leaves out has no cell but that of all choices.
    fn omits_unset(&self) -> bool;

    /// Returns true when the existing choices have to be read before it is decided which new ones fold to *other*.
    fn reads_choices_to_fold(&self) -> bool;

    /// Appends the choices of a batch.
    fn push_choices(&self, arguments: &mut Arguments, planned: &[PlannedBucket], choices: &BatchChoices<'_>);

    /// Updates what is known after a batch: new choices that were not applied are forgotten.
    fn end_batch(&self, known: &mut KnownMetrica, firsts: &[u32], is_applied: bool);

    /// Answers a question, with one consistent read. `attempt` counts the attempts at it.
    fn read(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        question: &Question,
        attempt: u32,
    ) -> Outcome<Found<Answer>>;

    /// Returns the choices of an axis.
    fn choices(&self, session: &mut Session, known: &KnownMetrica, axis: usize) -> Outcome<Vec<Choice>>;

    /// Returns the state and the buckets of a Metrica, finest scale first; with their bytes of memory if `with_bytes`.
    fn list(
        &self,
        session: &mut Session,
        known: &KnownMetrica,
        with_bytes: bool,
    ) -> Outcome<Found<(StoredState, Vec<Listed>)>>;

    /// Tries to remove kicks from their cells, or to move them to *other*.
    fn erase(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        selection: &KickSelection,
    ) -> Outcome<Found<Forgotten>>;

    /// Number of times that an erasure is tried while others keep writing.
    fn max_erase_attempts(&self) -> u32;

    /// Removes all kicks, or the whole Metrica.
    fn delete(
        &self,
        session: &mut Session,
        definition: &Definition,
        generation: &str,
        what: Deletion,
    ) -> Outcome<Forgotten>;

    /// Returns a warning about cells that cannot be relied on.
    fn warning(&self, session: &mut Session, definition: &Definition) -> Outcome<Option<String>>;
}

/// The names of buckets and cells.
pub(crate) trait CellFormat: fmt::Debug {
    /// Returns the key of the totals of a bucket.
    fn totals(&self, scale: Scale, start: i64) -> String;

    /// Returns the key of the counts of a bucket.
    fn counts(&self, scale: Scale, start: i64) -> String;

    /// Returns the member for a bucket in the index of its scale; nothing if there is no index.
    fn index_member(&self, scale: Scale, start: i64) -> String;

    /// Returns the seconds from `now` after which the totals and the counts of a bucket expire.
    fn ttls(
        &self,
        calendar: &Calendar,
        keep: Keep,
        bucket: (Scale, i64),
        now: i64,
    ) -> (Option<i64>, Option<i64>);

    /// Returns the fields of points with ids of these tables.
    fn fields(&self, definition: &Definition, tables: &[ChoiceTable]) -> Box<dyn FieldFormat>;
}

/// The names of points in the hash of a bucket.
pub(crate) trait FieldFormat: fmt::Debug {
    fn encode(&self, point: &[u32]) -> Field;
}

/// Returns the layout of a Metrica, which is known by its generation.
pub(crate) fn of_generation(prefix: &str, metrica: &str, generation: &str) -> Arc<dyn Layout> {
    match legacy::LegacyLayout::of_generation(prefix, metrica, generation) {
        Some(legacy) => Arc::new(legacy),
        None => Arc::new(own::OwnLayout::new(prefix, metrica)),
    }
}

/// Chooses the layout of a Metrica that is defined for the first time.
pub(crate) fn choose(session: &mut Session, metrica: &str) -> Outcome<Arc<dyn Layout>> {
    let is_legacy = session.layout == KeyLayout::Legacy || has_unregistered_data(session, metrica)?;
    Ok(if is_legacy {
        Arc::new(legacy::LegacyLayout::new(session, metrica))
    } else {
        Arc::new(own::OwnLayout::new(&session.prefix, metrica))
    })
}

/// Returns a warning about data of the original that no definition covers.
pub(crate) fn unregistered_data(session: &mut Session) -> Outcome<Option<String>> {
    legacy::warnings::undefined_metricas(session)
}

/// Removes what is left of a Metrica whose keys were changed or deleted by another program.
pub(crate) fn delete_remains(
    session: &mut Session,
    metrica: &str,
    generation: &str,
    axes: usize,
) -> Outcome<Forgotten> {
    own::delete::delete_remains(session, metrica, generation, axes)
}

/// Returns true when the original has counted a Metrica, and the setting of the layout allows it to continue.
pub(crate) fn has_unregistered_data(session: &mut Session, metrica: &str) -> Outcome<bool> {
    legacy::adoption::has_data(session, metrica)
}
