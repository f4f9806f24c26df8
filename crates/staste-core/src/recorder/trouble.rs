//! `Trouble`: a problem with counting, as a sentence.

use std::fmt;

use crate::amount::grouped;
use crate::recorder::clock_skew::{ClockSkew, in_words};

/// The kind of a problem with counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TroubleKind {
    /// The last flush of this process failed; kicks stay in memory.
    Failing,
    /// Kicks were dropped because memory was full.
    Dropped,
    /// The server lost kicks that it had acknowledged.
    Lost,
    /// The outcome of kicks is unknown: they may have been lost.
    InDoubt,
    /// Kicks were refused because the stored definition differs.
    Refused,
    /// Kicks were left out because a cell would have overflowed.
    Overflowed,
    /// Kicks count as *other* because a cap or the point limit was reached.
    Folded,
    /// A clock differs from the Store's.
    ClockSkew,
    /// Reports of other processes cannot be read.
    Unreadable,
}

/// A problem that makes counts inaccurate or incomplete, for people who read them.
///
/// Its text is a sentence: `1,204 kicks were dropped: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// The kind of trouble.
    pub kind: TroubleKind,
    /// Number of kicks; for [`TroubleKind::ClockSkew`] the seconds by which the clock is ahead, negative when it is
    /// behind; for [`TroubleKind::Failing`] the seconds since the oldest pending kick; for [`TroubleKind::Unreadable`]
    /// the number of reports.
    pub amount: i64,
    /// Number of processes that reported it.
    pub processes: usize,
    /// The time of the last report, in unix seconds.
    pub at: i64,
    /// The last error, if it is known.
    pub cause: Option<String>,
}

/// The kinds that processes report, the worst first.
pub(crate) const TROUBLES: [TroubleKind; 7] = [
    TroubleKind::Dropped,
    TroubleKind::Lost,
    TroubleKind::InDoubt,
    TroubleKind::Refused,
    TroubleKind::Overflowed,
    TroubleKind::Folded,
    TroubleKind::ClockSkew,
];

impl TroubleKind {
    /// Returns its name in JSON and for programs: `dropped`, `clock_skew`.
    pub const fn name(self) -> &'static str {
        match self {
            TroubleKind::Failing => "failing",
            TroubleKind::Dropped => "dropped",
            TroubleKind::Lost => "lost",
            TroubleKind::InDoubt => "in_doubt",
            TroubleKind::Refused => "refused",
            TroubleKind::Overflowed => "overflowed",
            TroubleKind::Folded => "folded",
            TroubleKind::ClockSkew => "clock_skew",
            TroubleKind::Unreadable => "unreadable",
        }
    }
}

impl Trouble {
    /// Returns the sentence without its cause, which may be long.
    pub fn summary(&self) -> String {
        let kicks = |verb: &str, verbs: &str| match self.amount {
            1 => format!("1 kick {verb}"),
            amount => format!("{} kicks {verbs}", grouped(amount.unsigned_abs())),
        };
        let them = if self.amount == 1 { "it" } else { "them" };
        match self.kind {
            TroubleKind::Failing => format!(
                "the store has taken no kicks from this process for {}",
                in_words(self.amount.unsigned_abs())
            ),
            TroubleKind::Dropped => {
                format!("{}: memory for pending kicks was full", kicks("was dropped", "were dropped"))
            }
            TroubleKind::Lost => format!(
                "{}: the server had confirmed {them}, and does not have {them} any more",
                kicks("was lost", "were lost")
            ),
            TroubleKind::InDoubt => format!(
                "{}: the store never confirmed that it took {them}",
                kicks("may be missing", "may be missing")
            ),
            TroubleKind::Refused => {
                format!("{}: the store remembers another definition", kicks("was refused", "were refused"))
            }
            TroubleKind::Overflowed => {
                format!("{}: a sum would have exceeded 64 bits", kicks("was left out", "were left out"))
            }
            TroubleKind::Folded => {
                format!(
                    "{}: a cap on choices or points was reached",
                    kicks("counts as other", "count as other")
                )
            }
            TroubleKind::ClockSkew => {
                format!("the clock of a machine is {} that of the store", ClockSkew(self.amount))
            }
            TroubleKind::Unreadable => match self.amount {
                1 => "1 report of another process cannot be read".to_owned(),
                amount => {
                    format!("{} reports of other processes cannot be read", grouped(amount.unsigned_abs()))
                }
            },
        }
    }

