//! `top`: the largest choices of an axis, each with a bar.

use staste_core::{Measure, Result};

use super::Chart;
use super::breakdown::{Ranking, link_into, read_ranked, sum_of};
use crate::context::PageContext;
use crate::drawing::{self, BarRest, BarRow, Caption, Drawing, SafeText, Table};

/// The number of rows of a list, and of one that lists all choices.
const ROWS: usize = 10;
const ALL_ROWS: usize = 500;

#[derive(Debug)]
pub(super) struct Top;

impl Chart for Top {
    fn name(&self) -> &'static str {
        "top"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        Ok(format!("By {}", context.axis()?))
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        let axis = context.axis()?;
        context.check_axis(&context.view, axis)?;
        Ok(TopList::read(context, axis)?.bars.draw(caption))
    }

    fn table(&self, context: &PageContext, caption: &Caption) -> Result<Table> {
        let axis = context.axis()?;
        context.check_axis(&context.view, axis)?;
        Ok(TopList::read_rows(context, axis, usize::MAX)?.bars.draw(caption).table().clone())
    }

    fn shows_axis(&self) -> bool {
        true
    }
}

/// The largest choices of an axis.
#[derive(Debug)]
pub(crate) struct TopList {
    pub(crate) bars: drawing::BarList,
    /// The number of choices with data that are not listed.
    pub(crate) hidden: usize,
}

impl TopList {
    /// Reads the choices of an axis, as many as the request lists.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(crate) fn read(context: &PageContext, axis: &str) -> Result<TopList> {
        let lists_all = context.request.listed_axis.as_deref() == Some(axis);
        TopList::read_rows(context, axis, if lists_all { ALL_ROWS } else { ROWS })
    }

    fn read_rows(context: &PageContext, axis: &str, max_rows: usize) -> Result<TopList> {
        let Ranking { choices: ranked, without_number } = read_ranked(context, axis)?;
        let hidden = ranked.len().saturating_sub(max_rows);
        let second = match context.request.measure {
            _ if !context.definition.is_averaged() => None,
            measure if measure.is_additive() => Some(Measure::Average),
            measure => Some(measure.additive()),
        };
        let shown = [Some(context.request.measure), second];
        let further = match context.request.measure.is_percentile() {
            true => context.percentile_measures(),
            false => Vec::new(),
        };
        let further: Vec<Measure> =
            further.into_iter().filter(|measure| !shown.contains(&Some(*measure))).collect();
        // Negative parts have no share of a whole.
        let has_parts = ranked.iter().all(|(_, _, number)| number.value() >= 0.0);
        let total = sum_of(context, &ranked).filter(|_| has_parts);
        let rest = ranked.get(max_rows..).unwrap_or_default();
        let rest = (rest.len() + without_number > 0)
            .then(|| BarRest { rows: rest.len() + without_number, number: sum_of(context, rest) });
        let rows = ranked.into_iter().take(max_rows).map(|(choice, reading, number)| BarRow {
            name: SafeText::from(&choice),
            number,
            second: second.and_then(|second| context.number_of(second, &reading)),
            further: further.iter().map(|measure| context.number_of(*measure, &reading)).collect(),
            link: link_into(context, axis, &choice),
        });
        let bars = drawing::BarList {
            measure: context.request.measure.name().into(),
            rows: rows.collect(),
            total,
            rest,
            second: second.map(|second| second.name().into()),
            further: further.iter().map(|measure| measure.name().into()).collect(),
        };
        Ok(TopList { bars, hidden })
    }
}
