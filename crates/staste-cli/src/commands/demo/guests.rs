//! `Guests`: made-up guests at random times, more of them in the evening.

use std::time::Duration;

use fastrand::Rng;
use staste::{BulkWriter, Metrica, Moment, Value};

use crate::failure::Result;

/// The declared choices of the axis gender.
pub(super) const GENDERS: [&str; 2] = ["girl", "boy"];
/// The countries of guests with their share in percent.
const COUNTRIES: [(&str, u32); 7] = [
    ("Latvia", 34),
    ("Estonia", 21),
    ("Lithuania", 17),
    ("Finland", 11),
    ("Poland", 8),
    ("Germany", 6),
    ("Japan", 3),
];
/// Guests per second of the demo on the terminal.
const TERMINAL_RATE: f64 = 9.0;
/// Average guests per second of the demo site.
const SITE_RATE: f64 = 0.5;
/// Days of history of the demo site.
const SITE_DAYS: i64 = 32;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// A source of random guests.
#[derive(Debug)]
pub(super) struct Guests {
    random: Rng,
}

/// A made-up guest.
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

/// Writes guests of the past to the store in bulk.
#[derive(Debug)]
struct HistoryWriter {
    bulk: BulkWriter,
    guests: u64,
}

impl HistoryWriter {
    fn begin(metrica: &Metrica) -> Result<HistoryWriter> {
        Ok(HistoryWriter { bulk: metrica.bulk()?, guests: 0 })
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
    /// Returns guests that differ in each run.
    pub(super) fn new() -> Guests {
        Guests { random: Rng::new() }
    }

    /// Returns guests that are the same in each run.
    pub(super) fn seeded(seed: u64) -> Guests {
        Guests { random: Rng::with_seed(seed) }
    }

    /// Counts one day of history: many guests in the last hour, dated by the minute, and fewer before, dated by the hour.
    /// Returns the number of guests.
    pub(super) fn count_last_day(&mut self, metrica: &Metrica, now: i64) -> Result<u64> {
        let mut history = HistoryWriter::begin(metrica)?;
        for ago in (1..=MINUTES_PER_DAY).rev() {
            let instant = now - ago * 60;
            let (per_minute, at) =
                if ago <= 60 { (32.0, instant) } else { (4.0, instant - instant.rem_euclid(3600)) };
            for _ in 0..self.poisson(per_minute * activity(instant)) {
                history.add(&self.next(), at.max(now - MINUTES_PER_DAY * 60))?;
            }
        }
        history.end()
    }

    /// Counts one month of history of the demo site: the last day dated by the minute, and the days before by the hour.
    /// Returns the number of guests.
    #[expect(clippy::cast_precision_loss, reason = "seconds of a minute")]
    pub(super) fn count_last_month(&mut self, metrica: &Metrica, now: i64) -> Result<u64> {
        let mut history = HistoryWriter::begin(metrica)?;
        let minute = now - now.rem_euclid(60);
        for ago in (1..=SITE_DAYS * MINUTES_PER_DAY).rev() {
            let instant = minute - ago * 60;
            let at = if ago < MINUTES_PER_DAY { instant } else { instant - instant.rem_euclid(3600) };
            for _ in 0..self.poisson(SITE_RATE * 60.0 * activity(instant)) {
                history.add(&self.next(), at)?;
            }
        }
        // The current minute, as far as it has passed.
        for _ in 0..self.poisson(SITE_RATE * (now - minute) as f64 * activity(now)) {
            history.add(&self.next(), minute)?;
        }
        history.end()
    }

    /// Kicks the guests of a period at the rate of the history.
    pub(super) fn kick_usual_visits(&mut self, metrica: &Metrica, period: Duration, now: i64) -> Result<()> {
        for _ in 0..self.poisson(SITE_RATE * activity(now) * period.as_secs_f64()) {
            metrica.kick(self.next().choices())?;
        }
        Ok(())
    }

    /// Kicks the guests of a period at a high rate, so that the chart moves.
    pub(super) fn kick_many_visits(&mut self, metrica: &Metrica, period: Duration) -> Result<()> {
        for _ in 0..self.poisson(TERMINAL_RATE * period.as_secs_f64()) {
            metrica.kick(self.next().choices())?;
        }
        Ok(())
    }

    /// Returns the next guest.
    fn next(&mut self) -> Guest {
        let gender = GENDERS.get(usize::from(self.random.u32(0..100) < 46)).copied();
        // Most guests are between 16 and 40, and few are older.
        let spread = 1 + self.random.u32(0..30);
        let age = 12 + self.random.u32(0..14) + self.random.u32(0..14) + self.random.u32(0..spread);
        let mut percent = self.random.u32(0..100);
        let country = COUNTRIES.iter().find(|(_, share)| {
            let is_found = percent < *share;
            percent = percent.saturating_sub(*share);
            is_found
        });
        Guest { gender, age: age.to_string(), country: country.map(|(country, _)| *country) }
    }

    /// Returns a Poisson-distributed random number, by the algorithm of Knuth.
    fn poisson(&mut self, mean: f64) -> u32 {
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

/// Returns the activity at an instant, 1 on average: a wave over the day, a smaller one over the hour, and quieter
/// weekends.
#[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
fn activity(instant: i64) -> f64 {
    let angle = |seconds: i64| (instant.rem_euclid(seconds) as f64 / seconds as f64) * std::f64::consts::TAU;
    // 1970-01-01 was a Thursday.
    let weekday = (instant.div_euclid(86_400) + 3).rem_euclid(7);
    let week = if weekday < 5 { 1.0 } else { 0.7 };
    week * (1.0 - 0.6 * (angle(86_400) - 0.5).cos()) + 0.2 * angle(3600).sin()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use staste::{Axis, Clock, Keep, RecorderOptions, Scale, SqliteStore, Staste, Timespan};

    use super::*;

    #[test]
    fn month_of_history_is_counted_completely_up_to_now() {
        // Now, and three minutes before midnight.
        for now in [Clock::system().now(), 1_798_761_420] {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(SqliteStore::at(folder.path().join("demo.db")));
            let staste = Staste::with(store, Clock::fixed(now), RecorderOptions::default());
            let builder = staste.metrica("guests").axis("gender", Axis::declared(GENDERS));
            let builder = builder.axis("age", Axis::stored()).axis("country", Axis::stored());
            let metrica = builder.keep(Scale::Minute, Keep::days(1)).build().unwrap();
            let guests = Guests::seeded(7).count_last_month(&metrica, now).unwrap();
            assert!(guests > 100_000, "{guests}");
            assert_eq!(metrica.total().unwrap(), i128::from(guests));
            let last_hour = metrica.timespan(Timespan::last(60, Scale::Minute).unwrap()).total().unwrap();
            let today = metrica.timespan(Timespan::last(1, Scale::Day).unwrap()).total().unwrap();
            assert!(last_hour.raw() > 0 && today.raw() > 0, "{last_hour} in the last hour, {today} today");
        }
    }
}
