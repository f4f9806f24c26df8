//! Two axes against each other.

use std::collections::HashMap;

use maud::{Markup, html};
use staste_core::{Choice, Reading, Result};

use crate::chart::{Cell, Name, Table, distinct};
use crate::page::Page;
use crate::state::Measure;

/// So many rows and columns are shown.
const DOWN: usize = 20;
const ACROSS: usize = 10;
/// Shades of the cells.
const CLASSES: f64 = 8.0;

/// Two axes against each other, the largest choices of each.
#[derive(Debug)]
pub(crate) struct Pivot {
    down: Vec<Choice>,
    across: Vec<Choice>,
    cells: HashMap<(Choice, Choice), Reading>,
    /// How many rows and columns were left out.
    more: (usize, usize),
}

impl Page {
    /// The pivot that the state asks for.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn pivot(&self) -> Result<Option<Pivot>> {
        let Some((down, across)) = &self.state.pivot else { return Ok(None) };
        let mut cells = HashMap::new();
        let (mut rows, mut columns): (HashMap<Choice, f64>, HashMap<Choice, f64>) = Default::default();
        for (choices, reading) in self.view.pivot(&[down.as_str(), across.as_str()])? {
            let [row, column] = choices.as_slice() else { continue };
            // Averages are ordered by how many there are.
            let size = if self.state.show == Measure::Average { Measure::Count } else { self.state.show };
            let size = size.of(&reading).map_or(0.0, |number| number.value());
            *rows.entry(row.clone()).or_default() += size;
            *columns.entry(column.clone()).or_default() += size;
            cells.insert((row.clone(), column.clone()), reading);
        }
        let (down, more_down) = largest(rows, DOWN);
        let (across, more_across) = largest(columns, ACROSS);
        Ok(Some(Pivot { down, across, cells, more: (more_down, more_across) }))
    }

    /// Every cell of it in a row of its own, with all that the Metrica counts.
    pub(crate) fn pivot_list(&self, pivot: &Pivot) -> Table {
        let axes = self.state.pivot.iter().flat_map(|(down, across)| [down.as_str(), across.as_str()]);
        let measures = self.measures().iter().map(|measure| measure.name());
        let mut cells: Vec<_> = pivot.cells.iter().collect();
        cells.sort_by_key(|(choices, _)| *choices);
        let rows = cells.into_iter().map(|((row, column), reading)| {
            let names = [row, column].map(|choice| Cell::Name(Name::from(choice)));
            names
                .into_iter()
                .chain(self.measures().iter().map(|measure| Cell::of(measure.of(reading).as_ref())))
                .collect()
        });
        Table { columns: distinct(axes.chain(measures).map(Name::from)), rows: rows.collect() }
    }

    /// The pivot as a table, shaded by how large its cells are.
    pub(crate) fn pivot_table(&self, pivot: &Pivot) -> Markup {
        let number = |row: &Choice, column: &Choice| {
            pivot.cells.get(&(row.clone(), column.clone())).and_then(|reading| self.number(reading))
        };
        let shown = || pivot.down.iter().flat_map(|row| pivot.across.iter().map(move |column| (row, column)));
        let high = shown()
            .filter_map(|(row, column)| number(row, column))
            .map(|number| number.value())
            .fold(0f64, f64::max);
        let shade =
            |value: f64| if value > 0.0 && high > 0.0 { (value / high * CLASSES).ceil() } else { 0.0 };
        let Some((down, across)) = &self.state.pivot else { return html! {} };
        html! {
            div.scroll tabindex="0" role="region" aria-label={ (down) " by " (across) } {
                table.pivot {
                    caption.unseen { (self.state.show.name()) ": " (down) " by " (across) }
                    thead { tr {
                        th scope="col" { (down) " \u{2193} " (across) " \u{2192}" }
                        @for column in &pivot.across {
                            th scope="col" { a href=(self.link(&self.state.narrowed(across, column))) { bdi { (Name::from(column)) } } }
                        }
                    } }
                    tbody {
                        @for row in &pivot.down {
                            tr {
                                th scope="row" { a href=(self.link(&self.state.narrowed(down, row))) { bdi { (Name::from(row)) } } }
                                @for column in &pivot.across {
                                    @match number(row, column) {
                                        Some(number) => td.{ "s" (shade(number.value())) } { (number.full()) },
                                        None => td.dim { "\u{2013}" },
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if pivot.down.is_empty() { p.dim { "No data" } }
            @if pivot.more != (0, 0) {
                p.dim { "The largest are shown; " (pivot.more.0) " more of " (down) ", " (pivot.more.1) " more of " (across) "." }
            }
        }
    }
}

fn largest(sizes: HashMap<Choice, f64>, most: usize) -> (Vec<Choice>, usize) {
    let mut sized: Vec<(Choice, f64)> = sizes.into_iter().collect();
    sized.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let more = sized.len().saturating_sub(most);
    (sized.into_iter().take(most).map(|(choice, _)| choice).collect(), more)
}
