//! Two axes against each other.

mod largest;
mod table;

use std::collections::HashMap;

use staste_core::{Choice, Reading, Result};

use crate::chart::{Cell, Name, Number, Table, distinct};
use crate::page::Page;

/// So many rows and columns are shown.
const DOWN: usize = 20;
const ACROSS: usize = 10;
/// Two axes against each other, the largest choices of each.
#[derive(Debug)]
pub(crate) struct Pivot {
    down: Vec<Choice>,
    across: Vec<Choice>,
    cells: HashMap<(Choice, Choice), Reading>,
    /// How many rows and columns were left out.
    more: (usize, usize),
    /// What was left out, summed, where there are too many cells to read them all.
    pub(crate) others: Option<Others>,
}

/// What is left of rows and columns beside the largest.
#[derive(Debug)]
pub(crate) struct Others {
    /// Of each row shown, what is in other columns.
    across: Vec<Reading>,
    /// Of each column shown, what is in other rows.
    down: Vec<Reading>,
    /// What is in other rows and other columns.
    both: Reading,
}

impl Page {
    /// The pivot that the state asks for.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn pivot(&self) -> Result<Option<Pivot>> {
        let Some((down, across)) = &self.state.pivot else { return Ok(None) };
        if !self.may_read(&self.view, &[down, across], None)? {
            return self.largest_pivot(down, across).map(Some);
        }
        let mut cells = HashMap::new();
        let (mut rows, mut columns): (HashMap<Choice, f64>, HashMap<Choice, f64>) = Default::default();
        for (choices, reading) in self.view.pivot(&[down.as_str(), across.as_str()])? {
            let [row, column] = choices.as_slice() else { continue };
            let size = self.pivot_size(&reading);
            *rows.entry(row.clone()).or_default() += size;
            *columns.entry(column.clone()).or_default() += size;
            cells.insert((row.clone(), column.clone()), reading);
        }
        let (down, more_down) = largest(rows, DOWN);
        let (across, more_across) = largest(columns, ACROSS);
        Ok(Some(Pivot { down, across, cells, more: (more_down, more_across), others: None }))
    }

    /// By what rows and columns are ordered: averages by how many there are.
    fn pivot_size(&self, reading: &Reading) -> f64 {
        Number::of(self.state.show.additive(), reading).map_or(0.0, |number| number.value())
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
                .chain(self.measures().iter().map(|measure| Cell::of(Number::of(*measure, reading).as_ref())))
                .collect()
        });
        Table { columns: distinct(axes.chain(measures).map(Name::from)), rows: rows.collect() }
    }
}

fn largest(sizes: HashMap<Choice, f64>, most: usize) -> (Vec<Choice>, usize) {
    let mut sized: Vec<(Choice, f64)> = sizes.into_iter().collect();
    sized.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let more = sized.len().saturating_sub(most);
    (sized.into_iter().take(most).map(|(choice, _)| choice).collect(), more)
}
