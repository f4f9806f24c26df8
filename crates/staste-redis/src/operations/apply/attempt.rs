//! One attempt to apply a batch: it is planned by what the client knows of the Metrica, and sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use staste_core::plan::{Admission, Headroom, PlannedBucket};
use staste_core::store::{Applied, Batch, MAX_CLOCK_STEP, Part, StoreClock};
use staste_core::{Calendar, Definition, Scale, Watermarks};

use super::batch_cells::{self, BatchCells};
use super::{MARK_TTL, push_dedup};
use crate::client::OnMetrica;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Arguments, ScriptCall};
use crate::layout::cells::{BatchChoices, UnclearMembers};
use crate::layout::{CellFormat, Found};
use crate::metrica::state::StoredState;
use crate::scripts;

/// Scripts compare sums as doubles, which differ from the stored ones by at most half of this.
const ROUNDING: i64 = 4096;

/// The checks that are needed before a batch is sent, as earlier attempts have shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checks {
    /// Some kicks may have to fold.
    pub(crate) folding: bool,
    /// Some kicks may have to be dropped.
    pub(crate) overflow: bool,
    /// Some new choices may have to fold to *other*.
    pub(crate) choices: bool,
    /// The time of the server, if the clock of the writer is far ahead of it.
    pub(crate) server_time: Option<i64>,
}

/// The result of one attempt.
pub(crate) enum Attempted {
    /// The batch is in its cells, from this attempt or from before.
    Done(Applied),
    /// The Metrica has changed: learn this, and try again.
    Behind(Box<StoredState>),
    /// Others have written meanwhile: try again.
    Retry,
    /// The Metrica does not exist any more.
    Gone,
    /// There may be more points than the definition allows.
    Full,
    /// There may be more choices than an axis allows.
    TooManyChoices,
    /// A cell would overflow.
    Overflow,
    /// Kicks are held back for a moment.
    Held,
    /// The clock of the writer is far ahead of the server, whose time this is.
    ClockAhead(i64),
}

/// One attempt to plan a batch and send it.
pub(crate) struct Attempt<'a> {
    on: OnMetrica<'a>,
    batch: &'a Batch,
    definition: &'a Definition,
    calendar: &'a Calendar,
    watermarks: Watermarks,
    /// The time by which data expires.
    now: i64,
    format: Box<dyn CellFormat>,
    unclear: UnclearMembers,
    admission: Admission<'a>,
    /// Generation, version and next ids as they are stored.
    expected: (String, String, String),
    /// The number of writes that decisions are based on.
    guard: Option<String>,
}

