//! The original as a writer: the commands it sends for a kick, in one transaction.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::civil::DateTime;
use redis::Connection;

/// The contents of a key: fields, or members of a set without a value.
pub(crate) type Content = BTreeMap<String, String>;

/// The original as a writer, with its key words.
pub(crate) struct Original<'a> {
    pub(crate) connection: &'a Mutex<Connection>,
    pub(crate) metrica: &'a str,
    /// Names of axes, and how their choices are stored.
    pub(crate) axes: &'a [(&'a str, Kept)],
    pub(crate) averaged: bool,
    pub(crate) all: &'a str,
    pub(crate) choices: &'a str,
}

/// How the original stores the choices of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Declared,
    Stored,
    Path,
}

impl Original<'_> {
    /// Kicks with the components of each axis; none for an axis that is left out.
    pub(crate) fn kick(&self, choices: &[Option<Vec<String>>], value: i64, date: DateTime) {
        let base = format!("staste:{}", self.metrica);
        let mut pipe = redis::pipe();
        pipe.atomic();
        let mut fields: Vec<Vec<String>> = vec![Vec::new()];
        for choice in choices {
            let mut parts = vec![self.all.to_owned()];
            for depth in 1..=choice.as_ref().map_or(0, Vec::len) {
                parts.push(choice.as_ref().unwrap()[..depth].join("/"));
            }
            let longer = |field: &Vec<String>| {
                let with = |part: &String| [field.as_slice(), std::slice::from_ref(part)].concat();
                parts.iter().map(with).collect::<Vec<_>>()
            };
            fields = fields.iter().flat_map(longer).collect();
        }
        let fields: Vec<String> = fields.iter().map(|parts| parts.join(":")).collect();
        for (period, days) in self.periods(date) {
            let key = format!("{base}:{period}");
            for field in &fields {
                pipe.cmd("HINCRBY").arg(&key).arg(field).arg(value).ignore();
                if self.averaged {
                    pipe.cmd("HINCRBY").arg(format!("{key}:__len__")).arg(field).arg(1).ignore();
                }
            }
            if let Some(days) = days {
                pipe.cmd("EXPIRE").arg(&key).arg(days * 86_400).ignore();
            }
        }
        pipe.cmd("SADD").arg(format!("{base}:years")).arg(date.year()).ignore();
        for ((axis, kept), choice) in self.axes.iter().zip(choices) {
            let set = format!("{base}:{}:{axis}", self.choices);
            match (kept, choice) {
                (Kept::Stored, Some(choice)) => {
                    pipe.cmd("SADD").arg(set).arg(choice.join("/")).ignore();
                }
                (Kept::Path, Some(choice)) => {
                    for depth in 0..choice.len() {
                        let place = choice[..depth].join("/");
                        let set = if depth == 0 { set.clone() } else { format!("{set}:{place}") };
                        pipe.cmd("SADD").arg(set).arg(&choice[depth]).ignore();
                    }
                }
                _ => {}
            }
        }
        pipe.exec(&mut self.connection.lock().unwrap()).unwrap();
    }

    /// Returns the periods of a date, and the days that the original keeps each.
    pub(crate) fn periods(&self, date: DateTime) -> Vec<(String, Option<i64>)> {
        let mut period = format!("year:{}", date.year());
        let mut periods = vec![(self.all.to_owned(), None), (period.clone(), None)];
        for (scale, part, days) in [
            ("month", date.month(), 1095),
            ("day", date.day(), 185),
            ("hour", date.hour(), 14),
            ("minute", date.minute(), 1),
        ] {
            period = format!("{period}:{scale}:{part}");
            periods.push((period.clone(), Some(days)));
        }
        periods
    }
}

/// Returns every key that the original could have written, with its type and contents.
pub(crate) fn originals_keys(connection: &Mutex<Connection>) -> BTreeMap<String, (String, Content)> {
    let mut connection = connection.lock().unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let own = |key: &String| key.contains('{') || ["staste:names", "staste:records"].contains(&key.as_str());
    let mut found = BTreeMap::new();
    for key in keys.into_iter().filter(|key| !own(key)) {
        let kind: String = redis::cmd("TYPE").arg(&key).query(&mut connection).unwrap();
        let content: Content = match kind.as_str() {
            "hash" => redis::cmd("HGETALL").arg(&key).query(&mut connection).unwrap(),
            _ => {
                let members: Vec<String> = redis::cmd("SMEMBERS").arg(&key).query(&mut connection).unwrap();
                members.into_iter().map(|member| (member, String::new())).collect()
            }
        };
        found.insert(key, (kind, content));
    }
    found
}
