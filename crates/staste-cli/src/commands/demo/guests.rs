//! `Guests`: people who come at random, more of them in the evening.

use std::time::Duration;

use fastrand::Rng;
use staste::{BulkWriter, Metrica, Moment, Value};

use crate::failure::Result;

/// The declared choices of the axis gender.
pub(super) const GENDERS: [&str; 2] = ["girl", "boy"];
/// Where guests come from, with how many in a hundred do.
const COUNTRIES: [(&str, u32); 7] = [
    ("Latvia", 34),
    ("Estonia", 21),
    ("Lithuania", 17),
    ("Finland", 11),
    ("Poland", 8),
    ("Germany", 6),
    ("Japan", 3),
];
/// Guests a second while the demo runs.
const LIVE: f64 = 9.0;
/// Guests a second of a busy site, and how many days it has been one.
const BUSY: f64 = 0.5;
const DAYS: i64 = 32;
const MINUTES_OF_DAY: i64 = 24 * 60;

/// Who comes next.
#[derive(Debug)]
pub(super) struct Guests {
    random: Rng,
}

/// One of them.
#[derive(Debug)]
struct Guest {
    gender: Option<&'static str>,
    age: String,
    country: Option<&'static str>,
}

impl Guest {
    fn choices(&self) -> [(&'static str, Option<&str>); 3] {
        [("gender", self.gender), ("age", Some(self.age.as_str())), ("country", self.country)]
    }
}

/// Guests of the past on their way to the store, in bulk.
#[derive(Debug)]
struct History {
    bulk: BulkWriter,
    guests: u64,
}

impl History {
    fn begin(metrica: &Metrica) -> Result<History> {
        Ok(History { bulk: metrica.bulk()?, guests: 0 })
    }

    fn add(&mut self, guest: &Guest, at: i64) -> Result<()> {
        self.bulk.kick(guest.choices(), Value::ONE, Moment::Instant(at))?;
        self.guests += 1;
        if self.bulk.is_full() {
            self.bulk.commit(Vec::new())?;
        }
        Ok(())
    }

    /// Commits the rest. Returns the number of guests.
    fn end(mut self) -> Result<u64> {
        self.bulk.commit(Vec::new())?;
        Ok(self.guests)
    }
}

impl Guests {
    /// Guests that differ every time.
    pub(super) fn new() -> Guests {
        Guests { random: Rng::new() }
    }

    /// Guests that are the same every time.
    pub(super) fn seeded(seed: u64) -> Guests {
        Guests { random: Rng::with_seed(seed) }
    }

    /// Counts a day of history: the last hour densely, the hours before it by the hour. Returns the number of guests.
    pub(super) fn were_here(&mut self, metrica: &Metrica, now: i64) -> Result<u64> {
        let mut history = History::begin(metrica)?;
        for ago in (1..=MINUTES_OF_DAY).rev() {
            let instant = now - ago * 60;
            let (per_minute, at) =
                if ago <= 60 { (32.0, instant) } else { (4.0, instant - instant.rem_euclid(3600)) };
            for _ in 0..self.number(per_minute * tide(instant)) {
                history.add(&self.next(), at.max(now - MINUTES_OF_DAY * 60))?;
            }
        }
        history.end()
    }

    /// Counts a month of history of a busy site: the last day by the minute, what was before by the hour. Returns the
    /// number of guests.
    #[expect(clippy::cast_precision_loss, reason = "seconds of a minute")]
    pub(super) fn lived_here(&mut self, metrica: &Metrica, now: i64) -> Result<u64> {
        let mut history = History::begin(metrica)?;
        let minute = now - now.rem_euclid(60);
        for ago in (1..=DAYS * MINUTES_OF_DAY).rev() {
            let instant = minute - ago * 60;
            let at = if ago < MINUTES_OF_DAY { instant } else { instant - instant.rem_euclid(3600) };
            for _ in 0..self.number(BUSY * 60.0 * tide(instant)) {
                history.add(&self.next(), at)?;
            }
        }
        // As far as this minute has come.
        for _ in 0..self.number(BUSY * (now - minute) as f64 * tide(now)) {
            history.add(&self.next(), minute)?;
        }
        history.end()
    }

    /// Kicks those who come within a time to a site as busy as it was.
    pub(super) fn come_as_before(&mut self, metrica: &Metrica, within: Duration, now: i64) -> Result<()> {
        for _ in 0..self.number(BUSY * tide(now) * within.as_secs_f64()) {
            metrica.kick(self.next().choices())?;
        }
        Ok(())
    }

    /// Kicks those who come within a time, so many that it is seen.
    pub(super) fn come(&mut self, metrica: &Metrica, within: Duration) -> Result<()> {
        for _ in 0..self.number(LIVE * within.as_secs_f64()) {
            metrica.kick(self.next().choices())?;
        }
        Ok(())
    }

    /// The next guest.
    fn next(&mut self) -> Guest {
        let gender = GENDERS.get(usize::from(self.random.u32(0..100) < 46)).copied();
        // Most are between 16 and 40, few are older.
        let spread = 1 + self.random.u32(0..30);
        let age = 12 + self.random.u32(0..14) + self.random.u32(0..14) + self.random.u32(0..spread);
        let mut place = self.random.u32(0..100);
        let country = COUNTRIES.iter().find(|(_, share)| {
            let is_here = place < *share;
            place = place.saturating_sub(*share);
            is_here
        });
        Guest { gender, age: age.to_string(), country: country.map(|(country, _)| *country) }
    }

    /// A random number about `mean`, by Knuth's way to Poisson's.
    fn number(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut number = 0;
        let mut product = self.random.f64();
        while product > limit {
            number += 1;
            product *= self.random.f64();
        }
        number
    }
}

/// How busy it is: a swell over the day, a smaller one within the hour, and quieter weekends.
#[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
fn tide(instant: i64) -> f64 {
    let turn = |seconds: i64| (instant.rem_euclid(seconds) as f64 / seconds as f64) * std::f64::consts::TAU;
    // The first of January 1970 was a Thursday.
    let weekday = (instant.div_euclid(86_400) + 3).rem_euclid(7);
    let week = if weekday < 5 { 1.0 } else { 0.7 };
    week * (1.0 - 0.6 * (turn(86_400) - 0.5).cos()) + 0.2 * turn(3600).sin()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use staste::{Axis, Clock, Keep, RecorderOptions, Scale, SqliteStore, Staste, Timespan};

    use super::*;

    #[test]
    fn history_is_counted_whole_up_to_the_last_minute() {
        // Now, and three minutes before midnight.
        for now in [Clock::system().now(), 1_798_761_420] {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(SqliteStore::at(folder.path().join("demo.db")));
            let staste = Staste::with(store, Clock::fixed(now), RecorderOptions::default());
            let builder = staste.metrica("guests").axis("gender", Axis::declared(GENDERS));
            let builder = builder.axis("age", Axis::stored()).axis("country", Axis::stored());
            let metrica = builder.keep(Scale::Minute, Keep::days(1)).build().unwrap();
            let guests = Guests::seeded(7).lived_here(&metrica, now).unwrap();
            assert!(guests > 100_000, "{guests}");
            assert_eq!(metrica.total().unwrap(), i128::from(guests));
            let last_hour = metrica.timespan(Timespan::last(60, Scale::Minute).unwrap()).total().unwrap();
            let today = metrica.timespan(Timespan::last(1, Scale::Day).unwrap()).total().unwrap();
            assert!(last_hour.raw() > 0 && today.raw() > 0, "{last_hour} in the last hour, {today} today");
        }
    }
}
