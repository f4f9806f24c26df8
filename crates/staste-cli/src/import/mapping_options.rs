//! `MappingOptions`: the mapping that the user gives, completed for each file by the axes of the Metrica.

use staste::AxisDefinition;

use crate::failure::{Failure, Result};
use crate::input::{AxisColumn, ColumnMapping, InputFile, InputFormat, QueryFilter};
use crate::output::printable;

/// The column of an access log with the date.
const LOG_DATE_COLUMN: &str = "time";

/// The mapping that the user gives, and the axes of the Metrica.
#[derive(Debug)]
pub(crate) struct MappingOptions {
    /// The mapping that the user gives.
    pub(crate) given: ColumnMapping,
    /// The axes to leave unset.
    pub(crate) unset: Vec<String>,
    /// The separator between the components of a path.
    pub(crate) path_separator: String,
    /// The format of dates, if one is given.
    pub(crate) date_format: Option<String>,
    /// The axes of the Metrica, if it exists.
    pub(crate) axes: Vec<AxisDefinition>,
    /// True if rows of bots are left out, by the given column of user agents or by one with a usual name.
    pub(crate) excludes_bots: bool,
}

impl MappingOptions {
    /// Returns the mapping for a file, and notes about it.
    ///
    /// An axis without a given column takes the column of the same name.
    ///
    /// # Errors
    /// When rows of bots are to be left out, and no column is known as that of the user agent.
    pub(crate) fn mapping_for(&self, input: &InputFile) -> Result<(ColumnMapping, Vec<String>)> {
        let mut mapping = self.given.clone();
        let mut notes = Vec::new();
        let mut missing = Vec::new();
        for axis in &self.axes {
            let name = &axis.name;
            if self.unset.contains(name) || self.given.axes.iter().any(|given| given.axis == *name) {
                continue;
            }
            if !input.may_have(name) {
                missing.push(name.as_str());
                continue;
            }
            let separator = axis.is_path().then(|| self.path_separator.clone());
            mapping.axes.push(AxisColumn { axis: name.clone(), column: name.clone(), separator });
        }
        let name = printable(input.stream().name());
        match missing.as_slice() {
            [] => {}
            [axis] => notes.push(format!("{name}: axis {axis} has no column and stays unset")),
            axes => notes.push(format!("{name}: axes {} have no column and stay unset", axes.join(", "))),
        }
        match input.format() {
            _ if !mapping.date.is_empty() => {}
            InputFormat::AccessLog if input.may_have(LOG_DATE_COLUMN) => {
                mapping.date.push(LOG_DATE_COLUMN.to_owned());
            }
            _ => notes.push("without --date every row counts as happening now".to_owned()),
        }
        if self.excludes_bots && mapping.user_agent.is_none() {
            let column = input.user_agent_column();
            let column =
                column.map_err(|problem| Failure::input(format!("{name}: --exclude-bots: {problem}")))?;
            if input.format() != InputFormat::AccessLog {
                notes.push(format!(
                    "{name}: --exclude-bots reads the user agent in the column {}",
                    printable(column)
                ));
            }
            mapping.user_agent = Some(column.to_owned());
        }
        if let Some(queries) = &self.given.queries {
            let filter = query_filter(queries, &mapping, input).map_err(|failure| failure.in_place(&name))?;
            // A filter of no column is none, so that the mapping is that of an import without the option.
            mapping.queries = Some(filter).filter(|filter| !filter.columns.is_empty());
        }
        Ok((mapping, notes))
    }
}

/// Returns the filter of queries for the columns of a file, or those given for it.
fn query_filter(given: &QueryFilter, mapping: &ColumnMapping, input: &InputFile) -> Result<QueryFilter> {
    let has_axis = |column: &String| mapping.axes.iter().any(|axis| axis.column == *column);
    if let Some(column) = given.columns.iter().find(|column| !has_axis(column)) {
        return Err(Failure::input(format!("--strip-query={column}: no axis takes the column {column}")));
    }
    if !given.columns.is_empty() {
        return Ok(given.clone());
    }
    if input.format() != InputFormat::AccessLog {
        return Err(Failure::input("--strip-query: no column is known to have addresses")
            .help("name the column of an axis: --strip-query=COLUMN"));
    }
    let columns: Vec<String> = input.address_columns().into_iter().filter(has_axis).collect();
    if columns.is_empty() && !given.kept.is_empty() {
        return Err(Failure::input(
            "--keep-query: no axis takes a column with queries, which are url and referer",
        )
        .help("take the address instead of its path: --axis NAME=url"));
    }
    Ok(QueryFilter { columns, kept: given.kept.clone() })
}