impl Attempt<'_> {
    /// Plans the batch by what the client knows, and sends it.
    pub(crate) fn send(on: OnMetrica<'_>, batch: &Batch, part: &Part, checks: Checks) -> Outcome<Attempted> {
        let OnMetrica { session, known, layout } = on;
        let checks = Checks { folding: checks.folding || known.is_full, ..checks };
        let unclear = layout.begin_batch(session, known, checks.choices)?;
        let clock = StoreClock::compare(checks.server_time.unwrap_or(batch.now), batch.now);
        let watermarks = known
            .watermarks
            .raised_to(&clock.watermarks(part, &known.calendar))
            .raised_to(&layout.expired_below(&known.calendar, clock.now));
        let expected = (known.generation.clone(), known.version.clone(), known.next());
        let (definition, calendar) = (Arc::clone(&known.definition), known.calendar.clone());
        let mut admission = Admission::new(part, &calendar, watermarks, &mut known.tables);
        if layout.omits_unset() {
            admission = admission.omitting_unset();
        }
        let mut attempt = Attempt {
            on: OnMetrica { session, known, layout },
            batch,
            definition: &definition,
            calendar: &calendar,
            watermarks,
            now: clock.now,
            format: layout.cell_format(&calendar),
            unclear,
            admission,
            expected,
            guard: None,
        };
        let attempted = attempt.run(checks);
        let is_applied = matches!(&attempted, Ok(Attempted::Done(applied)) if !applied.duplicate);
        let OnMetrica { known, layout, .. } = attempt.on;
        if is_applied {
            known.watermarks = watermarks;
        }
        layout.end_batch(known, attempt.admission.first_new_ids(), is_applied);
        attempted
    }

    fn run(&mut self, checks: Checks) -> Outcome<Attempted> {
        let has_capped_choices = self.admission.has_capped_choices();
        if has_capped_choices && !checks.choices && self.on.layout.reads_choices_to_fold() {
            return Ok(Attempted::TooManyChoices);
        }
        let headroom = self.admission.headroom(ROUNDING);
        let checks = Checks { overflow: checks.overflow || headroom == Headroom::None, ..checks };
        if let Some(attempted) = self.decide(checks)? {
            return Ok(attempted);
        }
        self.admission.prune(&mut self.on.known.tables);
        let limit = self.admission.allowed_points_before();
        let planned = self.admission.cells().to_vec();
        let call = self.call(&planned, checks, limit, headroom);
        let (status, mut items) = reply::with_status(self.on.session.run(&scripts::APPLY, &call)?)?;
        Ok(match status.as_str() {
            "applied" => {
                let mark = reply::text(reply::next(&mut items)?)?;
                let mut applied = Applied::default();
                self.admission.report(&mut applied);
                applied.mark = mark.parse().ok();
                let server = reply::integer(&reply::next(&mut items)?)?;
                applied.clock = Some(StoreClock::compare(server, self.batch.now));
                Attempted::Done(applied)
            }
            "duplicate" => Attempted::Done(Applied::DUPLICATE),
            "claimed" => Attempted::Done(Applied::CLAIMED),
            "behind" => Attempted::Behind(Box::new(StoredState::parse(reply::next(&mut items)?)?)),
            "gone" => Attempted::Gone,
            "full" => Attempted::Full,
            "over_cap" => Attempted::TooManyChoices,
            "overflow" => Attempted::Overflow,
            "held" => Attempted::Held,
            "ahead" => Attempted::ClockAhead(reply::integer(&reply::next(&mut items)?)?),
            other => return reply::unknown_status(other),
        })
    }

    /// Decides which kicks fold and which are dropped, by the stored cells.
    fn decide(&mut self, checks: Checks) -> Outcome<Option<Attempted>> {
        if !checks.folding && !checks.overflow {
            return Ok(None);
        }
        let limit = self.admission.allowed_points_before();
        let planned = if checks.overflow {
            self.admission.candidate_cells()
        } else {
            let ever = self.admission.cells().iter().filter(|bucket| bucket.scale == Scale::Ever);
            ever.cloned().collect()
        };
        let mut stored = match self.read(&planned)? {
            Found::Done(stored) => stored,
            Found::Behind(state) => return Ok(Some(Attempted::Behind(state))),
            Found::Retry => return Ok(Some(Attempted::Retry)),
            Found::Gone => return Ok(Some(Attempted::Gone)),
        };
        let is_full = i128::from(stored.points) > limit;
        self.on.known.is_full = is_full;
        if checks.overflow {
            let Ok(()) = self.admission.decide_each(stored.points, &mut stored.amounts);
        } else if is_full {
            let Ok(()) = self.admission.fold_beyond_limit(stored.points, &mut stored.amounts);
        }
        self.guard = Some(stored.writes);
        Ok(None)
    }

    fn read(&mut self, planned: &[PlannedBucket]) -> Outcome<Found<BatchCells>> {
        let fields = self.format.fields(self.definition, &self.on.known.tables);
        let (generation, version, next) = &self.expected;
        batch_cells::read(
            self.on.session,
            &self.definition.name,
            (&*self.format, &*fields),
            (generation, version, next),
            self.definition.is_averaged(),
            planned,
        )
    }

    fn call(&self, planned: &[PlannedBucket], checks: Checks, limit: i128, headroom: Headroom) -> ScriptCall {
        let metrica = self.definition.name.as_str();
        let (keys, is_averaged) = (self.on.session.keys(metrica), self.definition.is_averaged());
        let mut call = self.on.session.call(metrica);
        call.keys.push(keys.mark(self.batch.writer)).push(keys.claims()).push(keys.expiring_claims());
        for bucket in planned {
            call.keys.push(self.format.totals(bucket.scale, bucket.start));
            if is_averaged {
                call.keys.push(self.format.counts(bucket.scale, bucket.start));
            }
        }
        let arguments = &mut call.arguments;
        arguments
            .push_option(checks.server_time.is_none().then(|| self.batch.now.saturating_sub(MAX_CLOCK_STEP)));
        push_dedup(arguments, self.batch, self.now);
        arguments.push_display(MARK_TTL);
        let (generation, version, next) = &self.expected;
        arguments.push(generation).push(version).push(next).push_option(self.guard.as_ref());
        for mark in self.watermarks.0 {
            arguments.push_display(mark);
        }
        arguments.push(self.format.totals(Scale::Ever, i64::MIN));
        // Where folding was decided, the existing points have been counted.
        arguments.push_option((!checks.folding && !checks.overflow).then_some(limit));
        arguments.push(if is_averaged { "1" } else { "0" });
        arguments.push_option(match headroom {
            Headroom::Within(distance) if !checks.overflow => Some(distance),
            _ => None,
        });
        self.push_cells(arguments, planned);
        let choices = BatchChoices {
            definition: self.definition,
            calendar: self.calendar,
            tables: &self.on.known.tables,
            firsts: self.admission.first_new_ids(),
            counted: &|| self.counted_ids(),
            unclear: &self.unclear,
        };
        self.on.layout.push_choices(arguments, planned, &choices);
        call
    }

    /// Appends the lists of cells, each once, and the buckets that share them.
    fn push_cells(&self, arguments: &mut Arguments, planned: &[PlannedBucket]) {
        let fields = self.format.fields(self.definition, &self.on.known.tables);
        let is_averaged = self.definition.is_averaged();
        let mut lists: Vec<&PlannedBucket> = Vec::new();
        let mut list_of = Vec::with_capacity(planned.len());
        for bucket in planned {
            let known = lists.iter().position(|list| Arc::ptr_eq(&list.cells, &bucket.cells));
            list_of.push(known.unwrap_or(lists.len()) + 1);
            if known.is_none() {
                lists.push(bucket);
            }
        }
        arguments.push_display(lists.len());
        for list in lists {
            let mut cells = Arguments::default();
            let mut count = 0;
            for cell in list.cells.iter() {
                let field = fields.encode(&cell.point);
                for (total, kicks) in cell.amount.steps() {
                    cells.push(&field).push_display(total);
                    if is_averaged {
                        cells.push_display(kicks);
                    }
                    count += 1;
                }
            }
            arguments.push_display(count).append(&cells);
        }
        arguments.push_display(planned.len());
        for (bucket, list) in planned.iter().zip(list_of) {
            let (scale, start) = (bucket.scale, bucket.start);
            arguments.push_display(list).push(scale.name()).push(self.format.index_member(scale, start));
            let keep = self.definition.retention.of(scale);
            let (totals, counts) = self.format.ttls(self.calendar, keep, (scale, start), self.now);
            arguments.push_option(totals).push_option(counts);
        }
    }

    /// Returns the ids that kicks are counted at, by axis.
    fn counted_ids(&self) -> Vec<BTreeSet<u32>> {
        let mut counted = vec![BTreeSet::new(); self.definition.stored_axes.len()];
        self.admission.each_counted_id(|axis, id| {
            if let Some(ids) = counted.get_mut(axis) {
                ids.insert(id);
            }
        });
        counted
    }
}
