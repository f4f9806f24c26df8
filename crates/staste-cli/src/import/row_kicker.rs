//! `RowKicker`: kicks the rows of a file.

use std::borrow::Cow;

use smallvec::SmallVec;
use staste::{BulkWriter, ChoiceInput, Moment, Value};

use super::run_record::Day;
use crate::input::{
    ColumnMapping, DateError, DateParser, EventTime, Fields, MappedChoice, MappedRow, MappingError,
    RowMapper, number_format_hint,
};

const SECONDS_PER_DAY: i64 = 86_400;

/// Kicks rows according to a mapping.
pub(crate) struct RowKicker {
    mapper: RowMapper,
    /// The names of the axes, in the order of the mapped choices.
    axes: Vec<String>,
    dates: DateParser,
    has_paths: bool,
    has_number_format: bool,
    /// Number of kicked rows with blanks around the value or the date.
    trimmed: u64,
}

/// The event of a row.
struct Event<'a, 'row> {
    axes: &'a [String],
    row: &'row MappedRow<'a>,
    value: Value,
    date: Moment,
    /// The day of the date as written, in days since 1970; none without dates.
    day: Day,
    has_paths: bool,
}

/// Why a row was not counted.
pub(crate) enum RowError {
    /// A null rule skips it: the column and the text.
    Skipped(String, String),
    /// It does not meet a condition.
    Filtered,
    /// Its user agent is that of a known bot.
    Bot,
    /// The row is invalid.
    Rejected {
        reason: String,
        /// True if its date has an unknown format.
        has_bad_date: bool,
    },
}

impl RowError {
    /// Returns a rejection for another reason than a date.
    pub(crate) fn rejected(reason: impl std::fmt::Display) -> RowError {
        RowError::Rejected { reason: reason.to_string(), has_bad_date: false }
    }
}

/// The components of one path.
type Components<'a> = SmallVec<[&'a str; 8]>;

impl RowKicker {
    /// Returns a kicker for rows of one format.
    ///
    /// # Errors
    /// When the date format is invalid.
    pub(crate) fn new(
        mapping: &ColumnMapping,
        mapper: RowMapper,
        date_format: Option<&str>,
    ) -> Result<RowKicker, DateError> {
        Ok(RowKicker {
            mapper,
            axes: mapping.axes.iter().map(|axis| axis.axis.clone()).collect(),
            dates: DateParser::new(date_format)?,
            has_paths: mapping.axes.iter().any(|axis| axis.separator.is_some()),
            has_number_format: mapping.numbers.is_some(),
            trimmed: 0,
        })
    }

    /// Kicks a row unless `stops` says no, and returns its day; none if it was not kicked.
    ///
    /// # Errors
    /// When the row is skipped or invalid.
    pub(crate) fn kick(
        &mut self,
        fields: &Fields<'_>,
        bulk: &mut BulkWriter,
        stops: impl FnOnce(Day) -> bool,
    ) -> Result<Option<Day>, RowError> {
        let kicked = self.with_event(fields, |event| {
            if stops(event.day) {
                return Ok(None);
            }
            event.kick(bulk).map(|()| Some((event.day, event.row.is_trimmed)))
        })??;
        self.trimmed += u64::from(kicked.is_some_and(|(_, is_trimmed)| is_trimmed));
        Ok(kicked.map(|(day, _)| day))
    }

    /// Returns the number of kicked rows since the last call that had blanks around the value or the date.
    pub(crate) fn take_trimmed(&mut self) -> u64 {
        std::mem::take(&mut self.trimmed)
    }

    /// Returns the day of a row; none if it is skipped or invalid.
    pub(crate) fn day(&mut self, fields: &Fields<'_>) -> Option<Day> {
        self.with_event(fields, |event| event.day).ok()
    }

    /// Returns the time of a row in seconds, of a local time as if it were in UTC; none without dates.
    pub(crate) fn time(&mut self, fields: &Fields<'_>) -> Option<i64> {
        let time = self.with_event(fields, |event| match event.date {
            Moment::Instant(seconds) => Some(seconds),
            Moment::Local(local) => Some(
                local
                    .duration_since(jiff::civil::date(1970, 1, 1).to_datetime(jiff::civil::Time::MIN))
                    .as_secs(),
            ),
            _ => None,
        });
        time.ok().flatten()
    }

