//! `ColumnArguments`: the options that say which columns of a file are what.

use clap::Args;

use crate::failure::{Failure, Result};
use crate::import::Wanted;
use crate::input::{AxisColumn, Mapping, NullAction, NullRule};

/// Which columns are what.
#[derive(Args, Debug)]
#[command(next_help_heading = "Columns")]
pub(super) struct ColumnArguments {
    /// An axis and its column, where that is called otherwise; NAME= leaves the axis unset
    #[arg(long, value_name = "NAME[=COLUMN]")]
    axis: Vec<String>,

    /// An axis of paths such as blog/2013 and its column
    #[arg(long, value_name = "NAME[=COLUMN]")]
    path_axis: Vec<String>,

    /// The text between the components of a path
    #[arg(long, value_name = "TEXT", default_value = "/", allow_hyphen_values = true)]
    path_separator: String,

    /// The column with the value of the event, rounded half away from zero to a whole number of 1/multiplier;
    /// each event counts 1 without it
    #[arg(long, value_name = "COLUMN")]
    pub(super) value: Option<String>,

    /// Keep totals only (the default without --value)
    #[arg(long)]
    pub(super) plain: bool,

    /// The column with the date; without it every row counts as happening now. Of access logs it is time
    #[arg(long, value_name = "COLUMN")]
    date: Option<String>,

    /// The form of dates, in the directives of strptime: %d.%m.%Y %H:%M
    #[arg(long, value_name = "FORMAT", requires = "date")]
    pub(super) date_format: Option<String>,

    /// A text that stands for nothing: NA=skip passes over the row, NA=unset leaves the axis out
    #[arg(long, value_name = "TEXT=skip|unset", allow_hyphen_values = true)]
    null: Vec<String>,
}

impl ColumnArguments {
    /// The columns that were given; the axes of the Metrica are not known yet.
    ///
    /// # Errors
    /// When an option is not what it must be, or contradicts another one.
    pub(super) fn wanted(&self) -> Result<Wanted> {
        let column = |text: &str, separator: Option<&String>| {
            let (axis, column) = text.split_once('=').unwrap_or((text, text));
            AxisColumn { axis: axis.to_owned(), column: column.to_owned(), separator: separator.cloned() }
        };
        let values = self.axis.iter().map(|text| column(text, None));
        let paths = self.path_axis.iter().map(|text| column(text, Some(&self.path_separator)));
        let nulls = self.null.iter().map(|text| null_rule(text)).collect::<Result<Vec<_>>>()?;
        let mut given = Mapping {
            axes: values.chain(paths).collect(),
            value: self.value.clone(),
            date: self.date.clone(),
            nulls,
        };
        given.check().map_err(Failure::input)?;
        let unset = given.axes.extract_if(.., |axis| axis.column.is_empty()).map(|axis| axis.axis);
        Ok(Wanted {
            unset: unset.collect(),
            given,
            path_separator: self.path_separator.clone(),
            date_format: self.date_format.clone(),
            axes: Vec::new(),
        })
    }
}

fn null_rule(text: &str) -> Result<NullRule> {
    let rule = text.rsplit_once('=').and_then(|(text, action)| {
        let action = match action {
            "skip" => NullAction::Skip,
            "unset" => NullAction::Unset,
            _ => return None,
        };
        Some(NullRule { text: text.to_owned(), action })
    });
    rule.ok_or_else(|| {
        Failure::input(format!("--null {text:?} does not say what to do with such rows"))
            .help("give TEXT=skip or TEXT=unset, such as --null NA=skip")
    })
}
