//! The step `shifted`: the tests that take the time from the clock of the process, at other dates than today.
//!
//! `STASTE_CLOCK` shifts the clock of each program and of all that it starts, so nothing waits and nothing is built
//! again: the variable is no input of a build. Each program begins at its date anew.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, ZonedDateTime};

use crate::failure::Failure;
use crate::process::Program;
use crate::python;
use crate::workspace::Workspace;

/// A test binary of Rust, and which of its tests take the time from the clock of the process.
///
/// All other tests of Rust count by clocks that stand at a date of their own; those of a server on Redis too, whose own
/// clock cannot be shifted and by which it refuses clocks that are far ahead. The commands of README.md are compared
/// with its text to the letter, in which there is no report of a shifted clock. Examples in comments would be compiled
/// again for each date.
const RUST: [(&str, &[&str]); 3] = [
    // The program.
    ("it", &["clock::", "terminal::"]),
    // The pages.
    ("pages", &["routes::", "numbers::where_days"]),
    // Several processes on one file.
    ("processes", &["two_kickers"]),
];

/// A moment at which tests begin.
struct Start {
    about: String,
    at: Timestamp,
}

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let starts = starts(Timestamp::now());
    for start in starts.map_err(|error| Failure::new(format!("the dates cannot be computed: {error}")))? {
        println!("--> {}, {}", start.at, start.about);
        for (target, names) in RUST {
            let program =
                workspace.cargo().args(["test", "--workspace", "--all-features", "--locked", "--quiet"]);
            shifted(program.args(["--test", target, "--"]).args(names), &start).run()?;
        }
        shifted(python::tests_by_clock(workspace)?, &start).run()?;
    }
    Ok(())
}

/// The same program, whose clock begins at the start.
fn shifted(program: Program, start: &Start) -> Program {
    // An offset, so that the processes that a test starts agree on the time.
    let seconds = start.at.as_second() - Timestamp::now().as_second();
    program.env("STASTE_CLOCK", format!("{seconds:+}s"))
}

/// When to begin, by the date of today.
fn starts(today: Timestamp) -> Result<Vec<Start>, jiff::Error> {
    let mut starts = Vec::new();
    let riga = TimeZone::get("Europe/Riga")?;
    // One forward and one back; a zone that gave up changing its clocks has none.
    for change in riga.following(today).take(2) {
        let about = "ten seconds before the clocks change in Riga".to_owned();
        starts.push(Start { about, at: change.timestamp() - 10.seconds() });
    }
    let utc = |moment: ZonedDateTime| moment.timestamp();
    let now = today.to_zoned_datetime(TimeZone::UTC);
    let eve = date(now.year(), 12, 31).at(23, 57, 0, 0).to_zoned_datetime(TimeZone::UTC)?;
    starts.push(Start { about: "New Year's Eve".to_owned(), at: utc(eve) });
    let leap_year = (now.year() + 1..).find(|year| date(*year, 1, 1).in_leap_year());
    if let Some(year) = leap_year {
        let day = date(year, 2, 29).at(23, 59, 50, 0).to_zoned_datetime(TimeZone::UTC)?;
        starts.push(Start { about: "ten seconds before the end of 29 February".to_owned(), at: utc(day) });
    }
    starts.push(Start { about: "five years on".to_owned(), at: utc(now.checked_add(5.years())?) });
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(today: &str) -> Vec<String> {
        starts(today.parse().unwrap()).unwrap().iter().map(|start| start.at.to_string()).collect()
    }

    #[test]
    fn starts_are_computed_from_today() {
        assert_eq!(
            of("2026-11-30T16:30:00Z"),
            [
                "2027-03-28T00:59:50Z",
                "2027-10-31T00:59:50Z",
                "2026-12-31T23:57:00Z",
                "2028-02-29T23:59:50Z",
                "2031-11-30T16:30:00Z",
            ]
        );
    }

    #[test]
    fn starts_of_leap_day_are_in_later_years() {
        assert_eq!(
            of("2028-02-29T12:00:00Z"),
            [
                "2028-03-26T00:59:50Z",
                "2028-10-29T00:59:50Z",
                "2028-12-31T23:57:00Z",
                "2032-02-29T23:59:50Z",
                "2033-02-28T12:00:00Z",
            ]
        );
    }
}
