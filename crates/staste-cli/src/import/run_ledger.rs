//! `RunLedger`: the counted runs of a Metrica, as the store has them.
//!
//! Each commit has a record `import/METRICA/2/SOURCE/DAY/N` with its runs. SOURCE is the hash of the name of the source,
//! DAY that of the first row of a run in days since 1970, or `-` for rows without dates, and N counts the records from 0.
//! A run that grows from commit to commit has a record of its own, which each commit replaces by one with the next N.
//! `import/METRICA/2/seed` has the seed of all hashes of rows, and
//! `import/METRICA/2/begins/ROW/SOURCE/MAPPING` has the name of a source of which a stream starts with a row of this hash.
//!
//! The record of a commit is a claim: of two imports that commit at the same time, one has to look at the runs of the other first.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt as _};
use staste::store::{Claim, Store};

use super::run::{GrowingRun, RowHasher, Run, Tail};
use super::run_record::{Day, DecodedRecord, KnownRun, RecordBuilder, decode};
use crate::failure::{Failure, Result};

/// A stream of another source or mapping that starts with the same row.
#[derive(Debug)]
pub(super) struct StartingStream {
    /// The name of its source.
    pub(super) name: String,
    /// True if it is of the same source, so that it was imported with another mapping.
    pub(super) is_of_same_source: bool,
}

/// The runs of a block to be committed.
#[derive(Debug, Default)]
pub(super) struct BlockRuns {
    pub(super) runs: Vec<NewRun>,
    /// The days of all rows in the runs.
    pub(super) days: HashSet<Day>,
    /// The state of the last run, if the next block may continue it.
    pub(super) growing: Option<Box<GrowingRun>>,
}

/// A run that is not committed yet.
#[derive(Debug)]
pub(super) struct NewRun {
    /// The day of the first row.
    pub(super) day: Day,
    /// The day of the last row.
    pub(super) last_day: Day,
    /// True if the previous block has its start.
    pub(super) continues: bool,
    pub(super) run: Run,
}

/// The record of a run that can grow. It has no other runs, so that the record of the grown run can replace it.
#[derive(Clone, Debug)]
pub(super) struct GrowingRecord {
    pub(super) ordinal: u32,
    key: String,
}

/// The records of a commit.
#[derive(Debug, Default)]
pub(super) struct NewRecords {
    pub(super) claims: Vec<Claim>,
    /// That of the last run, if it can grow.
    pub(super) growing: Option<GrowingRecord>,
}

/// The counted runs of a Metrica and source.
pub(super) struct RunLedger<'a> {
    store: &'a dyn Store,
    /// The start of the keys of all records of the Metrica.
    all_sources: String,
    /// The start of the keys of all records of the source.
    prefix: String,
    mapping: [u8; 16],
    hasher: RowHasher,
    /// The seed of the hashes, if no import has recorded it yet.
    new_seed: Option<u64>,
    /// The days that were looked up.
    days: Vec<DayRuns>,
    /// Their positions in `days`.
    positions: HashMap<Day, usize>,
    /// The day that was looked up last, and its position.
    last: Option<(Day, usize)>,
    /// The invalid rows of these days that were reported.
    rejected: HashMap<u64, u32>,
}

/// The runs of a day.
#[derive(Default)]
pub(super) struct DayRuns {
    /// The number of the next record.
    next: u32,
    by_first: HashMap<u64, Vec<Rc<KnownRun>>>,
    tails: HashMap<u64, Vec<(u64, u32)>>,
    by_stream: HashMap<u64, BTreeMap<u32, Rc<KnownRun>>>,
}

