//! The commands that the original sends for a kick: one pipeline, sent by the same client as ours.

use redis::{Connection, RedisResult, pipe};
use staste::jiff::{Timestamp, tz::TimeZone};

const DAY: i64 = 86_400;

pub struct Original {
    pub connection: Connection,
    pub axes: &'static [&'static str],
    pub averaged: bool,
}

impl Original {
    /// Sends an increment for each scale and combination, an expiry for each expiring scale, and a member for each set.
    pub fn kick(&mut self, choices: &[String], at: i64) -> RedisResult<()> {
        let fields: Vec<String> = (0..1_usize << choices.len())
            .map(|all| {
                let parts = choices.iter().enumerate();
                let parts = parts.map(|(axis, choice)| if all >> axis & 1 == 1 { "__all__" } else { choice });
                parts.collect::<Vec<_>>().join(":")
            })
            .collect();
        let time = TimeZone::UTC.to_datetime(Timestamp::from_second(at).unwrap_or_default());
        let year = time.year();
        let mut key = format!("staste:guests:year:{year}");
        let mut periods = vec![("staste:guests:__all__".to_owned(), None), (key.clone(), None)];
        for (scale, part, days) in [
            ("month", time.month(), 1095),
            ("day", time.day(), 185),
            ("hour", time.hour(), 14),
            ("minute", time.minute(), 1),
        ] {
            key = format!("{key}:{scale}:{part}");
            periods.push((key.clone(), Some(days * DAY)));
        }
        let mut pipe = pipe();
        for (period, ttl) in &periods {
            for field in &fields {
                pipe.cmd("HINCRBY").arg(period).arg(field).arg(1).ignore();
                if self.averaged {
                    pipe.cmd("HINCRBY").arg(format!("{period}:__len__")).arg(field).arg(1).ignore();
                }
            }
            if let Some(ttl) = ttl {
                pipe.cmd("EXPIRE").arg(period).arg(*ttl).ignore();
            }
        }
        pipe.cmd("SADD").arg("staste:guests:years").arg(year).ignore();
        for (axis, choice) in self.axes.iter().zip(choices) {
            pipe.cmd("SADD").arg(format!("staste:guests:__choices__:{axis}")).arg(choice).ignore();
        }
        pipe.query(&mut self.connection)
    }
}
