//! `Summary`: what an import did.

use std::collections::BTreeMap;
use std::time::Duration;

use super::progress::rate_text;
use crate::failure::Result;
use crate::output::{Json, Screen, grouped, printable};

/// What an import did, of all its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    /// Rows read, those imported before not among them.
    pub(crate) read: u64,
    /// Rows counted.
    pub(crate) counted: u64,
    /// Rows passed over, by column and text.
    pub(crate) skipped: BTreeMap<(String, String), u64>,
    /// Rows that could not be counted.
    pub(crate) rejected: u64,
    /// Rows that an earlier import took.
    pub(crate) already: u64,
    /// Kicks that count as *other* because a cap was reached.
    pub(crate) folded: u64,
    /// Kicks left out because a cell would have overflowed.
    pub(crate) overflowed: u64,
    /// Bytes of last lines that are still being written.
    pub(crate) unfinished: u64,
    /// Some rows were rejected for a date in a form that is not read.
    pub(crate) has_bad_dates: bool,
}

impl Summary {
    /// Adds what became of a block.
    pub(crate) fn add(&mut self, other: Summary) {
        self.read += other.read;
        self.counted += other.counted;
        self.rejected += other.rejected;
        self.already += other.already;
        self.folded += other.folded;
        self.overflowed += other.overflowed;
        self.unfinished += other.unfinished;
        self.has_bad_dates |= other.has_bad_dates;
        for (reason, rows) in other.skipped {
            *self.skipped.entry(reason).or_default() += rows;
        }
    }

    /// Rows passed over, whatever the reason.
    fn all_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Tells it to people.
    ///
    /// # Errors
    /// When nobody reads it.
    pub(crate) fn write(&self, screen: &mut Screen, metrica: &str, took: Duration, dry: bool) -> Result<()> {
        let mut lines: Vec<(u64, String)> = vec![(self.read, "rows read".to_owned())];
        lines.push((
            self.counted - self.overflowed,
            if dry { "would be counted" } else { "counted" }.to_owned(),
        ));
        for ((column, text), rows) in &self.skipped {
            lines.push((*rows, format!("skipped: {} is {:?}", printable(column), text)));
        }
        lines.push((self.rejected, "rejected".to_owned()));
        if self.already > 0 {
            lines.push((self.already, "imported before".to_owned()));
        }
        if self.folded > 0 {
            lines.push((
                self.folded,
                "of these with a choice past the cap of its axis, as (other)".to_owned(),
            ));
        }
        if self.overflowed > 0 {
            lines.push((self.overflowed, "left out: a cell would grow beyond 64 bits".to_owned()));
        }
        let lines: Vec<(String, String)> =
            lines.into_iter().map(|(rows, what)| (grouped(&rows.to_string()), what)).collect();
        let widest = lines.iter().map(|(rows, _)| rows.len()).max().unwrap_or(0);
        let head =
            if dry { format!("{metrica}, a dry run: nothing was written") } else { metrica.to_owned() };
        screen.line(screen.paint().bold(&head))?;
        for (rows, what) in lines {
            screen.line(format!("  {rows:>widest$}  {what}"))?;
        }
        let seconds = took.as_secs_f64();
        let rate =
            if self.read > 0 { format!(", {} rows/s", rate_text(self.read, seconds)) } else { String::new() };
        let rate = format!("in {}{rate}", seconds_text(seconds));
        screen.line(format!("  {:widest$}  {}", "", screen.paint().dim(&rate)))?;
        if self.unfinished > 0 {
            let note = "a last line without newline is still being written; the next import takes it";
            screen.line(format!("  {:widest$}  {}", "", screen.paint().dim(note)))?;
        }
        Ok(())
    }

    /// Tells it to programs.
    pub(crate) fn json(&self, metrica: &str, took: Duration, dry: bool, interrupted: bool) -> Json {
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
            ("skipped", Json::integer(self.all_skipped())),
            ("skipped_by", Json::List(reasons.collect())),
            ("rejected", Json::integer(self.rejected)),
            ("imported_before", Json::integer(self.already)),
            ("folded_to_other", Json::integer(self.folded)),
            ("overflowed", Json::integer(self.overflowed)),
            ("seconds", Json::float(Some(took.as_secs_f64()))),
            ("dry_run", Json::Bool(dry)),
            ("interrupted", Json::Bool(interrupted)),
        ])
    }
}

/// A time for people.
fn seconds_text(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}
