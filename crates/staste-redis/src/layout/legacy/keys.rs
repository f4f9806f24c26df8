//! The names of the original's keys.

use staste_core::{AxisDefinition, Calendar, Scale};

use super::text::Form;
use crate::connections::request::Arguments;
use crate::key_words::KeyWords;

/// The end of the original's keys of counts.
pub(crate) const COUNTS: &str = ":__len__";

/// The original's keys of one Metrica.
#[derive(Clone, Debug)]
pub(crate) struct LegacyKeys {
    /// The start of all of them, such as "staste:guests:".
    pub(crate) base: String,
    pub(crate) words: KeyWords,
    pub(crate) calendar: Calendar,
}

impl LegacyKeys {
    pub(crate) fn new(prefix: &str, metrica: &str, words: KeyWords, calendar: Calendar) -> LegacyKeys {
        LegacyKeys { base: format!("{prefix}:{metrica}:"), words, calendar }
    }

    /// Appends what scripts need to find buckets: the start of keys, the word for all time, and whether hours can be
    /// repeated.
    pub(crate) fn push(&self, arguments: &mut Arguments) {
        let repeats_hours = self.calendar.zone().name() != "UTC";
        arguments.push(&self.base).push(&self.words.all).push(if repeats_hours { "1" } else { "0" });
    }

    /// Returns the key of the totals of all time.
    pub(crate) fn ever(&self) -> String {
        format!("{}{}", self.base, self.words.all)
    }

    /// Returns the set of the years that have buckets.
    pub(crate) fn years(&self) -> String {
        format!("{}years", self.base)
    }

    /// Returns the set of the choices of an axis.
    pub(crate) fn choices(&self, axis: &str) -> String {
        format!("{}{}:{}", self.base, self.words.choices, original_name(axis))
    }

    /// Returns the set of the components directly below a path, which is given as a part of a field.
    pub(crate) fn below(&self, axis: &str, path: &str) -> String {
        format!("{}:{path}", self.choices(axis))
    }
}

/// Returns the original's name of an axis. Reserved words have an underscore here, such as `id_` for `id`.
pub(crate) fn original_name(axis: &str) -> &str {
    let word = axis.trim_end_matches('_');
    let is_reserved =
        ["value", "date", "id", "by"].contains(&word) || Scale::ALL.iter().any(|scale| scale.name() == word);
    if is_reserved { axis.strip_suffix('_').unwrap_or(axis) } else { axis }
}

/// Returns how the texts of an axis are stored.
pub(crate) fn form_of(axis: &AxisDefinition) -> Form {
    if axis.is_path() { Form::Component } else { Form::Value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_have_an_underscore() {
        for (axis, original) in
            [("age", "age"), ("id_", "id"), ("id__", "id_"), ("day_", "day"), ("age_", "age_")]
        {
            assert_eq!(original_name(axis), original);
        }
    }
}
