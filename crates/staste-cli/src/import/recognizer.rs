//! `Recognizer`: decides which rows of a stream are counted already.
//!
//! A row is counted if a counted run starts with it and the stream continues with the whole run, wherever that is in the
//! stream. All other rows are new. If a counted run is in the stream in part only, nobody can say which of its rows are new,
//! so that the stream is refused.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::rc::Rc;

use staste::store::{Claim, Store};

use super::block_claim::{CommonPrefix, Comparison};
use super::run::{RowHasher, Run, Tail};
use super::run_ledger::{Day, KnownRun, RunLedger};
use crate::failure::Result;
use crate::input::BlockReader;

/// Number of bytes to search for the rest of what was counted. Runs are shorter.
const SEARCHED_BYTES: usize = 12 << 20;

/// Which source a stream belongs to. Rows are compared with those of the same source only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The name, which is a part of the keys of its records.
    pub(crate) name: String,
    /// True if the rows have dates.
    pub(crate) is_dated: bool,
    /// True if another stream can have the same name: standard input without dates.
    pub(crate) is_anonymous: bool,
}

/// The next row of a stream, compared with what is counted.
pub(super) enum RowStatus {
    /// The row starts a run that is counted.
    Known(Rc<KnownRun>),
    /// The row is not counted. Contains the part that the stream has in common with a counted run, if it starts with one.
    New(Option<CommonPrefix>),
    Refused(Refusal),
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

/// The number of a stream, and the position of a run in it.
type RunId = (u64, u32);

/// Counted rows have changed or are missing right here.
const CHANGED_HERE: Refusal = Refusal::Changed(CommonPrefix { bytes: 0, is_exact: true });

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
    /// True if rows before the next run are new, although rows after them are counted.
    is_gap: bool,
    /// True if the stream has nothing in common with the earlier ones of its source.
    is_other_content: bool,
    /// True once it is recorded how the stream starts.
    is_recorded: bool,
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
            is_gap: false,
            is_other_content: false,
            is_recorded: false,
        })
    }

    /// Returns the hash of the rows of the Metrica.
    pub(super) fn hasher(&self) -> RowHasher {
        self.ledger.hasher()
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
        let (mut found, mut refusal, mut prefix): (Option<Rc<KnownRun>>, Option<Refusal>, _) =
            (None, None, None);
        for known in self.candidates(day, row)? {
            let length = known.run.length();
            match (known.run.compare(blocks.peek_bytes(length)), known.has_same_mapping) {
                (Comparison::Same, true) => {
                    if found.as_ref().is_none_or(|found| found.run.length() < length) {
                        found = Some(known);
                    }
                }
                (Comparison::Same | Comparison::Shorter, false) => refusal = Some(Refusal::OtherMapping),
                (Comparison::Shorter, true) => refusal = refusal.or(Some(Refusal::Shorter)),
                (Comparison::Different(common), true) => {
                    prefix = prefix.max(Some(common));
                    let ahead = blocks.peek_bytes(length.saturating_add(length / 4).saturating_add(64 << 10));
                    if known.run.last_row_is_in(ahead.get(common.bytes..).unwrap_or_default(), self.hasher())
                    {
                        refusal = refusal.or(Some(Refusal::Changed(common)));
                    }
                }
                (Comparison::Different(_), false) => {}
            }
        }
        let is_first = self.matched.is_empty() && self.own.is_empty();
        if is_first && self.source.is_anonymous && !resumes && (found.is_some() || refusal.is_some()) {
            return Ok(RowStatus::Refused(Refusal::Anonymous));
        }
        if let Some(known) = found {
            return Ok(RowStatus::Known(known));
        }
        if let Some(refusal) = refusal {
            return Ok(RowStatus::Refused(refusal));
        }
        let refusal = self.check_gap(day, blocks)?;
        Ok(refusal.map_or(RowStatus::New(prefix), RowStatus::Refused))
    }

    /// Returns true if a counted run may start with this row. `ahead` starts with the row.
    ///
    /// # Errors
    /// When the store cannot be reached.
    #[inline]
    pub(super) fn may_be_known(&mut self, day: Day, row: &[u8], ahead: &[u8]) -> Result<bool> {
        if self.ledger.day(day)?.is_empty() {
            return Ok(false);
        }
        let candidates = self.candidates(day, self.hasher().hash(row))?;
        Ok(candidates.into_iter().any(|known| !matches!(known.run.compare(ahead), Comparison::Different(_))))
    }

    /// Adds a row to the last rows. Returns true if they are the end of a counted run whose start is not in this stream.
    ///
    /// # Errors
    /// When the store cannot be reached.
    #[inline]
    pub(super) fn is_end_of_counted_run(&mut self, day: Day, row: &[u8], tail: &mut Tail) -> Result<bool> {
        if day.is_none() || self.ledger.day(day)?.is_empty() {
            return Ok(false);
        }
        tail.add(self.hasher().hash(row));
        let ends = self.ledger.day(day)?.ending_with(tail);
        Ok(ends.iter().any(|id| !self.own.contains(id) && !self.matched.contains(id)))
    }

    /// Notes that the stream contains a counted run, which was skipped.
    pub(super) fn skip(&mut self, known: &KnownRun) {
        if !self.source.is_dated && self.own.is_empty() {
            self.stream = known.stream;
        }
        self.last_match = Some((known.stream, known.ordinal));
        self.matched.insert((known.stream, known.ordinal));
        self.is_gap = false;
    }

    /// Returns the claims for the commit of new runs.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn claims(&mut self, runs: &[(Day, Run)]) -> Result<Vec<Claim>> {
        let last = self.ledger.following(self.stream, 0).last().map(|known| known.ordinal);
        self.next = self.next.max(last.map_or(0, |last| last.saturating_add(1)));
        self.ledger.claims((self.stream, self.next), runs, &self.rejected)
    }

    /// Notes that new runs were committed.
    pub(super) fn add(&mut self, runs: &[(Day, Run)]) {
        let ordinals = (self.next..).take(runs.len());
        self.own.extend(ordinals.map(|ordinal| (self.stream, ordinal)));
        let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        let rejected = if runs.is_empty() { Vec::new() } else { std::mem::take(&mut self.rejected) };
        self.ledger.add(runs, rejected);
        self.next = self.next.saturating_add(number);
    }

    /// Returns true if an earlier import has reported this row as invalid. Otherwise the next commit records it.
    pub(super) fn was_rejected(&mut self, row: u64) -> bool {
        let was_rejected = self.ledger.was_rejected(row);
        if !was_rejected {
            self.rejected.push(row);
        }
        was_rejected
    }

    /// Reads the records of some days again, because another import has written to one.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn reload(&mut self, runs: &[(Day, Run)]) -> Result<()> {
        self.is_gap = false;
        self.ledger.reload(&runs.iter().map(|(day, _)| *day).collect())
    }

    /// Returns the other sources without dates that start with the same row, at the start of a new stream, and records how
    /// this one starts.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn similar_sources(&mut self, row: u64, is_dry_run: bool) -> Result<Vec<String>> {
        if self.source.is_dated || !self.matched.is_empty() || !self.own.is_empty() || self.is_recorded {
            return Ok(Vec::new());
        }
        self.is_recorded = true;
        self.ledger.other_sources_starting_with(row, &self.source.name, is_dry_run)
    }

    fn is_other(&self, known: &KnownRun) -> bool {
        let id = (known.stream, known.ordinal);
        !self.own.contains(&id) && !self.matched.contains(&id)
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
        let ahead = blocks.peek_bytes(SEARCHED_BYTES);
        if let Some((stream, ordinal)) = self.last_match {
            let following = self.ledger.following(stream, ordinal.saturating_add(1));
            let mut following = following.iter().filter(|known| self.is_other(known));
            if let Some(next) = following.next()
                && !next.run.is_in_later_line(ahead)
                && (next.run.last_row_is_in(ahead, self.hasher())
                    || following.any(|later| later.run.is_in_later_line(ahead)))
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
        let ahead = blocks.peek_bytes(SEARCHED_BYTES);
        let mut found = self.runs_in_later_lines(&missing, ahead);
        for known in &missing {
            // The hash of a line is not that of a row of several lines.
            if !found.contains(&(known.stream, known.ordinal)) && known.run.is_in_later_line(ahead) {
                found.insert((known.stream, known.ordinal));
            }
        }
        let streams: HashSet<u64> = self.matched.iter().chain(&found).map(|(stream, _)| *stream).collect();
        let has_counted_row = missing.iter().any(|known| known.run.last_row_is_in(ahead, self.hasher()));
        if streams.is_empty() && has_counted_row {
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
