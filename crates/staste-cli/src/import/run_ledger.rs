//! `RunLedger`: the counted runs of a Metrica, as the store has them.
//!
//! Each commit has a record `import/METRICA/2/SOURCE/DAY/N` with its runs. SOURCE is the hash of the name of the source,
//! DAY that of the first row of a run in days since 1970, or `-` for rows without dates, and N counts the records from 0.
//! `import/METRICA/2/seed` has the seed of all hashes of rows, and
//! `import/METRICA/2/begins/ROW/SOURCE` has the name of a source without dates that starts with a row of this hash.
//!
//! The record of a commit is a claim: of two imports that commit at the same time, one has to look at the runs of the other first.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt as _};
use staste::store::{Claim, Store};

use super::run::{RowHasher, Run, Tail};
use crate::failure::{Failure, Result};

/// Version of the encoding of a record.
const VERSION: u8 = 2;
/// Comes in place of the position of a run before the hashes of rejected rows, which end a record.
const REJECTED: u32 = u32::MAX;

/// The day of a row in days since 1970; none for rows without dates.
pub(super) type Day = Option<i64>;

/// A run that an import counted.
#[derive(Clone, Debug)]
pub(super) struct KnownRun {
    /// The random number of the import of the file.
    pub(super) stream: u64,
    /// Position among the runs of this stream.
    pub(super) ordinal: u32,
    /// False if it was imported with other columns or options.
    pub(super) has_same_mapping: bool,
    pub(super) run: Run,
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
    rejected: HashSet<u64>,
}

/// The runs of a day.
#[derive(Default)]
pub(super) struct DayRuns {
    /// Number of records.
    records: u32,
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
            rejected: HashSet::new(),
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

    /// Returns the names of other sources that start with this row, and records that this one does.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn other_sources_starting_with(
        &self,
        row: u64,
        source: &str,
        is_dry_run: bool,
    ) -> Result<Vec<String>> {
        let prefix = format!("{}begins/{row:016x}/", self.all_sources);
        let own = format!("{prefix}{}", hex(&short_hash(source)));
        let records = self.store.records(&prefix)?;
        if !is_dry_run && !records.iter().any(|(key, _)| *key == own) {
            self.store.put_record(&own, Some(source.as_bytes()))?;
        }
        let others = records.into_iter().filter(|(key, _)| *key != own);
        Ok(others.map(|(_, name)| String::from_utf8_lossy(&name).into_owned()).collect())
    }

    /// Returns true if an import has reported a row of this hash as invalid, as far as its day was looked up.
    pub(super) fn was_rejected(&self, row: u64) -> bool {
        self.rejected.contains(&row)
    }

    /// Returns the claims of a commit. Without runs there are none.
    ///
    /// # Errors
    /// As [`day`](Self::day).
    pub(super) fn claims(
        &mut self,
        (stream, ordinal): (u64, u32),
        runs: &[(Day, Run)],
        rejected: &[u64],
    ) -> Result<Vec<Claim>> {
        let mut by_day: BTreeMap<Day, Vec<u8>> = BTreeMap::new();
        for ((day, run), ordinal) in runs.iter().zip(ordinal..) {
            let mapping = self.mapping;
            let value = by_day.entry(*day).or_insert_with(|| {
                let mut bytes = vec![VERSION];
                bytes.extend(mapping);
                bytes.extend(stream.to_le_bytes());
                bytes
            });
            value.extend(ordinal.to_le_bytes());
            run.encode(value);
        }
        if let Some(mut last) = by_day.last_entry()
            && !rejected.is_empty()
        {
            last.get_mut().extend(REJECTED.to_le_bytes());
            rejected.iter().for_each(|row| last.get_mut().extend(row.to_le_bytes()));
        }
        let claim = |(day, value)| {
            let number = self.day(day)?.records;
            Ok(Claim { key: format!("{}{number:08x}", self.day_prefix(day)), value, expires: None })
        };
        let claims: Result<Vec<Claim>> = by_day.into_iter().map(claim).collect();
        let mut claims = claims?;
        if let Some(seed) = self.new_seed
            && !claims.is_empty()
        {
            let value = seed.to_le_bytes().to_vec();
            claims.push(Claim { key: self.seed_key(), value, expires: None });
        }
        Ok(claims)
    }

    /// Reads the days again, after another import has made a claim of theirs.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn reload(&mut self, days: &HashSet<Day>) -> Result<()> {
        self.positions.retain(|day, _| !days.contains(day));
        self.last = None;
        self.read_seed()
    }

    /// Notes that the claims of a commit were made. The import that made them does not look for its own runs.
    pub(super) fn add(&mut self, runs: &[(Day, Run)], rejected: Vec<u64>) {
        let days: HashSet<Day> = runs.iter().map(|(day, _)| *day).collect();
        if days.is_empty() {
            return;
        }
        self.new_seed = None;
        self.rejected.extend(rejected);
        for day in days {
            let position = self.positions.get(&day).copied();
            if let Some(runs) = position.and_then(|position| self.days.get_mut(position)) {
                runs.records += 1;
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
        for (key, value) in self.store.records(&self.day_prefix(day))? {
            let (known, rejected) = decode(&value, &self.mapping).ok_or_else(|| invalid_record(&key))?;
            known.into_iter().for_each(|known| runs.add(known));
            self.rejected.extend(rejected);
            runs.records += 1;
        }
        Ok(runs)
    }
}

impl DayRuns {
    /// Returns true if nothing was imported that starts on the day.
    pub(super) fn is_empty(&self) -> bool {
        self.by_first.is_empty()
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

    fn add(&mut self, known: KnownRun) {
        let known = Rc::new(known);
        if known.run.tail != 0 && known.has_same_mapping {
            self.tails.entry(known.run.tail).or_default().push((known.stream, known.ordinal));
        }
        self.by_stream.entry(known.stream).or_default().insert(known.ordinal, Rc::clone(&known));
        self.by_first.entry(known.run.first).or_default().push(known);
    }
}

fn invalid_record(key: &str) -> Failure {
    Failure::failed(format!("the record {key} of an earlier import is invalid"))
        .help("if a newer version of staste wrote it, upgrade; or import with --again, which ignores records")
}

fn decode(bytes: &[u8], own_mapping: &[u8; 16]) -> Option<(Vec<KnownRun>, Vec<u64>)> {
    let rest = bytes.strip_prefix(&[VERSION])?;
    let (mapping, rest) = rest.split_first_chunk::<16>()?;
    let (stream, mut rest) = rest.split_first_chunk::<8>()?;
    let mut runs = Vec::new();
    while !rest.is_empty() {
        let (ordinal, after) = rest.split_first_chunk::<4>()?;
        if u32::from_le_bytes(*ordinal) == REJECTED {
            let (rows, []) = after.as_chunks::<8>() else { return None };
            return Some((runs, rows.iter().map(|row| u64::from_le_bytes(*row)).collect()));
        }
        let (run, after) = Run::decode(after)?;
        rest = after;
        runs.push(KnownRun {
            stream: u64::from_le_bytes(*stream),
            ordinal: u32::from_le_bytes(*ordinal),
            has_same_mapping: mapping == own_mapping,
            run,
        });
    }
    Some((runs, Vec::new()))
}

fn short_hash(text: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    blake3::Hasher::new().update(text.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
