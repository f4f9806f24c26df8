//! The step `shifted`: the tests that take the time from the clock of the process, at other dates than today.
//!
//! `STASTE_CLOCK` shifts the clock of each program and of all that it starts, so nothing waits and nothing is built
//! again: the variable is no input of a build. Each program begins at its date anew.

use anyhow::{Context as _, Result, ensure};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::process::Program;
use crate::python;
use crate::rust;
use crate::steps::{Job, Mode};
use crate::workspace::Workspace;

/// A test binary of Rust, and which of its tests take the time from the clock of the process.
///
/// All other tests of Rust count by clocks that stand at a date of their own; those of a server on Redis too, whose own
/// clock cannot be shifted and by which it refuses clocks that are far ahead. The commands of README.md are compared
/// with its text to the letter, in which there is no report of a shifted clock. Examples in comments would be compiled
/// again for each date.
const RUST: [(&str, &str); 3] = [
    // The program.
    ("staste-cli/it", "clock:: demo_text:: forget_on_a_terminal table_is_as_wide"),
    // The pages.
    ("staste-web/pages", "routes:: numbers::where_days"),
    // Several processes on one file.
    ("staste-testkit/processes", "two_kickers"),
];

/// One job for each date.
pub(crate) fn test(workspace: &Workspace, mode: Mode) -> Result<Vec<Job>> {
    let installed =
        Program::new(workspace.python()).within(&workspace.scratch()).arg("-c").arg("import staste");
    ensure!(installed.succeeds(), "the wheel is not installed; run `cargo xtask python` first");
    let binaries = rust::test_binaries(workspace, mode)?;
    let mut jobs = Vec::new();
    for start in starts(Timestamp::now())? {
        let mut programs = vec![python::tests_by_clock(workspace)];
        for (name, tests) in RUST {
            let binary = binaries.iter().find(|binary| binary.name == name).context(name)?;
            programs.push(binary.program().words(tests));
        }
        let run = move || {
            // An offset, so that the processes that a test starts agree on the time.
            let shift = |program: Program| {
                let seconds = start.as_second() - Timestamp::now().as_second();
                program.env("STASTE_CLOCK", format!("{seconds:+}s")).run()
            };
            programs.into_iter().map(shift).collect::<Result<String>>()
        };
        jobs.push(Job::new(format!("tests at {start}"), run));
    }
    Ok(jobs)
}

/// The moments at which tests begin, by the date of today.
fn starts(today: Timestamp) -> Result<Vec<Timestamp>> {
    // Ten seconds before the clocks change: forward and back. A zone that gave up changing its clocks has none.
    let changes = TimeZone::get("Europe/Riga")?;
    let mut starts: Vec<_> =
        changes.following(today).take(2).map(|change| change.timestamp() - 10.seconds()).collect();
    let now = today.to_zoned_datetime(TimeZone::UTC);
    // Three minutes before the year ends.
    let eve = date(now.year(), 12, 31).at(23, 57, 0, 0);
    starts.push(eve.to_zoned_datetime(TimeZone::UTC)?.timestamp());
    // Ten seconds before the next 29 February ends.
    let leap_year =
        (now.year() + 1..).find(|year| date(*year, 1, 1).in_leap_year()).context("a leap year")?;
    let leap_day = date(leap_year, 2, 29).at(23, 59, 50, 0);
    starts.push(leap_day.to_zoned_datetime(TimeZone::UTC)?.timestamp());
    starts.push(now.checked_add(5.years())?.timestamp());
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(today: &str) -> Vec<String> {
        starts(today.parse().unwrap()).unwrap().iter().map(ToString::to_string).collect()
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
    fn leap_day_is_in_a_later_year() {
        assert_eq!(of("2028-02-29T12:00:00Z").get(3).map(String::as_str), Some("2032-02-29T23:59:50Z"));
    }
}
