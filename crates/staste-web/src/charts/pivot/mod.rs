//! `pivot`: two axes against each other, as a table.

mod html_table;
mod largest;

use std::collections::HashMap;

use maud::Markup;
use staste_core::{Choice, Error, Measure, Percentile, Reading, Result};

use super::Chart;
use crate::context::PageContext;
use crate::drawing::{Caption, Cell, Drawing, Number, SafeText, Table, distinct};
use crate::request::chart_request::ChartRequest;

/// The largest number of rows and columns that are shown.
const MAX_ROWS: usize = 20;
const MAX_COLUMNS: usize = 10;

#[derive(Debug)]
pub(super) struct PivotChart;

impl Chart for PivotChart {
    fn name(&self) -> &'static str {
        "pivot"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        let (down, across) = axes(context)?;
        Ok(format!("{down} by {across}"))
    }

    fn draw(&self, _context: &PageContext, _meta: &Caption) -> Result<Drawing> {
        Err(Error::invalid_input("a pivot is a table without a picture: use pivot.csv or pivot.json"))
    }

    fn table(&self, context: &PageContext, _meta: &Caption) -> Result<Table> {
        // The file has every measure.
        let context = match context.definition.is_distribution() {
            true => with_axes(&context.with_measure(Measure::Percentile(Percentile::P95))?)?,
            false => with_axes(context)?,
        };
        let pivot = Pivot::read(&context)?;
        if pivot.others.is_some() {
            // A file of some cells would be taken for one of all.
            let (down, across) = (&pivot.down_axis, &pivot.across_axis);
            let query = format!("--by {down} --by {across} --format csv");
            return Err(context.too_many_choices(&query, &format!("axes {down} and {across} have")));
        }
        Ok(pivot.list(&context))
    }

    fn markup(&self, context: &PageContext, _meta: &Caption) -> Result<Markup> {
        let context = with_axes(context)?;
        Ok(Pivot::read(&context)?.markup(&context))
    }

    fn can_be_embedded(&self) -> bool {
        false
    }
}

/// The requested axes, or the first two.
fn axes(context: &PageContext) -> Result<(String, String)> {
    let mut axes = context.axes().map(str::to_owned);
    let first_two = axes.next().zip(axes.next());
    context.request.pivot.clone().or(first_two).ok_or_else(|| {
        Error::invalid_input(format!(
            "a pivot needs two axes, and metrica {} has fewer",
            context.definition.name
        ))
    })
}

/// The context of a request that names both axes, so that links keep them.
fn with_axes(context: &PageContext) -> Result<PageContext> {
    let request = ChartRequest { pivot: Some(axes(context)?), ..context.request.clone() };
    context.with_request(request)
}

/// Two axes against each other, the largest choices of each.
#[derive(Debug)]
pub(crate) struct Pivot {
    down_axis: String,
    across_axis: String,
    rows: Vec<Choice>,
    columns: Vec<Choice>,
    cells: HashMap<(Choice, Choice), Reading>,
    /// The number of rows and columns that are not shown.
    hidden: (usize, usize),
    /// The sums of rows and columns that are not shown, where there are too many cells to read them all.
    pub(crate) others: Option<Others>,
}

/// The sums of rows and columns other than the largest.
#[derive(Debug)]
pub(crate) struct Others {
    /// Of each row shown, the sum of other columns.
    across: Vec<Reading>,
    /// Of each column shown, the sum of other rows.
    down: Vec<Reading>,
    /// The sum of other rows in other columns.
    both: Reading,
}

impl Pivot {
    /// Reads the requested pivot, or that of the first two axes.
    ///
    /// # Errors
    /// When the Store cannot be read, or there is too much to read.
    pub(crate) fn read(context: &PageContext) -> Result<Pivot> {
        let (down_axis, across_axis) = axes(context)?;
        if !context.may_read(&context.view, &[&down_axis, &across_axis], None)? {
            return Pivot::read_largest(context, down_axis, across_axis);
        }
        let mut cells = HashMap::new();
        let (mut rows, mut columns): (HashMap<Choice, f64>, HashMap<Choice, f64>) = Default::default();
        for (choices, reading) in context.view.pivot(&[down_axis.as_str(), across_axis.as_str()])? {
            let [row, column] = choices.as_slice() else { continue };
            let size = size(context, &reading);
            *rows.entry(row.clone()).or_default() += size;
            *columns.entry(column.clone()).or_default() += size;
            cells.insert((row.clone(), column.clone()), reading);
        }
        let (rows, hidden_rows) = largest(rows, MAX_ROWS);
        let (columns, hidden_columns) = largest(columns, MAX_COLUMNS);
        let hidden = (hidden_rows, hidden_columns);
        Ok(Pivot { down_axis, across_axis, rows, columns, cells, hidden, others: None })
    }

    /// Every cell in a row of its own, with all measures of the Metrica.
    fn list(&self, context: &PageContext) -> Table {
        let axes = [self.down_axis.as_str(), self.across_axis.as_str()];
        let measures = context.measures().iter().map(|measure| SafeText::from(measure.name()));
        let mut cells: Vec<_> = self.cells.iter().collect();
        cells.sort_by_key(|(choices, _)| *choices);
        let rows = cells.into_iter().map(|((row, column), reading)| {
            let names = [row, column].map(|choice| Cell::Text(SafeText::from(choice)));
            let numbers = context.measures().iter().map(|measure| context.number_of(*measure, reading));
            names.into_iter().chain(numbers.map(|number| Cell::of(number.as_ref()))).collect()
        });
        Table {
            columns: distinct(axes.into_iter().map(SafeText::from).chain(measures)),
            rows: rows.collect(),
        }
    }
}

/// The number by which rows and columns are ordered: averages by their counts.
fn size(context: &PageContext, reading: &Reading) -> f64 {
    let number = Number::of(context.request.measure.additive(), reading);
    number.map_or(0.0, |number| number.value())
}

/// The largest choices, and how many others there are.
fn largest(sizes: HashMap<Choice, f64>, max: usize) -> (Vec<Choice>, usize) {
    let mut sized: Vec<(Choice, f64)> = sizes.into_iter().collect();
    sized.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let hidden = sized.len().saturating_sub(max);
    (sized.into_iter().take(max).map(|(choice, _)| choice).collect(), hidden)
}
