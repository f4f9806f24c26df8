//! The names of the original's keys.

use staste_core::{AxisDefinition, AxisKind, Calendar, Scale};

use super::label::Label;
use super::naming::KeyNaming;
use super::text::Form;

/// What the original's keys of counts end with.
pub(crate) const COUNTS: &str = ":__len__";

/// The original's keys of one Metrica.
#[derive(Clone, Debug)]
pub(crate) struct SeedKeys {
    /// What all of them begin with, such as "staste:guests:".
    pub(crate) base: String,
    pub(crate) naming: KeyNaming,
    pub(crate) calendar: Calendar,
}

impl SeedKeys {
    pub(crate) fn new(prefix: &str, metrica: &str, naming: KeyNaming, calendar: Calendar) -> SeedKeys {
        SeedKeys { base: format!("{prefix}:{metrica}:"), naming, calendar }
    }

    /// The totals of all time.
    pub(crate) fn ever(&self) -> String {
        format!("{}{}", self.base, self.naming.all)
    }

    /// The set of the years there are.
    pub(crate) fn years(&self) -> String {
        format!("{}years", self.base)
    }

    /// The totals of a bucket.
    pub(crate) fn totals(&self, scale: Scale, start: i64) -> String {
        match scale {
            Scale::Ever => self.ever(),
            _ => format!("{}{}", self.base, Label::of(&self.calendar, scale, start).period()),
        }
    }

    /// The counts of a bucket.
    pub(crate) fn counts(&self, scale: Scale, start: i64) -> String {
        format!("{}{COUNTS}", self.totals(scale, start))
    }

    /// The set of the choices of an axis.
    pub(crate) fn choices(&self, axis: &str) -> String {
        format!("{}{}:{}", self.base, self.naming.choices, original_name(axis))
    }

    /// The set of what lies directly below a place of a path axis, given as a part.
    pub(crate) fn below(&self, axis: &str, place: &str) -> String {
        format!("{}:{place}", self.choices(axis))
    }
}

/// What the original called an axis. Words that no axis may be called have an underscore after them here, as
/// `id_` for `id`.
pub(crate) fn original_name(axis: &str) -> &str {
    let word = axis.trim_end_matches('_');
    let is_taken =
        ["value", "date", "id", "by"].contains(&word) || Scale::ALL.iter().any(|scale| scale.name() == word);
    if is_taken { axis.strip_suffix('_').unwrap_or(axis) } else { axis }
}

/// How an axis writes its texts.
pub(crate) fn form_of(axis: &AxisDefinition) -> Form {
    match axis.kind {
        AxisKind::Path => Form::Component,
        AxisKind::Declared(_) | AxisKind::Stored => Form::Value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_taken_have_an_underscore() {
        for (axis, original) in
            [("age", "age"), ("id_", "id"), ("id__", "id_"), ("day_", "day"), ("age_", "age_")]
        {
            assert_eq!(original_name(axis), original);
        }
    }
}
