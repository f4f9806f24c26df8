//! The legacy layout: the keys of the original Staste of 2011, which may continue to write to them.
//!
//! Definition, watermarks, claims and marks of a Metrica are stored as in the own layout; its cells, choices and years are
//! stored under the original's keys. The original announces no writes, so that none of these is cached: every question
//! reads the choices it needs together with the cells.

pub(crate) mod adoption;
mod batch_sets;
mod cell_format;
mod choice_sets;
mod delete;
mod erase;
mod field_query;
mod fields;
mod generation;
mod keys;
mod list_buckets;
mod load_choices;
mod period_key;
mod read;
mod text;
mod ttl;
mod unset;
pub(crate) mod warnings;

use staste_core::plan::PlannedBucket;
use staste_core::store::{Answer, ChoiceTable, Forgotten, KickSelection, Question};
use staste_core::{Calendar, Choice, Definition, Error, Watermarks};

use super::cells::{BatchChoices, Listed, UnclearMembers};
use super::{CellFormat, Deletion, Found, Layout};
use crate::connections::failure::Outcome;
use crate::connections::request::Arguments;
use crate::connections::session::Session;
use crate::key_words::KeyWords;
use crate::metrica::known_metrica::{ChoiceIds, KnownMetrica};
use crate::metrica::state::StoredState;
use crate::options::KeyLayout;
use batch_sets::BatchSets;
use choice_sets::ChoiceSets;
use keys::LegacyKeys;

/// The legacy layout of one Metrica.
#[derive(Debug)]
pub(crate) struct LegacyLayout {
    prefix: String,
    metrica: String,
    words: KeyWords,
}

impl LegacyLayout {
    /// Returns the layout of a Metrica that is defined for the first time.
    pub(crate) fn new(session: &Session, metrica: &str) -> LegacyLayout {
        let (prefix, words) = (session.prefix.clone(), session.key_words.clone());
        LegacyLayout { prefix, metrica: metrica.to_owned(), words }
    }

    /// Returns the layout of a Metrica with this generation; none if the generation is of another layout.
    pub(crate) fn of_generation(prefix: &str, metrica: &str, generation: &str) -> Option<LegacyLayout> {
        let words = generation::key_words(generation)?;
        Some(LegacyLayout { prefix: prefix.to_owned(), metrica: metrica.to_owned(), words })
    }

    fn keys(&self, calendar: &Calendar) -> LegacyKeys {
        LegacyKeys::new(&self.prefix, &self.metrica, self.words.clone(), calendar.clone())
    }
}

impl Layout for LegacyLayout {
    fn check_setting(&self, metrica: &str, setting: KeyLayout) -> Outcome<()> {
        if setting != KeyLayout::Own {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "metrica {metrica} is stored in the legacy layout, under the original's keys, and the store was opened with \
             layout=own: leave that out of the address, or forget the metrica and define it again"
        ))
        .into())
    }

    fn fresh_generation(&self) -> String {
        generation::fresh(&self.words)
    }

    fn choice_ids(&self) -> ChoiceIds {
        ChoiceIds::Temporary
    }

    fn first_definition(&self, session: &mut Session, definition: &Definition) -> Outcome<Definition> {
        adoption::first_definition(session, &self.keys(&definition.calendar()), definition)
    }

    fn check_change(&self, known: &Definition, changed: &Definition) -> Outcome<()> {
        adoption::check_change(known, changed)
    }

    fn cell_format(&self, calendar: &Calendar) -> Box<dyn CellFormat> {
        Box::new(self.keys(calendar))
    }

    fn begin_batch(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        with_choices: bool,
    ) -> Outcome<UnclearMembers> {
        if !with_choices {
            known.restart(None);
            return Ok(UnclearMembers::new());
        }
        let keys = self.keys(&known.calendar);
        let (sets, unclear) = load_choices::load(session, &keys, &known.definition)?;
        known.restart(Some(sets.tables));
        Ok(unclear)
    }

    fn expired_below(&self, calendar: &Calendar, now: i64) -> Watermarks {
        ttl::expired_below(calendar, now)
    }

    fn omits_unset(&self) -> bool {
        true
    }

    fn reads_choices_to_fold(&self) -> bool {
        true
    }

    fn push_choices(&self, arguments: &mut Arguments, planned: &[PlannedBucket], choices: &BatchChoices<'_>) {
        let keys = self.keys(choices.calendar);
        BatchSets { keys: &keys, choices, counted: &(choices.counted)() }.push(arguments, planned);
        // No choice is stored with an id.
        arguments.push("0");
    }

    fn end_batch(&self, known: &mut KnownMetrica, _firsts: &[u32], _is_applied: bool) {
        known.restart(None);
    }

    fn read(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        question: &Question,
        _attempt: u32,
    ) -> Outcome<Found<Answer>> {
        read::read(&self.keys(&known.calendar), session, known, question)
    }

    fn choices(&self, session: &mut Session, known: &KnownMetrica, axis: usize) -> Outcome<Vec<Choice>> {
        let keys = self.keys(&known.calendar);
        let mut sets = ChoiceSets::new(&known.definition, &keys.words);
        if let Some(definition) = known.definition.stored_axes.get(axis) {
            load_choices::load_axis(
                session,
                &keys,
                &mut sets,
                (axis, definition),
                &mut UnclearMembers::new(),
            )?;
        }
        Ok(sets.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
    }

    fn list(
        &self,
        session: &mut Session,
        known: &KnownMetrica,
        with_bytes: bool,
    ) -> Outcome<Found<(StoredState, Vec<Listed>)>> {
        list_buckets::list(&self.keys(&known.calendar), session, known, with_bytes)
    }

    fn erase(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        selection: &KickSelection,
    ) -> Outcome<Found<Forgotten>> {
        erase::erase(&self.keys(&known.calendar), session, known, selection)
    }

    fn max_erase_attempts(&self) -> u32 {
        16
    }

    fn delete(
        &self,
        session: &mut Session,
        definition: &Definition,
        generation: &str,
        what: Deletion,
    ) -> Outcome<Forgotten> {
        // A Store that was opened with layout=own does not touch data of the original.
        self.check_setting(&definition.name, session.layout)?;
        let keys = self.keys(&definition.calendar());
        delete::delete(&keys, session, definition, generation, (what, &self.fresh_generation()))
    }

    fn warning(&self, session: &mut Session, definition: &Definition) -> Outcome<Option<String>> {
        warnings::unclear_fields(session, definition, &self.keys(&definition.calendar()))
    }
}
