//! One try to add a batch: planned by what the connection knows of the Metrica, and sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use staste_core::plan::{Admission, Headroom, PlannedBucket};
use staste_core::store::{Applied, Batch, Part};
use staste_core::store::{ChoiceTable, MAX_CLOCK_STEP, StoreClock};
use staste_core::{Calendar, Definition, Error, Keep, Scale, Watermarks};

use crate::amounts::{self, Found, Look};
use crate::cell_keys::CellKeys;
use crate::choices;
use crate::client::Client;
use crate::connections::failure::Outcome;
use crate::connections::reply;
use crate::connections::request::{Arguments, ScriptCall};
use crate::state::State;
use crate::{dedup, scripts, seed};

/// The sums that a script compares as doubles are this close to the stored ones, twice over.
const ROUNDING: i64 = 4096;
/// Buckets outlive their retention by this, for clocks that differ.
const SLACK: i64 = 86_400;
/// Buckets that live for longer than this many seconds are not told to expire.
const LONGEST_LIFE: i64 = 100 * 366 * 86_400;

/// What kicks have to be looked at for before they are sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Care {
    /// Some may have to fold.
    pub(crate) folding: bool,
    /// Some may have to be dropped.
    pub(crate) overflow: bool,
    /// Choices that are new may have to become *other*: in the seed layout, where others add choices, those
    /// there are have to be read first.
    pub(crate) crowded: bool,
    /// The time of the server, where the clock of the writer is far ahead of it.
    pub(crate) server_time: Option<i64>,
}

/// What became of one try.
pub(crate) enum Tried {
    /// It is in its cells, or was before.
    Done(Applied),
    /// Again, with what was learnt.
    Again(Option<Box<State>>),
    /// The Metrica is not there any more.
    Gone,
    /// There may be more points than it keeps.
    Full,
    /// There may be more choices than an axis keeps.
    Crowded,
    /// A cell would overflow.
    Overflow,
    /// Kicks are held off for a moment.
    Held,
    /// The clock of the writer is far ahead of the server's, whose time this is.
    Ahead(i64),
}

/// One try to plan a batch and send it.
pub(crate) struct Attempt<'a> {
    batch: &'a Batch,
    part: &'a Part,
    definition: Arc<Definition>,
    calendar: &'a Calendar,
    watermarks: Watermarks,
    /// The time by which data expires.
    now: i64,
    keys: CellKeys,
    odd: seed::Odd,
    admission: Admission<'a>,
    /// Generation, version and next ids as they are stored.
    expected: (String, String, String),
    /// The count of writes that decisions rest on.
    guard: Option<String>,
}

