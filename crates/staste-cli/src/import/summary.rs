//! `ImportSummary`: the numbers of rows of an import, as a text or JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use super::progress_bar::rate_text;
use crate::failure::Result;
use crate::output::{Json, Screen, grouped, printable};

/// The numbers of rows of an import, in all its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportSummary {
    /// Rows read, without those imported before.
    pub(crate) read: u64,
    /// Rows counted.
    pub(crate) counted: u64,
    /// Rows skipped by a null rule, by column and text.
    pub(crate) skipped: BTreeMap<(String, String), u64>,
    /// Invalid rows.
    pub(crate) rejected: u64,
    /// Rows that do not meet a condition.
    pub(crate) filtered: u64,
    /// Rows of known bots, which are left out.
    pub(crate) bots: u64,
    /// Invalid rows that an earlier import has reported.
    pub(crate) rejected_before: u64,
    /// Counted rows with blanks around the value or the date, which were ignored.
    pub(crate) trimmed: u64,
    /// Rows that an earlier import counted.
    pub(crate) already: u64,
    /// Kicks that count as *other* because a cap was reached.
    pub(crate) folded: u64,
    /// Kicks that were not counted because a cell would have overflowed.
    pub(crate) overflowed: u64,
    /// Lines of CSV files that are comments.
    pub(crate) comments: u64,
    /// Bytes of incomplete last lines.
    pub(crate) unfinished: u64,
    /// Sources without dates that begin like one of these files, which was counted as another.
    pub(crate) similar_sources: Vec<String>,
    /// True if the files were followed, so that the time says nothing about the speed.
    pub(crate) is_followed: bool,
    /// True if rows were rejected for a date in an unknown format.
    pub(crate) has_bad_dates: bool,
}

impl ImportSummary {
    /// Adds the numbers of a block.
    pub(crate) fn add(&mut self, other: ImportSummary) {
        self.read += other.read;
        self.counted += other.counted;
        self.filtered += other.filtered;
        self.bots += other.bots;
        self.rejected += other.rejected;
        self.rejected_before += other.rejected_before;
        self.already += other.already;
        self.trimmed += other.trimmed;
        self.folded += other.folded;
        self.overflowed += other.overflowed;
        self.unfinished += other.unfinished;
        self.comments += other.comments;
        self.has_bad_dates |= other.has_bad_dates;
        for (reason, rows) in other.skipped {
            *self.skipped.entry(reason).or_default() += rows;
        }
    }

    /// Returns the number of rows skipped by any null rule.
    fn total_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Writes the summary as text.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(crate) fn write(
        &self,
        screen: &mut Screen,
        metrica: &str,
        elapsed: Duration,
        is_dry_run: bool,
    ) -> Result<()> {
        let mut lines: Vec<(u64, String)> = vec![(self.read, "rows read".to_owned())];
        lines.push((
            self.counted - self.overflowed,
            if is_dry_run { "would be counted" } else { "counted" }.to_owned(),
        ));
        for ((column, text), rows) in &self.skipped {
            lines.push((*rows, format!("skipped: {} is {:?}", printable(column), text)));
        }
        if self.filtered > 0 {
            lines.push((self.filtered, "left out by --where".to_owned()));
        }
        if self.bots > 0 {
            lines.push((self.bots, "left out by --exclude-bots".to_owned()));
        }
        lines.push((self.rejected, "rejected".to_owned()));
        if self.already > 0 {
            lines.push((self.already, "imported before".to_owned()));
        }
        if self.rejected_before > 0 {
            lines.push((self.rejected_before, "rejected before, and still invalid".to_owned()));
        }
        if self.comments > 0 {
            lines.push((self.comments, "comments, which are not rows".to_owned()));
        }
        if self.trimmed > 0 {
            let what = "of these have blanks around the value or the date, which are ignored";
            lines.push((self.trimmed, what.to_owned()));
        }
        if self.folded > 0 {
            lines.push((self.folded, "of these count as (other), past the cap of an axis".to_owned()));
        }
        if self.overflowed > 0 {
            lines.push((self.overflowed, "not counted: a cell would exceed 64 bits".to_owned()));
        }
        let lines: Vec<(String, String)> =
            lines.into_iter().map(|(rows, what)| (grouped(&rows.to_string()), what)).collect();
        let width = lines.iter().map(|(rows, _)| rows.len()).max().unwrap_or(0);
        let heading = match is_dry_run {
            true => format!("{metrica}, dry run: nothing was written"),
            false => metrica.to_owned(),
        };
        screen.line(screen.style().bold(&heading))?;
        for (rows, what) in lines {
            screen.line(format!("  {rows:>width$}  {what}"))?;
        }
        let seconds = elapsed.as_secs_f64();
        let rate = if self.read > 0 && !self.is_followed {
            format!(", {} rows/s", rate_text(self.read, seconds))
        } else {
            String::new()
        };
        let rate = format!("in {}{rate}", seconds_text(seconds));
        screen.line(format!("  {:width$}  {}", "", screen.style().dim(&rate)))?;
        if self.unfinished > 0 {
            let note = "the last line has no newline yet; the next import counts it once it is complete";
            screen.line(format!("  {:width$}  {}", "", screen.style().dim(note)))?;
        }
        Ok(())
    }

    /// Returns the summary as JSON.
    pub(crate) fn json(
        &self,
        metrica: &str,
        elapsed: Duration,
        is_dry_run: bool,
        is_interrupted: bool,
    ) -> Json {
        let reasons = self.skipped.iter().map(|((column, text), rows)| {
            Json::Object(vec![
                ("column", Json::text(column)),
                ("text", Json::text(text)),
                ("rows", Json::integer(*rows)),
            ])
        });
        Json::Object(vec![
            ("metrica", Json::text(metrica)),
            ("read", Json::integer(self.read)),
            ("counted", Json::integer(self.counted - self.overflowed)),
            ("skipped", Json::integer(self.total_skipped())),
            ("skipped_by", Json::List(reasons.collect())),
            ("filtered", Json::integer(self.filtered)),
            ("bots", Json::integer(self.bots)),
            ("rejected", Json::integer(self.rejected)),
            ("rejected_before", Json::integer(self.rejected_before)),
            ("imported_before", Json::integer(self.already)),
            ("trimmed", Json::integer(self.trimmed)),
            ("comments", Json::integer(self.comments)),
            ("begins_like", Json::List(self.similar_sources.iter().map(Json::text).collect())),
            ("folded_to_other", Json::integer(self.folded)),
            ("overflowed", Json::integer(self.overflowed)),
            ("seconds", Json::float(Some(elapsed.as_secs_f64()))),
            ("dry_run", Json::Bool(is_dry_run)),
            ("interrupted", Json::Bool(is_interrupted)),
        ])
    }
}

/// Formats a duration.
fn seconds_text(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}
