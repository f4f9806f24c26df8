//! `ColumnArguments`: the options that map columns of the files to axes, value and date.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::failure::{Failure, Result};
use crate::import::MappingOptions;
use crate::input::{AxisColumn, ColumnMapping, Condition, NullAction, NullRule, NumberFormat, QueryFilter};

/// Maps columns to axes, value and date.
#[derive(Args, Debug)]
#[command(next_help_heading = "Columns")]
pub(super) struct ColumnArguments {
    /// Axis, and its column if that has another name. NAME= leaves the axis unset. Repeatable
    #[arg(long, value_name = "NAME[=COLUMN]")]
    axis: Vec<String>,

    /// Axis of paths such as blog/2013, and its column if that has another name. Repeatable
    #[arg(long, value_name = "NAME[=COLUMN]")]
    path_axis: Vec<String>,

    /// Separator between the components of a path
    #[arg(long, value_name = "TEXT", default_value = "/", allow_hyphen_values = true)]
    path_separator: String,

    /// Column with the value of the event, rounded to the nearest 1/multiplier, halves away from zero.
    /// Default: the value 1 for each event
    #[arg(long, value_name = "COLUMN")]
    pub(super) value: Option<String>,

    /// Values have a decimal comma: 12,5 and 1.234,56
    #[arg(long, requires = "value")]
    decimal_comma: bool,

    /// Values have this separator between groups of three digits: a comma, a point, an apostrophe, or blank for blanks and
    /// no-break spaces. Default: a point with --decimal-comma, otherwise none
    #[arg(long, value_name = "SEPARATOR", requires = "value")]
    thousands: Option<String>,

    /// Add up values only, without counting events (the default without --value)
    #[arg(long)]
    pub(super) plain: bool,

    /// Also record the distribution of values, for percentiles
    #[arg(long, requires = "value", conflicts_with = "plain")]
    pub(super) distribution: bool,

    /// Column with the date of the event; several, such as --date day --date time, are joined by a blank. Default: the column
    /// time in access logs, otherwise all events happen now
    #[arg(long, value_name = "COLUMN")]
    date: Vec<String>,

    /// Format of the dates in strptime directives, such as %d.%m.%Y %H:%M; needs --date
    #[arg(long, value_name = "FORMAT", requires = "date")]
    pub(super) date_format: Option<String>,

    /// Text that stands for a missing value: NA=skip skips such rows, NA=unset leaves the axis unset. Repeatable
    #[arg(long, value_name = "TEXT=skip|unset", allow_hyphen_values = true)]
    null: Vec<String>,

    /// Count only rows that meet a condition: a column, one of =, !=, <, <=, > and >=, and a value, such as status<400.
    /// Repeatable
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    conditions: Vec<String>,

    /// Leave out rows whose user agent is that of a known bot. Default column: agent in access logs, otherwise one with a
    /// usual name, such as user_agent
    #[arg(long, value_name = "COLUMN", num_args = 0..=1, require_equals = true, value_parser = NonEmptyStringValueParser::new())]
    exclude_bots: Option<Option<String>>,

    /// Remove the query and the fragment from the addresses of an axis before they are counted. Default columns: url and
    /// referer of access logs. Repeatable
    #[arg(long, value_name = "COLUMN", num_args = 0..=1, require_equals = true, value_parser = NonEmptyStringValueParser::new())]
    strip_query: Option<Vec<String>>,

    /// Keep these parameters when the query is removed, in their order; implies --strip-query. Repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    keep_query: Vec<String>,
}

impl ColumnArguments {
    /// Returns the mapping options; the axes of the Metrica are added later.
    ///
    /// # Errors
    /// When an option is invalid or contradicts another one.
    pub(super) fn mapping_options(&self) -> Result<MappingOptions> {
        let column = |text: &str, separator: Option<&String>| {
            let (axis, column) = text.split_once('=').unwrap_or((text, text));
            AxisColumn { axis: axis.to_owned(), column: column.to_owned(), separator: separator.cloned() }
        };
        let values = self.axis.iter().map(|text| column(text, None));
        let paths = self.path_axis.iter().map(|text| column(text, Some(&self.path_separator)));
        let nulls = self.null.iter().map(|text| parse_null_rule(text)).collect::<Result<Vec<_>>>()?;
        let conditions = self.conditions.iter().map(|text| Condition::parse(text).map_err(Failure::input));
        let numbers =
            NumberFormat::new(self.decimal_comma, self.thousands.as_deref()).map_err(Failure::input)?;
        let mut given = ColumnMapping {
            conditions: conditions.collect::<Result<Vec<_>>>()?,
            axes: values.chain(paths).collect(),
            value: self.value.clone(),
            numbers,
            date: self.date.clone(),
            nulls,
            user_agent: self.exclude_bots.clone().flatten(),
            queries: (self.strip_query.is_some() || !self.keep_query.is_empty()).then(|| QueryFilter {
                columns: self.strip_query.clone().unwrap_or_default(),
                kept: self.keep_query.clone(),
            }),
        };
        given.check().map_err(Failure::input)?;
        let unset = given.axes.extract_if(.., |axis| axis.column.is_empty()).map(|axis| axis.axis);
        Ok(MappingOptions {
            unset: unset.collect(),
            given,
            path_separator: self.path_separator.clone(),
            date_format: self.date_format.clone(),
            axes: Vec::new(),
            excludes_bots: self.exclude_bots.is_some(),
        })
    }
}

fn parse_null_rule(text: &str) -> Result<NullRule> {
    let rule = text.rsplit_once('=').and_then(|(text, action)| {
        let action = match action {
            "skip" => NullAction::Skip,
            "unset" => NullAction::Unset,
            _ => return None,
        };
        Some(NullRule { text: text.to_owned(), action })
    });
    rule.ok_or_else(|| {
        Failure::input(format!(
            "invalid --null {text:?}: expected TEXT=skip or TEXT=unset, such as --null NA=skip"
        ))
    })
}