    /// Returns the time of the last report and the number of processes if there are several; none for problems that are
    /// determined now.
    ///
    /// ```
    /// use staste::{Axis, Clock, MemoryStore, RecorderOptions, Staste};
    /// let store = std::sync::Arc::new(MemoryStore::new());
    /// let staste = Staste::with(store, Clock::fixed(1_700_000_000), RecorderOptions::default());
    /// let pages = staste.metrica("pages").axis("page", Axis::stored().cap(1)).build()?;
    /// pages.kick([("page", "/")])?;
    /// pages.kick([("page", "/a")])?;
    /// staste.flush()?;
    /// let reported = staste.troubles()?[0].reported();
    /// assert_eq!(reported.as_deref(), Some("last reported 2023-11-14 22:13 UTC"));
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn reported(&self) -> Option<String> {
        if matches!(self.kind, TroubleKind::Failing | TroubleKind::Unreadable) {
            return None;
        }
        // A stored report may have any number, even beyond the year 9999.
        let at = jiff::Timestamp::from_second(self.at).ok()?;
        let by = match self.processes {
            0 | 1 => String::new(),
            processes => format!(" by {processes} processes"),
        };
        Some(format!("last reported {}{by}", at.strftime("%Y-%m-%d %H:%M UTC")))
    }
}

impl fmt::Display for Trouble {
    /// Formats the summary, with the cause in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_every_kind_is_a_sentence_in_singular_and_plural() {
        let trouble = |kind, amount| Trouble { kind, amount, processes: 1, at: 0, cause: None }.to_string();
        for (kind, one, many) in [
            (
                TroubleKind::Failing,
                "the store has taken no kicks from this process for 1 second",
                "the store has taken no kicks from this process for 20 minutes",
            ),
            (
                TroubleKind::Dropped,
                "1 kick was dropped: memory for pending kicks was full",
                "1,234 kicks were dropped: memory for pending kicks was full",
            ),
            (
                TroubleKind::Lost,
                "1 kick was lost: the server had confirmed it, and does not have it any more",
                "1,234 kicks were lost: the server had confirmed them, and does not have them any more",
            ),
            (
                TroubleKind::InDoubt,
                "1 kick may be missing: the store never confirmed that it took it",
                "1,234 kicks may be missing: the store never confirmed that it took them",
            ),
            (
                TroubleKind::Refused,
                "1 kick was refused: the store remembers another definition",
                "1,234 kicks were refused: the store remembers another definition",
            ),
            (
                TroubleKind::Overflowed,
                "1 kick was left out: a sum would have exceeded 64 bits",
                "1,234 kicks were left out: a sum would have exceeded 64 bits",
            ),
            (
                TroubleKind::Folded,
                "1 kick counts as other: a cap on choices or points was reached",
                "1,234 kicks count as other: a cap on choices or points was reached",
            ),
            (
                TroubleKind::ClockSkew,
                "the clock of a machine is 1 second ahead of that of the store",
                "the clock of a machine is 20 minutes ahead of that of the store",
            ),
            (
                TroubleKind::Unreadable,
                "1 report of another process cannot be read",
                "1,234 reports of other processes cannot be read",
            ),
        ] {
            assert_eq!((trouble(kind, 1).as_str(), trouble(kind, 1_234).as_str()), (one, many));
        }
    }
}
