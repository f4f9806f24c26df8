//! The largest part of a pivot that is too large to be read as a whole, and what is left, without reading it cell by cell.

use std::collections::HashMap;

use staste_core::{Choice, Reading, Result, Total};

use super::{ACROSS, DOWN, Others, Pivot};
use crate::closed::is_something;
use crate::course::is_place_itself;
use crate::page::Page;

/// Each choice of an axis with what was counted.
type Counted = HashMap<Choice, Reading>;

impl Page {
    /// The largest rows and columns, whose cells are read alone, and the sums of what is left, which make it as much as
    /// everything.
    ///
    /// # Errors
    /// When even one axis is too large, or filters mean that all points would be looked through for each row.
    pub(super) fn largest_pivot(&self, down: &str, across: &str) -> Result<Pivot> {
        if self.scans(2) {
            let query = format!("--by {down} --by {across}");
            return Err(self.too_many(&query, &format!("axes {down} and {across} have")));
        }
        self.check_axis(&self.view, down)?;
        self.check_axis(&self.view, across)?;
        self.place.grow()?;
        let (rows, all_rows) = self.largest_choices(down, &self.counted(down)?, DOWN);
        let (columns, all_columns) = self.largest_choices(across, &self.counted(across)?, ACROSS);
        // Whichever axis takes fewer cells to go along.
        let cells = if rows.len() * all_columns <= columns.len() * all_rows {
            self.cells(down, &rows, across, &columns, |row, column| (row, column))?
        } else {
            self.cells(across, &columns, down, &rows, |column, row| (row, column))?
        };
        // Read after the cells, so that a kick in between does not make what is left less than nothing.
        let (by_row, by_column) = (self.counted(down)?, self.counted(across)?);
        let all = self.view.read()?;
        let cell = |row: &Choice, column: &Choice| cells.get(&(row.clone(), column.clone()));
        let across_left = rows.iter().map(|row| {
            let shown = columns.iter().filter_map(|column| cell(row, column));
            left(by_row.get(row), &all, shown)
        });
        let across_left: Vec<Reading> = across_left.collect();
        let down_left = columns.iter().map(|column| {
            let shown = rows.iter().filter_map(|row| cell(row, column));
            left(by_column.get(column), &all, shown)
        });
        let down_left: Vec<Reading> = down_left.collect();
        let both = left(Some(&all), &all, rows.iter().filter_map(|row| by_row.get(row)).chain(&down_left));
        Ok(Pivot {
            more: (all_rows - rows.len(), all_columns - columns.len()),
            down: rows,
            across: columns,
            cells,
            others: Some(Others { across: across_left, down: down_left, both }),
        })
    }

    fn counted(&self, axis: &str) -> Result<Counted> {
        Ok(self.view.by(axis)?.into_iter().filter(|(_, reading)| is_something(reading)).collect())
    }

    /// The largest choices, and how many there are. A place that is filtered to is none among those below it, since a
    /// filter by it holds them too.
    fn largest_choices(&self, axis: &str, counted: &Counted, most: usize) -> (Vec<Choice>, usize) {
        let above = self.state.filter.iter().find(|(known, _)| known == axis).map(|(_, choice)| choice);
        let sizes = counted.iter().filter(|(choice, _)| !is_place_itself(choice, above));
        let sizes = sizes.map(|(choice, reading)| (choice.clone(), self.pivot_size(reading)));
        (super::largest(sizes.collect(), most).0, counted.len())
    }

    /// The cells of some choices on one axis and some on another, by a read for each of the first.
    fn cells(
        &self,
        axis: &str,
        choices: &[Choice],
        other: &str,
        wanted: &[Choice],
        key: impl Fn(Choice, Choice) -> (Choice, Choice),
    ) -> Result<HashMap<(Choice, Choice), Reading>> {
        let mut cells = HashMap::new();
        for choice in choices {
            for (found, reading) in self.view.filter([(axis, choice)])?.by(other)? {
                if wanted.contains(&found) && is_something(&reading) {
                    cells.insert(key(choice.clone(), found), reading);
                }
            }
        }
        Ok(cells)
    }
}

/// What is left of something once some of its parts are taken off; `like` has the form of readings.
fn left<'a>(whole: Option<&Reading>, like: &Reading, parts: impl Iterator<Item = &'a Reading>) -> Reading {
    let nothing = Reading { total: Total::new(0, like.total.multiplier()), count: like.count.map(|_| 0) };
    parts.fold(whole.copied().unwrap_or(nothing), |left, part| Reading {
        total: Total::new(left.total.raw() - part.total.raw(), left.total.multiplier()),
        count: left.count.zip(part.count).map(|(left, part)| left - part),
    })
}
