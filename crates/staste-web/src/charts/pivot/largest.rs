//! The largest part of a pivot that is too large to be read as a whole, and the sums of the rest.

use std::collections::HashMap;

use staste_core::{Choice, Reading, Result};

use super::{MAX_COLUMNS, MAX_ROWS, Others, Pivot, largest, size};
use crate::charts::choice_lines::is_place_itself;
use crate::context::PageContext;
use crate::readings::{has_data, nothing};

/// Each choice of an axis with its reading.
type ByChoice = HashMap<Choice, Reading>;

impl Pivot {
    /// Reads the cells of the largest rows and columns alone, and what the sums of the rest follow from.
    ///
    /// # Errors
    /// When even one axis is too large, or filters make the read of each row go through all points.
    pub(super) fn read_largest(
        context: &PageContext,
        down_axis: String,
        across_axis: String,
    ) -> Result<Pivot> {
        let (down, across) = (down_axis.as_str(), across_axis.as_str());
        if context.reads_all_points(2) {
            let query = format!("--by {down} --by {across}");
            return Err(context.too_many_choices(&query, &format!("axes {down} and {across} have")));
        }
        context.check_axis(&context.view, down)?;
        context.check_axis(&context.view, across)?;
        context.become_large()?;
        let (rows, all_rows) = largest_choices(context, down, &read_by(context, down)?, MAX_ROWS);
        let (columns, all_columns) =
            largest_choices(context, across, &read_by(context, across)?, MAX_COLUMNS);
        // Along the axis that takes fewer cells.
        let cells = if rows.len() * all_columns <= columns.len() * all_rows {
            read_cells(context, down, &rows, across, &columns, |row, column| (row, column))?
        } else {
            read_cells(context, across, &columns, down, &rows, |column, row| (row, column))?
        };
        // Read after the cells, so that a kick in between does not make the rest negative.
        let (by_row, by_column) = (read_by(context, down)?, read_by(context, across)?);
        let all = context.view.read()?;
        let cell = |row: &Choice, column: &Choice| cells.get(&(row.clone(), column.clone()));
        let rest_of_row = |row: &Choice| {
            let shown = columns.iter().filter_map(|column| cell(row, column));
            rest(by_row.get(row), &all, shown)
        };
        let rest_of_column = |column: &Choice| {
            let shown = rows.iter().filter_map(|row| cell(row, column));
            rest(by_column.get(column), &all, shown)
        };
        let across: Vec<Reading> = rows.iter().map(rest_of_row).collect();
        let down: Vec<Reading> = columns.iter().map(rest_of_column).collect();
        let both = rest(Some(&all), &all, rows.iter().filter_map(|row| by_row.get(row)).chain(&down));
        Ok(Pivot {
            hidden: (all_rows - rows.len(), all_columns - columns.len()),
            down_axis,
            across_axis,
            rows,
            columns,
            cells,
            others: Some(Others { across, down, both }),
        })
    }
}

fn read_by(context: &PageContext, axis: &str) -> Result<ByChoice> {
    Ok(context.view.by(axis)?.into_iter().filter(|(_, reading)| has_data(reading)).collect())
}

/// The largest choices, and how many there are. A place that the request filters by is not one of them, since a filter by
/// it also counts the places below it.
fn largest_choices(context: &PageContext, axis: &str, by: &ByChoice, max: usize) -> (Vec<Choice>, usize) {
    let filtered_to = context.request.filtered_to(axis);
    let sizes = by.iter().filter(|(choice, _)| !is_place_itself(choice, filtered_to));
    let sizes = sizes.map(|(choice, reading)| (choice.clone(), size(context, reading)));
    (largest(sizes.collect(), max).0, by.len())
}

/// Reads the cells of some choices on one axis and some on another, by a read for each of the first.
fn read_cells(
    context: &PageContext,
    axis: &str,
    choices: &[Choice],
    other_axis: &str,
    other_choices: &[Choice],
    key: impl Fn(Choice, Choice) -> (Choice, Choice),
) -> Result<HashMap<(Choice, Choice), Reading>> {
    let mut cells = HashMap::new();
    for choice in choices {
        for (found, reading) in context.view.filter([(axis, choice)])?.by(other_axis)? {
            if other_choices.contains(&found) && has_data(&reading) {
                cells.insert(key(choice.clone(), found), reading);
            }
        }
    }
    Ok(cells)
}

/// The rest of a whole without some of its parts; `like` has the form of readings where there is no whole.
fn rest<'a>(whole: Option<&Reading>, like: &Reading, parts: impl Iterator<Item = &'a Reading>) -> Reading {
    parts.fold(whole.cloned().unwrap_or_else(|| nothing(like)), |rest, part| rest.minus(part))
}
