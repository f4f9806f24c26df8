//! `Recognizer`: decides which rows of a stream are counted already.
//!
//! A row is counted if a counted run starts with it and the stream continues with the whole run, wherever that is in the
//! stream. All other rows are new. If a counted run is in the stream in part only, nobody can say which of its rows are new,
//! so that the stream is refused.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::rc::Rc;

use staste::store::Store;

use super::block_claim::{CommonPrefix, Comparison};
use super::run::{GrowingRun, RowHasher, Run, Tail};
use super::run_ledger::{BlockRuns, GrowingRecord, NewRecords, RunLedger};
use super::run_record::{Day, KnownRun};
use super::source::{Scope, Source};
use crate::failure::Result;
use crate::input::BlockReader;

/// Number of bytes to search for the rest of what was counted. Runs are shorter.
const SEARCHED_BYTES: usize = 12 << 20;
/// Number of bytes of a run after which it does not grow any more.
const MAX_GROWING_BYTES: usize = 1 << 20;

/// The next row of a stream, compared with what is counted.
pub(super) enum RowStatus {
    /// The row starts a run that is counted, of this many bytes.
    Known(Rc<KnownRun>, u64),
    /// The row is not counted.
    New,
    Refused(Refusal),
}

/// How a stream compares with a run.
enum Match {
    /// The stream continues with the run, in this many bytes.
    Same(u64),
    Different(CommonPrefix),
    /// The stream ends inside the run.
    Shorter,
}

/// Why a stream is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It ends inside a run that is counted.
    Shorter,
    /// Counted rows have changed or are missing after this part.
    Changed(CommonPrefix),
    /// It contains the end of a counted run, but not its start.
    StartsInside,
    /// Its rows were counted with other columns or options.
    OtherMapping,
    /// Rows without dates of a stream without a name, which starts like an earlier one.
    Anonymous,
}

/// A counted run that a stream contains, with its length there.
type FoundRun = (Rc<KnownRun>, u64);

/// The number of a stream, and the position of a run in it.
type RunId = (u64, u32);

/// Counted rows have changed or are missing right here.
const CHANGED_HERE: Refusal = Refusal::Changed(CommonPrefix { bytes: 0, is_exact: true });

/// The other streams that start like this one.
#[derive(Debug, Default)]
pub(super) struct StreamStart {
    /// True if one of the same source was imported with other columns or options.
    pub(super) has_other_mapping: bool,
    /// The names of other sources without dates.
    pub(super) sources: Vec<String>,
}

/// Compares the rows of one stream with the counted runs of its source.
pub(crate) struct Recognizer<'a> {
    ledger: RunLedger<'a>,
    source: Source,
    /// A random number for this stream. A file without dates that has grown keeps that of its first import.
    stream: u64,
    /// Position of the next run among those of the stream.
    next: u32,
    /// The invalid rows that the next commit records.
    rejected: Vec<u64>,
    /// The runs that this import has committed.
    own: HashSet<RunId>,
    /// The runs of earlier imports that this stream contains.
    matched: HashSet<RunId>,
    /// The last one of them.
    last_match: Option<RunId>,
    /// Its day and its number of bytes.
    last_matched: Option<(Day, u64)>,
    /// True if the stream is followed while it grows.
    is_live: bool,
    /// The streams whose runs are compared with its rows.
    scope: Scope,
    /// The last committed run of a stream that is followed.
    growth: Option<Growth>,
    /// The day of the last row, and whether runs of it are known.
    last_day: Option<(Day, bool)>,
    /// True if rows before the next run are new, although rows after them are counted.
    is_gap: bool,
    /// True if the stream has nothing in common with the earlier ones of its source.
    is_other_content: bool,
    /// True once it is recorded how the stream starts.
    is_recorded: bool,
}

/// A committed run that the next rows continue.
struct Growth {
    day: Day,
    run: Box<GrowingRun>,
    record: GrowingRecord,
    /// Where it ends in the stream.
    end: u64,
}