    /// Calls a function with the event of a row.
    #[inline]
    fn with_event<T>(
        &mut self,
        fields: &Fields<'_>,
        then: impl FnOnce(&Event<'_, '_>) -> T,
    ) -> Result<T, RowError> {
        let RowKicker { mapper, axes, dates, has_paths, has_number_format, .. } = self;
        let mut row = MappedRow::default();
        mapper.map_into(fields, &mut row).map_err(|error| match error {
            MappingError::Skipped(null) => RowError::Skipped(null.column.to_owned(), null.text.to_owned()),
            MappingError::Rejected(reason) => RowError::rejected(reason),
            MappingError::Filtered => RowError::Filtered,
            MappingError::Bot => RowError::Bot,
        })?;
        let value = match row.value.as_deref() {
            None => Value::ONE,
            Some(text) => Value::parse(text).map_err(|error| {
                let hint = if *has_number_format { String::new() } else { number_format_hint(text) };
                RowError::rejected(format!("{error}{hint}"))
            })?,
        };
        let (date, day) = match row.date.as_deref().map(|text| dates.parse(text)) {
            None => (Moment::Now, None),
            Some(Ok(EventTime::Instant(seconds))) => {
                (Moment::Instant(seconds), Some(seconds.div_euclid(SECONDS_PER_DAY)))
            }
            Some(Ok(EventTime::Local(local))) => {
                let since = local.date().duration_since(jiff::civil::date(1970, 1, 1));
                (Moment::Local(local), Some(since.as_secs().div_euclid(SECONDS_PER_DAY)))
            }
            Some(Err(error)) => {
                let has_bad_date = error.is_unknown_format();
                return Err(RowError::Rejected { reason: error.to_string(), has_bad_date });
            }
        };
        Ok(then(&Event { axes, row: &row, value, date, day, has_paths: *has_paths }))
    }

    /// Returns the text of the value of a row.
    pub(crate) fn value_of<'a>(&'a self, fields: &Fields<'a>) -> Option<Cow<'a, str>> {
        self.mapper.map(fields).ok()?.value
    }
}

impl Event<'_, '_> {
    /// Kicks the event.
    ///
    /// # Errors
    /// When the Metrica refuses it.
    fn kick(&self, bulk: &mut BulkWriter) -> Result<(), RowError> {
        let Event { axes, row, value, date, .. } = self;
        let kicked = if self.has_paths {
            kick_paths(axes, row, *value, *date, bulk)
        } else {
            let choices = axes.iter().zip(&row.axes).map(|(axis, choice)| {
                let choice = match choice {
                    MappedChoice::Text(text) => ChoiceInput::Text(text),
                    MappedChoice::Unset | MappedChoice::Path(_) => ChoiceInput::Unset,
                };
                (axis.as_str(), choice)
            });
            bulk.kick(choices, *value, *date)
        };
        kicked.map_err(RowError::rejected)
    }
}

fn kick_paths(
    axes: &[String],
    row: &MappedRow<'_>,
    value: Value,
    date: Moment,
    bulk: &mut BulkWriter,
) -> staste::Result<()> {
    let paths: SmallVec<[Components<'_>; 4]> = row
        .axes
        .iter()
        .map(|choice| match choice {
            MappedChoice::Path(components) => components.iter().collect(),
            MappedChoice::Text(_) | MappedChoice::Unset => Components::new(),
        })
        .collect();
    let choices = axes.iter().zip(&row.axes).zip(&paths).map(|((axis, choice), components)| {
        let choice = match choice {
            MappedChoice::Text(text) => ChoiceInput::Text(text),
            MappedChoice::Path(_) => ChoiceInput::Path(components),
            MappedChoice::Unset => ChoiceInput::Unset,
        };
        (axis.as_str(), choice)
    });
    bulk.kick(choices, value, date)
}