impl<'a> RunLedger<'a> {
    /// Returns the ledger of a Metrica, source and mapping.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn new(
        store: &'a dyn Store,
        metrica: &str,
        source: &str,
        mapping: &str,
    ) -> Result<RunLedger<'a>> {
        let all_sources = format!("import/{metrica}/2/");
        let prefix = format!("{all_sources}{}/", hex(&short_hash(source)));
        let mut ledger = RunLedger {
            store,
            all_sources,
            prefix,
            mapping: short_hash(mapping),
            hasher: RowHasher::new(0),
            new_seed: None,
            days: Vec::new(),
            positions: HashMap::new(),
            last: None,
            rejected: HashMap::new(),
        };
        ledger.read_seed()?;
        Ok(ledger)
    }

    /// Returns the hash of the rows of this Metrica.
    pub(super) fn hasher(&self) -> RowHasher {
        self.hasher
    }

    fn seed_key(&self) -> String {
        format!("{}seed", self.all_sources)
    }

    /// Reads the seed of the hashes. The first commit of all imports records one.
    fn read_seed(&mut self) -> Result<()> {
        let key = self.seed_key();
        let seed = match self.store.records(&key)?.into_iter().next() {
            None => {
                let seed = *self.new_seed.get_or_insert_with(|| fastrand::u64(..));
                self.hasher = RowHasher::new(seed);
                return Ok(());
            }
            Some((_, value)) => value.try_into().map(u64::from_le_bytes).map_err(|_| invalid_record(&key))?,
        };
        (self.new_seed, self.hasher) = (None, RowHasher::new(seed));
        Ok(())
    }

    /// Returns the runs of a day.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    #[inline]
    pub(super) fn day(&mut self, day: Day) -> Result<&DayRuns> {
        let position = match self.last {
            Some((last, position)) if last == day => position,
            _ => self.position(day)?,
        };
        self.last = Some((day, position));
        self.days.get(position).ok_or_else(|| Failure::failed("a day of an import is lost"))
    }

    fn position(&mut self, day: Day) -> Result<usize> {
        if let Some(position) = self.positions.get(&day) {
            return Ok(*position);
        }
        let runs = self.load(day)?;
        self.positions.insert(day, self.days.len());
        self.days.push(runs);
        Ok(self.days.len().saturating_sub(1))
    }

    /// Returns the runs of a stream from a position on, as far as their days were looked up.
    pub(super) fn following(&self, stream: u64, ordinal: u32) -> Vec<Rc<KnownRun>> {
        let days = self.positions.values().filter_map(|position| self.days.get(*position));
        let runs = days.filter_map(|day| day.by_stream.get(&stream));
        let mut runs: Vec<_> =
            runs.flat_map(|runs| runs.range(ordinal..)).map(|(_, run)| Rc::clone(run)).collect();
        runs.sort_by_key(|known| known.ordinal);
        runs
    }

    /// Returns the runs of all streams without dates, stream by stream.
    ///
    /// # Errors
    /// As [`day`](Self::day).
    pub(super) fn undated(&mut self) -> Result<Vec<Rc<KnownRun>>> {
        let streams = self.day(None)?.by_stream.values();
        Ok(streams.flat_map(BTreeMap::values).map(Rc::clone).collect())
    }

    /// Returns the streams that start with this row, and records that this one does.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn streams_starting_with(
        &self,
        row: u64,
        source: &str,
        is_dry_run: bool,
    ) -> Result<Vec<StartingStream>> {
        let prefix = format!("{}begins/{row:016x}/", self.all_sources);
        let own_source = format!("{}/", hex(&short_hash(source)));
        let own = format!("{prefix}{own_source}{}", hex(&self.mapping));
        let records = self.store.records(&prefix)?;
        if !is_dry_run && !records.iter().any(|(key, _)| *key == own) {
            self.store.put_record(&own, Some(source.as_bytes()))?;
        }
        let others = records.into_iter().filter(|(key, _)| *key != own);
        let stream = |(key, name): (String, Vec<u8>)| StartingStream {
            name: String::from_utf8_lossy(&name).into_owned(),
            is_of_same_source: key.strip_prefix(&prefix).is_some_and(|key| key.starts_with(&own_source)),
        };
        Ok(others.map(stream).collect())
    }

    /// Returns true if an earlier import has reported a row of this hash as invalid, as far as its day was looked up. Each
    /// report is returned once.
    pub(super) fn take_rejected(&mut self, row: u64) -> bool {
        let reports = self.rejected.get_mut(&row).filter(|reports| **reports > 0);
        reports.map(|reports| *reports -= 1).is_some()
    }

    /// Returns the claims of a commit: at least one for each day of its rows, so that of two commits with rows of the same
    /// day one has to look at the other first. The first run may continue the one of an earlier record, which is replaced.
    ///
    /// # Errors
    /// As [`day`](Self::day).
    pub(super) fn claims(
        &mut self,
        (stream, mut ordinal): (u64, u32),
        block: &BlockRuns,
        grown: Option<&GrowingRecord>,
        rejected: &[u64],
    ) -> Result<NewRecords> {
        let mapping = self.mapping;
        let record = || RecordBuilder::new(&mapping, stream);
        let mut records = NewRecords::default();
        let mut numbers: BTreeMap<Day, u32> = BTreeMap::new();
        let mut by_day: BTreeMap<Day, RecordBuilder> =
            block.days.iter().map(|day| (*day, record())).collect();
        let last = block.runs.len().saturating_sub(1);
        for (index, known) in block.runs.iter().enumerate() {
            let replaced = grown.filter(|_| known.continues);
            let position = replaced.map_or(ordinal, |record| record.ordinal);
            ordinal += u32::from(replaced.is_none());
            let can_grow = block.growing.is_some() && index == last;
            if can_grow || replaced.is_some() {
                let mut alone = record();
                alone.add_run(position, &known.run);
                let claim = Claim::new(self.next_key(known.day, &mut numbers)?, alone.bytes());
                records.growing =
                    can_grow.then(|| GrowingRecord { ordinal: position, key: claim.key.clone() });
                records.claims.push(match replaced {
                    Some(record) => claim.replacing(&record.key),
                    None => claim,
                });
                continue;
            }
            by_day.entry(known.day).or_insert_with(record).add_run(position, &known.run);
            if known.last_day != known.day && known.run.tail != 0 {
                by_day.entry(known.last_day).or_insert_with(record).add_tail(position, known.run.tail);
            }
        }
        // A day that has another claim needs none without runs.
        by_day.retain(|day, record| !record.is_empty() || !numbers.contains_key(day));
        if !rejected.is_empty() {
            if by_day.is_empty() {
                // Without other runs they are recorded with the day that was looked up last.
                by_day.extend(self.last.map(|(day, _)| (day, record())));
            }
            if let Some(mut last) = by_day.last_entry() {
                last.get_mut().end_with_rejected(rejected);
            }
        }
        for (day, record) in by_day {
            records.claims.push(Claim::new(self.next_key(day, &mut numbers)?, record.bytes()));
        }
        if let Some(seed) = self.new_seed
            && !records.claims.is_empty()
        {
            records.claims.push(Claim::new(self.seed_key(), seed.to_le_bytes()));
        }
        Ok(records)
    }

    /// Returns the key of the next record of a day, where `numbers` has the ones of the same commit.
    fn next_key(&mut self, day: Day, numbers: &mut BTreeMap<Day, u32>) -> Result<String> {
        let next = self.day(day)?.next;
        let number = numbers.entry(day).and_modify(|number| *number += 1).or_insert(next);
        Ok(format!("{}{number:08x}", self.day_prefix(day)))
    }

    /// Reads all days again, after another import has made a claim of one.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn reload(&mut self) -> Result<()> {
        self.positions.clear();
        self.days.clear();
        self.rejected.clear();
        self.last = None;
        self.read_seed()
    }

    /// Notes that the claims of a commit were made. The import that made them does not look for its own runs.
    pub(super) fn add(&mut self, claims: &[Claim]) {
        if !claims.is_empty() {
            self.new_seed = None;
        }
        for (day, position) in &self.positions {
            let prefix = self.day_prefix(*day);
            if let Some(runs) = self.days.get_mut(*position) {
                let numbers = claims.iter().filter_map(|claim| number_of(&claim.key, &prefix));
                runs.next = numbers.map(|number| number.saturating_add(1)).fold(runs.next, u32::max);
            }
        }
    }

    fn day_prefix(&self, day: Day) -> String {
        match day {
            Some(day) => format!("{}{day}/", self.prefix),
            None => format!("{}-/", self.prefix),
        }
    }

    fn load(&mut self, day: Day) -> Result<DayRuns> {
        let mut runs = DayRuns::default();
        let prefix = self.day_prefix(day);
        for (key, value) in self.store.records(&prefix)? {
            let DecodedRecord { runs: known, tails, rejected } =
                decode(&value, day, &self.mapping).ok_or_else(|| invalid_record(&key))?;
            known.into_iter().for_each(|known| runs.add(known));
            for (tail, id) in tails {
                runs.tails.entry(tail).or_default().push(id);
            }
            for row in rejected {
                *self.rejected.entry(row).or_default() += 1;
            }
            let number = number_of(&key, &prefix).ok_or_else(|| invalid_record(&key))?;
            runs.next = runs.next.max(number.saturating_add(1));
        }
        Ok(runs)
    }
}

