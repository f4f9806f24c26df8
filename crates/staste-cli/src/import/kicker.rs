//! `Kicker`: makes kicks of rows.

use smallvec::SmallVec;
use staste::{BulkWriter, ChoiceInput, Moment, Value};

use crate::input::{BadDate, Chosen, Dates, Fields, Mapping, NotPicked, Picked, RowMapper, When};

/// Makes kicks of rows, as a mapping says.
pub(crate) struct Kicker {
    picker: RowMapper,
    /// The names of the axes, in the order of what is picked.
    axes: Vec<String>,
    dates: Dates,
    has_paths: bool,
}

/// Why a row was not counted.
pub(crate) enum Uncounted {
    /// A null rule passes over it: the column and the text.
    Skipped(String, String),
    /// It cannot be counted.
    Rejected {
        reason: String,
        /// The reason is a text that is not a date in a form that is read.
        has_bad_date: bool,
    },
}

impl Uncounted {
    /// Rejected for another reason than its date.
    pub(crate) fn rejected(reason: impl std::fmt::Display) -> Uncounted {
        Uncounted::Rejected { reason: reason.to_string(), has_bad_date: false }
    }
}

/// The components of one path.
type Components<'a> = SmallVec<[&'a str; 8]>;

impl Kicker {
    /// A kicker for rows of one format.
    ///
    /// # Errors
    /// When the date format is none.
    pub(crate) fn new(
        mapping: &Mapping,
        picker: RowMapper,
        date_format: Option<&str>,
    ) -> Result<Kicker, BadDate> {
        Ok(Kicker {
            picker,
            axes: mapping.axes.iter().map(|axis| axis.axis.clone()).collect(),
            dates: Dates::new(date_format)?,
            has_paths: mapping.axes.iter().any(|axis| axis.separator.is_some()),
        })
    }

    /// Kicks what a row says.
    ///
    /// # Errors
    /// When it is passed over or cannot be counted.
    pub(crate) fn kick(&mut self, fields: &Fields<'_>, bulk: &mut BulkWriter) -> Result<(), Uncounted> {
        let Kicker { picker, axes, dates, has_paths } = self;
        let picked = picker.pick(fields).map_err(|not| match not {
            NotPicked::Skipped(skipped) => {
                Uncounted::Skipped(skipped.column.to_owned(), skipped.text.to_owned())
            }
            NotPicked::Rejected(reason) => Uncounted::rejected(reason),
        })?;
        let value = picked.value.map_or(Ok(Value::ONE), Value::parse).map_err(Uncounted::rejected)?;
        let date = match picked.date.map(|text| dates.read(text)) {
            None => Moment::Now,
            Some(Ok(When::Instant(seconds))) => Moment::Instant(seconds),
            Some(Ok(When::Local(local))) => Moment::Local(local),
            Some(Err(error)) => {
                let has_bad_date = error.is_of_no_usual_form();
                return Err(Uncounted::Rejected { reason: error.to_string(), has_bad_date });
            }
        };
        let kicked = if *has_paths {
            kick_paths(axes, &picked, value, date, bulk)
        } else {
            let choices = axes.iter().zip(&picked.axes).map(|(axis, chosen)| {
                let given = match chosen {
                    Chosen::Text(text) => ChoiceInput::Text(text),
                    Chosen::Unset | Chosen::Path(_) => ChoiceInput::Unset,
                };
                (axis.as_str(), given)
            });
            bulk.kick(choices, value, date)
        };
        kicked.map_err(Uncounted::rejected)
    }

    /// The text of the value, for a look at what values are like.
    pub(crate) fn value_of<'a>(&'a self, fields: &Fields<'a>) -> Option<&'a str> {
        self.picker.pick(fields).ok()?.value
    }
}

fn kick_paths(
    axes: &[String],
    picked: &Picked<'_>,
    value: Value,
    date: Moment,
    bulk: &mut BulkWriter,
) -> staste::Result<()> {
    let paths: SmallVec<[Components<'_>; 4]> = picked
        .axes
        .iter()
        .map(|chosen| match chosen {
            Chosen::Path(components) => components.iter().collect(),
            Chosen::Text(_) | Chosen::Unset => Components::new(),
        })
        .collect();
    let choices = axes.iter().zip(&picked.axes).zip(&paths).map(|((axis, chosen), components)| {
        let given = match chosen {
            Chosen::Text(text) => ChoiceInput::Text(text),
            Chosen::Path(_) => ChoiceInput::Path(components),
            Chosen::Unset => ChoiceInput::Unset,
        };
        (axis.as_str(), given)
    });
    bulk.kick(choices, value, date)
}