impl<'a> Recognizer<'a> {
    /// Returns the recognizer of a stream.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(crate) fn new(
        store: &'a dyn Store,
        metrica: &str,
        source: Source,
        mapping: &str,
    ) -> Result<Recognizer<'a>> {
        Ok(Recognizer {
            ledger: RunLedger::new(store, metrica, &source.name, mapping)?,
            source,
            stream: fastrand::u64(..),
            next: 0,
            rejected: Vec::new(),
            own: HashSet::new(),
            matched: HashSet::new(),
            last_match: None,
            last_matched: None,
            is_live: false,
            scope: Scope::Without(HashSet::new()),
            growth: None,
            last_day: None,
            is_gap: false,
            is_other_content: false,
            is_recorded: false,
        })
    }

    /// Returns the hash of the rows of the Metrica.
    pub(super) fn hasher(&self) -> RowHasher {
        self.ledger.hasher()
    }

    /// Follows the stream while it grows: its runs grow, too.
    pub(crate) fn follow(&mut self) {
        self.is_live = true;
    }

    /// Compares rows without dates with those of these streams only, and rows with dates with all but those of `others`. So a
    /// new file has no counted rows, even if its rows are equal to counted ones.
    pub(crate) fn compare_with(&mut self, own: impl IntoIterator<Item = u64>, others: Vec<u64>) {
        let own = own.into_iter().collect();
        self.scope = if self.source.is_dated {
            Scope::Without(others.into_iter().collect())
        } else {
            Scope::Only(own)
        };
    }

    /// Returns true if the stream is followed while it grows.
    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Returns the number of the stream.
    pub(crate) fn stream(&self) -> u64 {
        self.stream
    }

    /// Returns the run, and its day, that a block at an offset continues.
    pub(super) fn growing_run(&self, offset: u64) -> Option<(Day, GrowingRun)> {
        let growth = self.growth.as_ref()?;
        let can_grow = growth.end == offset && growth.run.length() < MAX_GROWING_BYTES;
        can_grow.then(|| (growth.day, (*growth.run).clone()))
    }

    /// Compares the next rows of a stream with the counted runs, of which one has just ended, or none was there before.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn look_up<R: Read>(
        &mut self,
        day: Day,
        row: u64,
        blocks: &mut BlockReader<R>,
        resumes: bool,
    ) -> Result<RowStatus> {
        let (found, refusal) = self.find(day, row, blocks)?;
        let is_first = self.matched.is_empty() && self.own.is_empty();
        if is_first && self.source.is_anonymous && !resumes && (found.is_some() || refusal.is_some()) {
            return Ok(RowStatus::Refused(Refusal::Anonymous));
        }
        if let Some((known, length)) = found {
            return Ok(RowStatus::Known(known, length));
        }
        let refusal = match refusal {
            None => self.check_gap(day, blocks)?,
            refusal => refusal,
        };
        Ok(refusal.map_or(RowStatus::New, RowStatus::Refused))
    }

    /// Finds the run that starts with a row, with its length in this stream, or why the stream is refused.
    fn find<R: Read>(
        &mut self,
        day: Day,
        row: u64,
        blocks: &mut BlockReader<R>,
    ) -> Result<(Option<FoundRun>, Option<Refusal>)> {
        let mut candidates = self.candidates(day, row)?;
        // Runs of one import follow each other, so that the next one is the likely one. Then an earlier one is, because equal
        // rows may begin a later one as well.
        let next = self.last_match.map(|(stream, ordinal)| (stream, ordinal.saturating_add(1)));
        candidates.sort_by_key(|known| (Some((known.stream, known.ordinal)) != next, known.ordinal));
        let mut refusal = None;
        for known in candidates {
            let length = known.run.length();
            let ahead = blocks.peek_bytes(length.saturating_add(2));
            match (self.compare(&known.run, ahead), known.has_same_mapping) {
                (Match::Same(length), true) => return Ok((Some((known, length)), None)),
                (_, false) => refusal = Some(Refusal::OtherMapping),
                (Match::Shorter, true) => refusal = refusal.or(Some(Refusal::Shorter)),
                (Match::Different(common), true) => {
                    // The row may be a new one that is equal to the first of a run which follows.
                    let is_later = known.run.is_in_later_line(&searched_bytes(blocks), self.hasher());
                    if !is_later {
                        refusal = refusal.or(Some(Refusal::Changed(common)));
                    }
                }
            }
        }
        Ok((None, refusal))
    }

    fn compare(&self, run: &Run, ahead: &[u8]) -> Match {
        let length = run.length();
        match run.compare(ahead) {
            Comparison::Same => {
                // A last row without newline was counted. With dates, another row may start in the same way.
                let rest = ahead.get(length..).unwrap_or_default();
                let ends_row = ahead.get(..length).is_some_and(|run| run.ends_with(b"\n"))
                    || matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]);
                if ends_row || !self.source.is_dated {
                    return Match::Same(length as u64);
                }
                Match::Different(CommonPrefix { bytes: 0, is_exact: false })
            }
            Comparison::Different(common) => Match::Different(common),
            Comparison::Shorter => {
                // The newline of the last row may be missing now.
                let is_whole = [&b"\n"[..], b"\r\n"].into_iter().any(|newline| {
                    ahead.len() + newline.len() == length
                        && run.compare(&[ahead, newline].concat()) == Comparison::Same
                });
                if is_whole { Match::Same(ahead.len() as u64) } else { Match::Shorter }
            }
        }
    }

    /// Returns true if a counted run may start with this row. `ahead` starts with the row.
    ///
    /// # Errors
    /// When the store cannot be reached.
    #[inline]
    pub(super) fn may_be_known(&mut self, day: Day, row: &[u8], ahead: &[u8]) -> Result<bool> {
        if !self.has_runs(day)? {
            return Ok(false);
        }
        let candidates = self.candidates(day, self.hasher().hash_start(row))?;
        Ok(candidates.into_iter().any(|known| !matches!(known.run.compare(ahead), Comparison::Different(_))))
    }

    /// Returns true if runs of a day are known. Most rows follow one of the same day.
    #[inline]
    fn has_runs(&mut self, day: Day) -> Result<bool> {
        if let Some((last, has_runs)) = self.last_day
            && last == day
        {
            return Ok(has_runs);
        }
        let has_runs = !self.ledger.day(day)?.is_empty();
        self.last_day = Some((day, has_runs));
        Ok(has_runs)
    }

    /// Adds a row to the last rows. Returns true if they are the end of a counted run whose start is not in this stream.
    ///
    /// # Errors
    /// When the store cannot be reached.
    #[inline]
    pub(super) fn is_end_of_counted_run(&mut self, day: Day, row: &[u8], tail: &mut Tail) -> Result<bool> {
        if day.is_none() || !self.has_runs(day)? {
            return Ok(false);
        }
        tail.add(self.hasher().hash(row));
        let ends = self.ledger.day(day)?.ending_with(tail);
        let is_other =
            |id: &RunId| self.scope.has(id.0) && !self.own.contains(id) && !self.matched.contains(id);
        Ok(ends.iter().any(is_other))
    }

    /// Notes that the stream contains a counted run, which was skipped.
    pub(super) fn skip(&mut self, known: &KnownRun) {
        if !self.source.is_dated && self.own.is_empty() {
            self.stream = known.stream;
        }
        self.last_match = Some((known.stream, known.ordinal));
        self.last_matched = Some((known.day, known.run.claim.length));
        self.matched.insert((known.stream, known.ordinal));
        self.is_gap = false;
    }

    /// Returns the records for the commit of new runs.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn records(&mut self, block: &BlockRuns) -> Result<NewRecords> {
        let last = self.ledger.following(self.stream, 0).last().map(|known| known.ordinal);
        self.next = self.next.max(last.map_or(0, |last| last.saturating_add(1)));
        let grown = self.growth.as_ref().map(|growth| &growth.record);
        self.ledger.claims((self.stream, self.next), block, grown, &self.rejected)
    }

    /// Notes that the runs of a block, which ends at an offset of the stream, were committed with their records.
    pub(super) fn add(&mut self, block: BlockRuns, records: NewRecords, end: u64) {
        let NewRecords { claims, growing } = records;
        let number = block.runs.iter().filter(|run| !run.continues).count();
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let day = block.runs.last().map(|run| run.day);
        self.growth = match (block.growing, growing, day) {
            (Some(run), Some(record), Some(day)) => Some(Growth { day, run, record, end }),
            _ => None,
        };
        let ordinals = self.next..self.next.saturating_add(number);
        self.own.extend(ordinals.map(|ordinal| (self.stream, ordinal)));
        self.next = self.next.saturating_add(number);
        if !claims.is_empty() {
            self.rejected.clear();
        }
        self.ledger.add(&claims);
    }

    /// Returns true if an earlier import has reported this row as invalid. Otherwise the next commit records it.
    pub(super) fn was_rejected(&mut self, row: u64) -> bool {
        let was_rejected = self.ledger.take_rejected(row);
        if !was_rejected {
            self.rejected.push(row);
        }
        was_rejected
    }

    /// Reads all records again, because another import has written some. Returns false if that import has counted rows right
    /// after those that this stream has in common with it, so that it reads the same stream at the same time.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn reload(&mut self) -> Result<bool> {
        self.is_gap = false;
        self.rejected.clear();
        self.last_day = None;
        self.ledger.reload()?;
        let (Some((stream, ordinal)), Some((day, length))) = (self.last_match, self.last_matched) else {
            return Ok(true);
        };
        let runs = self.ledger.day(day)?.of_stream(stream, ordinal);
        Ok(runs.is_none_or(|known| known.run.claim.length == length))
    }

    /// Compares a new stream with others that start with the same row, and records how it starts. Returns the names of other
    /// sources without dates.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn compare_start(&mut self, row: u64, is_dry_run: bool) -> Result<StreamStart> {
        if !self.matched.is_empty() || !self.own.is_empty() || self.is_recorded {
            return Ok(StreamStart::default());
        }
        self.is_recorded = true;
        let others = self.ledger.streams_starting_with(row, &self.source.name, is_dry_run)?;
        let has_other_mapping = others.iter().any(|other| other.is_of_same_source);
        let sources = others.into_iter().filter(|other| !other.is_of_same_source && !self.source.is_dated);
        let mut sources: Vec<String> = sources.map(|other| other.name).collect();
        sources.dedup();
        Ok(StreamStart { has_other_mapping, sources })
    }

    fn is_other(&self, known: &KnownRun) -> bool {
        let id = (known.stream, known.ordinal);
        self.scope.has(known.stream) && !self.own.contains(&id) && !self.matched.contains(&id)
    }

    #[inline]
    fn candidates(&mut self, day: Day, row: u64) -> Result<Vec<Rc<KnownRun>>> {
        let known = self.ledger.day(day)?.starting_with(row);
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let known = known.to_vec();
        Ok(known.into_iter().filter(|known| self.is_other(known)).collect())
    }

    /// Checks that a row which is not counted is new: that no counted row was before it which has changed or is missing.
    fn check_gap<R: Read>(&mut self, day: Day, blocks: &mut BlockReader<R>) -> Result<Option<Refusal>> {
        if self.is_gap || self.is_other_content {
            return Ok(None);
        }
        self.is_gap = true;
        let refusal = if self.source.is_dated {
            self.check_dated_gap(day, blocks)?
        } else {
            self.check_undated_gap(blocks)?
        };
        Ok(refusal)
    }

    /// The runs that an import counted after the last one must follow, all of them or none.
    fn check_dated_gap<R: Read>(&mut self, day: Day, blocks: &mut BlockReader<R>) -> Result<Option<Refusal>> {
        if self.ledger.day(day)?.is_empty() {
            return Ok(None);
        }
        let ahead = searched_bytes(blocks);
        let ahead = ahead.as_ref();
        if let Some((stream, ordinal)) = self.last_match {
            let following = self.ledger.following(stream, ordinal.saturating_add(1));
            let mut following = following.iter().filter(|known| self.is_other(known));
            if let Some(next) = following.next()
                && !next.run.is_in_later_line(ahead, self.hasher())
                && (next.run.last_row_is_in(ahead, self.hasher())
                    || following.any(|later| later.run.is_in_later_line(ahead, self.hasher())))
            {
                return Ok(Some(CHANGED_HERE));
            }
        }
        let mut tail = Tail::default();
        for line in ahead.split_inclusive(|byte| *byte == b'\n') {
            let row = self.hasher().hash(line);
            // The rest is a counted run, which is recognized when it is reached.
            if !self.candidates(day, row)?.is_empty() {
                break;
            }
            if self.is_end_of_counted_run(day, line, &mut tail)? {
                return Ok(Some(Refusal::StartsInside));
            }
        }
        Ok(None)
    }

    /// All other runs of the file must follow. If not even a row of any is there, the file has other content now.
    fn check_undated_gap<R: Read>(&mut self, blocks: &mut BlockReader<R>) -> Result<Option<Refusal>> {
        let known = self.ledger.undated()?.into_iter();
        let missing: Vec<_> = known.filter(|known| known.has_same_mapping && self.is_other(known)).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let ahead = searched_bytes(blocks);
        let ahead = ahead.as_ref();
        let found = self.runs_in_later_lines(&missing, ahead);
        let streams: HashSet<u64> = self.matched.iter().chain(&found).map(|(stream, _)| *stream).collect();
        let lasts: HashSet<u64> = missing.iter().map(|known| known.run.last).collect();
        let hasher = self.hasher();
        let mut lines = ahead.split_inclusive(|byte| *byte == b'\n');
        if streams.is_empty() && lines.any(|line| lasts.contains(&hasher.hash(line))) {
            return Ok(Some(CHANGED_HERE));
        }
        self.is_other_content = streams.is_empty();
        let is_lost = |known: &Rc<KnownRun>| {
            streams.contains(&known.stream) && !found.contains(&(known.stream, known.ordinal))
        };
        Ok(missing.iter().any(is_lost).then_some(CHANGED_HERE))
    }

    fn runs_in_later_lines(&self, runs: &[Rc<KnownRun>], ahead: &[u8]) -> HashSet<RunId> {
        let mut by_first: HashMap<u64, Vec<&Rc<KnownRun>>> = HashMap::new();
        for known in runs {
            by_first.entry(known.run.first).or_default().push(known);
        }
        let mut found = HashSet::new();
        let mut start = 0;
        for line in ahead.split_inclusive(|byte| *byte == b'\n') {
            let rest = ahead.get(start..).unwrap_or_default();
            let is_first_line = start == 0;
            start += line.len();
            let starting = by_first.get(&self.hasher().hash(line)).filter(|_| !is_first_line);
            for known in starting.into_iter().flatten() {
                if known.run.compare(rest) == Comparison::Same {
                    found.insert((known.stream, known.ordinal));
                }
            }
        }
        found
    }
}

/// Returns the next part of a stream. A last row without newline has one there, as it may have had when it was counted.
fn searched_bytes<R: Read>(blocks: &mut BlockReader<R>) -> Cow<'_, [u8]> {
    let ahead = blocks.peek_bytes(SEARCHED_BYTES);
    let is_end = ahead.len() < SEARCHED_BYTES;
    if is_end && !ahead.ends_with(b"\n") { Cow::Owned([ahead, b"\n"].concat()) } else { Cow::Borrowed(ahead) }
}