impl DayRuns {
    /// Returns true if nothing was imported that starts or ends on the day.
    pub(super) fn is_empty(&self) -> bool {
        self.by_first.is_empty() && self.tails.is_empty()
    }

    /// Returns the runs that start with a row of this hash.
    #[inline]
    pub(super) fn starting_with(&self, first: u64) -> &[Rc<KnownRun>] {
        if self.by_first.is_empty() {
            return &[];
        }
        self.by_first.get(&first).map_or(&[], Vec::as_slice)
    }

    /// Returns the streams and positions of the runs that end with these rows.
    pub(super) fn ending_with(&self, tail: &Tail) -> &[(u64, u32)] {
        if self.tails.is_empty() { &[] } else { self.tails.get(&tail.hash()).map_or(&[], Vec::as_slice) }
    }

    /// Returns a run by its stream and position.
    pub(super) fn of_stream(&self, stream: u64, ordinal: u32) -> Option<&Rc<KnownRun>> {
        self.by_stream.get(&stream)?.get(&ordinal)
    }

    fn add(&mut self, known: KnownRun) {
        let known = Rc::new(known);
        if known.run.tail != 0 {
            self.tails.entry(known.run.tail).or_default().push((known.stream, known.ordinal));
        }
        self.by_stream.entry(known.stream).or_default().insert(known.ordinal, Rc::clone(&known));
        self.by_first.entry(known.run.first).or_default().push(known);
    }
}

/// Returns the number at the end of the key of a record.
fn number_of(key: &str, prefix: &str) -> Option<u32> {
    key.strip_prefix(prefix).and_then(|number| u32::from_str_radix(number, 16).ok())
}

fn invalid_record(key: &str) -> Failure {
    Failure::failed(format!("the record {key} of an earlier import is invalid"))
        .help("if a newer version of staste wrote it, upgrade; or import with --again, which ignores records")
}

fn short_hash(text: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    blake3::Hasher::new().update(text.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