impl Attempt<'_> {
    /// Plans the batch by what the connection knows, and sends it.
    pub(crate) fn send(client: &mut Client, batch: &Batch, part: &Part, care: Care) -> Outcome<Tried> {
        let metrica = part.definition.name.as_str();
        let known = client.catalog.agreeing(&part.definition).ok_or_else(|| Error::stale(metrica))?;
        let care = Care { folding: care.folding || known.full, ..care };
        let keys = known.cell_keys(&client.session.prefix);
        let (tree, odd) = match &keys {
            CellKeys::Seed(keys) if care.crowded => {
                let (tree, odd) = seed::load(client, keys, &part.definition)?;
                (Some(tree), odd)
            }
            _ => (None, seed::Odd::new()),
        };
        let known = client.catalog.agreeing(&part.definition).ok_or_else(|| Error::stale(metrica))?;
        let clock = StoreClock::compare(care.server_time.unwrap_or(batch.now), batch.now);
        let mut watermarks = known.watermarks.raised_to(&clock.watermarks(part, &known.calendar));
        if let CellKeys::Seed(_) = keys {
            watermarks = watermarks.raised_to(&seed::strict(&known.calendar, clock.now));
            known.begin(tree.map(|tree| tree.tables));
        }
        let (generation, version) = known.incarnation();
        let expected = (generation, version, known.next());
        let calendar = known.calendar.clone();
        let mut admission = Admission::new(part, &calendar, watermarks, &mut known.tables);
        if let CellKeys::Seed(_) = keys {
            admission = admission.omitting_unset();
        }
        let mut attempt = Attempt {
            batch,
            part,
            definition: Arc::clone(&known.definition),
            calendar: &calendar,
            watermarks,
            now: clock.now,
            keys,
            odd,
            admission,
            expected,
            guard: None,
        };
        let tried = attempt.run(client, care);
        if let Some(known) = client.catalog.get(metrica) {
            let is_applied = matches!(&tried, Ok(Tried::Done(applied)) if !applied.duplicate);
            if is_applied {
                known.watermarks = attempt.watermarks;
            }
            if known.naming.is_some() {
                known.begin(None);
            } else if !is_applied {
                known.take_back(attempt.admission.first_new_ids());
            }
        }
        tried
    }

    fn run(&mut self, client: &mut Client, care: Care) -> Outcome<Tried> {
        if self.admission.has_capped_choices() && !care.crowded && matches!(self.keys, CellKeys::Seed(_)) {
            return Ok(Tried::Crowded);
        }
        let headroom = self.admission.headroom(ROUNDING);
        let care = Care { overflow: care.overflow || headroom == Headroom::None, ..care };
        if let Some(tried) = self.decide(client, care)? {
            return Ok(tried);
        }
        let metrica = self.part.definition.name.as_str();
        if let Some(known) = client.catalog.get(metrica) {
            self.admission.prune(&mut known.tables);
        }
        let limit = self.admission.allowed_points_before();
        let planned = self.admission.cells().to_vec();
        let call = self.call(client, &planned, care, limit, headroom);
        let (head, mut items) = reply::with_status(client.session.run(&scripts::APPLY, &call)?)?;
        Ok(match head.as_str() {
            "applied" => {
                let mark = reply::text(reply::next(&mut items)?)?;
                let mut applied = Applied::default();
                self.admission.report(&mut applied);
                applied.mark = mark.parse().ok();
                let server = reply::integer(&reply::next(&mut items)?)?;
                applied.clock = Some(StoreClock::compare(server, self.batch.now));
                Tried::Done(applied)
            }
            "duplicate" => Tried::Done(Applied::DUPLICATE),
            "claimed" => Tried::Done(Applied::CLAIMED),
            "behind" => Tried::Again(Some(Box::new(State::parse(reply::next(&mut items)?)?))),
            "gone" => Tried::Gone,
            "full" => Tried::Full,
            "crowded" => Tried::Crowded,
            "overflow" => Tried::Overflow,
            "held" => Tried::Held,
            "ahead" => Tried::Ahead(reply::integer(&reply::next(&mut items)?)?),
            other => return reply::unknown_status(other),
        })
    }

    /// Decides which kicks are folded and which are dropped, by the cells that are stored.
    fn decide(&mut self, client: &mut Client, care: Care) -> Outcome<Option<Tried>> {
        if !care.folding && !care.overflow {
            return Ok(None);
        }
        let limit = self.admission.allowed_points_before();
        let mut planned = match care.overflow {
            true => self.admission.candidate_cells(),
            false => self.admission.cells().to_vec(),
        };
        planned.retain(|bucket| care.overflow || bucket.scale == Scale::Ever);
        let mut found = match self.find(client, &planned)? {
            Ok(found) => found,
            Err(tried) => return Ok(Some(tried)),
        };
        let is_full = i128::from(found.points) > limit;
        if let Some(known) = client.catalog.get(&self.part.definition.name) {
            known.full = is_full;
        }
        if care.overflow {
            let Ok(()) = self.admission.decide_each(found.points, &mut found.amounts);
        } else if is_full {
            let Ok(()) = self.admission.fold_beyond_limit(found.points, &mut found.amounts);
        }
        self.guard = Some(found.writes);
        Ok(None)
    }

    fn find(&self, client: &mut Client, planned: &[PlannedBucket]) -> Outcome<Result<Found, Tried>> {
        let tables = client.catalog.get(&self.definition.name).map(|known| known.tables.as_slice());
        let fields = self.keys.fields(&self.definition, tables.unwrap_or_default());
        let (generation, version, next) = &self.expected;
        let expected = (generation.as_str(), version.as_str(), next.as_str());
        let averaged = self.definition.is_averaged();
        Ok(
            match amounts::look(
                client,
                &self.definition.name,
                (&self.keys, &fields),
                expected,
                averaged,
                planned,
            )? {
                Look::Found(found) => Ok(found),
                Look::Behind(state) => Err(Tried::Again(Some(state))),
                Look::Gone => Err(Tried::Gone),
            },
        )
    }

    fn call(
        &self,
        client: &mut Client,
        planned: &[PlannedBucket],
        care: Care,
        limit: i128,
        headroom: Headroom,
    ) -> ScriptCall {
        let metrica = self.definition.name.as_str();
        let (keys, averaged) = (client.session.keys(metrica), self.definition.is_averaged());
        let mut call = client.session.call(metrica);
        call.keys.push(keys.mark(self.batch.writer)).push(keys.claims()).push(keys.expiring());
        for bucket in planned {
            call.keys.push(self.keys.totals(bucket.scale, bucket.start));
            if averaged {
                call.keys.push(self.keys.counts(bucket.scale, bucket.start));
            }
        }
        let words = &mut call.arguments;
        words.push_option(care.server_time.is_none().then(|| self.batch.now.saturating_sub(MAX_CLOCK_STEP)));
        dedup::push(words, self.batch, self.now);
        words.push_display(dedup::MARKS_LIVE);
        let (generation, version, next) = &self.expected;
        words.push(generation).push(version).push(next).push_option(self.guard.as_ref());
        for mark in self.watermarks.0 {
            words.push_display(mark);
        }
        words.push(self.keys.totals(Scale::Ever, i64::MIN));
        // Where folding was decided, the points there are have been counted.
        words.push_option((!care.folding && !care.overflow).then_some(limit));
        words.push(if averaged { "1" } else { "0" });
        words.push_option(match headroom {
            Headroom::Within(distance) if !care.overflow => Some(distance),
            _ => None,
        });
        let tables = client.catalog.get(metrica).map(|known| known.tables.as_slice()).unwrap_or_default();
        self.push_cells(words, planned, tables);
        if let CellKeys::Seed(keys) = &self.keys {
            let (definition, used) = (&*self.definition, &self.used());
            seed::Sets { keys, definition, tables, used, odd: &self.odd }.push(words, planned);
            words.push("0");
            return call;
        }
        words.push("0");
        if choices::push_new(words, tables, self.admission.first_new_ids()) > 0 {
            words.push(choices::next_ids(tables));
        }
        call
    }

    /// Appends the lists of cells, each once, and the buckets that share them.
    fn push_cells(&self, words: &mut Arguments, planned: &[PlannedBucket], tables: &[ChoiceTable]) {
        let fields = self.keys.fields(&self.definition, tables);
        let averaged = self.definition.is_averaged();
        let mut lists: Vec<&PlannedBucket> = Vec::new();
        let mut list_of = Vec::with_capacity(planned.len());
        for bucket in planned {
            let known = lists.iter().position(|list| Arc::ptr_eq(&list.cells, &bucket.cells));
            list_of.push(known.unwrap_or(lists.len()) + 1);
            if known.is_none() {
                lists.push(bucket);
            }
        }
        words.push_display(lists.len());
        for list in lists {
            let mut cells = Arguments::default();
            let mut count = 0;
            for cell in list.cells.iter() {
                let field = fields.encode(&cell.point);
                for (total, kicks) in cell.amount.steps() {
                    cells.push(&field).push_display(total);
                    if averaged {
                        cells.push_display(kicks);
                    }
                    count += 1;
                }
            }
            words.push_display(count).append(&cells);
        }
        words.push_display(planned.len());
        for (bucket, list) in planned.iter().zip(list_of) {
            words
                .push_display(list)
                .push(bucket.scale.name())
                .push(self.keys.indexed(bucket.scale, bucket.start));
            let life = self.life(bucket.scale, bucket.start);
            // The original's counts never expire.
            words.push_option(life).push_option(life.filter(|_| matches!(self.keys, CellKeys::Own(_))));
        }
    }

    /// How many seconds a bucket is to live from now: until no clock finds it retained.
    fn life(&self, scale: Scale, start: i64) -> Option<i64> {
        if let CellKeys::Seed(_) = self.keys {
            return seed::life(scale, start, self.now);
        }
        let kept = match self.definition.retention.of(scale) {
            Keep::Forever => return None,
            Keep::Seconds(kept) => kept,
            Keep::Never => 0,
        };
        let end = self.calendar.bucket(scale, start).end;
        let life = end.saturating_add(kept).saturating_sub(self.now).max(0).saturating_add(SLACK);
        (life < LONGEST_LIFE).then_some(life)
    }

    /// The ids that kicks land at, by axis.
    fn used(&self) -> Vec<BTreeSet<u32>> {
        let mut used = vec![BTreeSet::new(); self.definition.axes.len()];
        self.admission.each_counted_id(|axis, id| {
            if let Some(used) = used.get_mut(axis) {
                used.insert(id);
            }
        });
        used
    }
}
