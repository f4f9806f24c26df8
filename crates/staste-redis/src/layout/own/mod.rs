//! The own layout: choices have ids, a bucket is a hash by the ids of points, and an index of each scale lists the
//! buckets.

mod cell_keys;
pub(crate) mod delete;
mod erase;
mod list_buckets;
mod point_encoding;
mod point_lookup;
mod read;

use staste_core::plan::PlannedBucket;
use staste_core::store::{Answer, ChoiceTable, Forgotten, KickSelection, Question};
use staste_core::{Calendar, Choice, Definition, Error, Watermarks};

use super::cells::{BatchChoices, Listed, UnclearMembers};
use super::{CellFormat, Deletion, Found, Layout};
use crate::connections::failure::Outcome;
use crate::connections::request::Arguments;
use crate::connections::session::Session;
use crate::keys::MetricaKeys;
use crate::metrica::known_metrica::{ChoiceIds, KnownMetrica};
use crate::metrica::state::{StoredState, fresh_generation};
use crate::options::KeyLayout;
use cell_keys::CellKeys;

/// The own layout of one Metrica.
#[derive(Debug)]
pub(crate) struct OwnLayout {
    cell_keys: CellKeys,
}

impl OwnLayout {
    pub(crate) fn new(prefix: &str, metrica: &str) -> OwnLayout {
        OwnLayout { cell_keys: CellKeys::new(&MetricaKeys::new(prefix, metrica)) }
    }
}

impl Layout for OwnLayout {
    fn check_setting(&self, metrica: &str, setting: KeyLayout) -> Outcome<()> {
        if setting != KeyLayout::Legacy {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "metrica {metrica} is stored in the own layout, and the store was opened with layout=legacy: leave that out of \
             the address, or forget the metrica and define it again"
        ))
        .into())
    }

    fn fresh_generation(&self) -> String {
        fresh_generation()
    }

    fn choice_ids(&self) -> ChoiceIds {
        ChoiceIds::Stored
    }

    fn first_definition(&self, _session: &mut Session, definition: &Definition) -> Outcome<Definition> {
        Ok(definition.clone())
    }

    fn check_change(&self, _known: &Definition, _changed: &Definition) -> Outcome<()> {
        Ok(())
    }

    fn cell_format(&self, _calendar: &Calendar) -> Box<dyn CellFormat> {
        Box::new(self.cell_keys.clone())
    }

    fn begin_batch(
        &self,
        _session: &mut Session,
        _known: &mut KnownMetrica,
        _with_choices: bool,
    ) -> Outcome<UnclearMembers> {
        Ok(UnclearMembers::new())
    }

    fn expired_below(&self, _calendar: &Calendar, _now: i64) -> Watermarks {
        Watermarks::default()
    }

    fn omits_unset(&self) -> bool {
        false
    }

    fn reads_choices_to_fold(&self) -> bool {
        false
    }

    fn push_choices(
        &self,
        arguments: &mut Arguments,
        _planned: &[PlannedBucket],
        choices: &BatchChoices<'_>,
    ) {
        // There are no sets of choices.
        arguments.push("0");
        if ChoiceIds::Stored.push_new(arguments, choices.tables, choices.firsts) > 0 {
            arguments.push(ChoiceIds::Stored.next(choices.tables));
        }
    }

    fn end_batch(&self, known: &mut KnownMetrica, firsts: &[u32], is_applied: bool) {
        if !is_applied {
            known.take_back(firsts);
        }
    }

    fn read(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        question: &Question,
        attempt: u32,
    ) -> Outcome<Found<Answer>> {
        read::read(&self.cell_keys, session, known, question, attempt)
    }

    fn choices(&self, _session: &mut Session, known: &KnownMetrica, axis: usize) -> Outcome<Vec<Choice>> {
        Ok(known.tables.get(axis).map(ChoiceTable::known).unwrap_or_default())
    }

    fn list(
        &self,
        session: &mut Session,
        known: &KnownMetrica,
        with_bytes: bool,
    ) -> Outcome<Found<(StoredState, Vec<Listed>)>> {
        list_buckets::list(session, known, with_bytes)
    }

    fn erase(
        &self,
        session: &mut Session,
        known: &mut KnownMetrica,
        selection: &KickSelection,
    ) -> Outcome<Found<Forgotten>> {
        erase::erase(&self.cell_keys, session, known, selection)
    }

    fn max_erase_attempts(&self) -> u32 {
        8
    }

    fn delete(
        &self,
        session: &mut Session,
        definition: &Definition,
        generation: &str,
        what: Deletion,
    ) -> Outcome<Forgotten> {
        delete::delete(session, &definition.name, (what, generation, definition.stored_axes.len()), &[])
    }

    fn warning(&self, _session: &mut Session, _definition: &Definition) -> Outcome<Option<String>> {
        Ok(None)
    }
}
