//! `Comparison`: compares both Stores after a copy, in every retained bucket at every full point, and some other
//! points.

use std::ops::ControlFlow;

use crate::amount::{Amount, Total};
use crate::error::Result;
use crate::jobs::copy::store_pair::{StorePair, UnitDifference, full_points};
use crate::schema::{AxisDefinition, Choice, Definition};
use crate::store::Select;
use crate::time::{EVER_END, Scale};

/// The result of a comparison.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Number of cells compared.
    pub(super) cells: u64,
    /// Per kept scale, the number of kicks that the source has more.
    missing: [i128; 6],
    /// The first difference, as text.
    pub(super) difference: Option<String>,
    /// True when the target has more in some cell.
    pub(super) target_has_more: bool,
    pub(super) is_interrupted: bool,
}

impl Comparison {
    /// Compares all retained buckets. `progress` gets the number of compared cells and may interrupt the comparison.
    pub(super) fn run(
        pair: &mut StorePair<'_>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Comparison> {
        let mut comparison = Comparison::default();
        for (index, scale) in Scale::KEPT.into_iter().enumerate() {
            let range = pair.watermarks.of(scale)..EVER_END;
            let (full, sums) =
                (full_points(pair.definition), vec![Select::All; pair.definition.stored_axes.len()]);
            let mut last = None;
            let flow = pair.for_each_chunk(scale, &range, &mut |pair, chunk| {
                let whole = |pair: &StorePair<'_>| pair.whole_unit(scale, chunk);
                if let Some(found) = pair.read(whole, &full, true)? {
                    comparison.add(pair.definition, &full, &found);
                }
                if let Some(found) = pair.read(whole, &sums, false)? {
                    let more: i128 = found.differences.iter().map(|(_, _, amount)| amount.count()).sum();
                    if let Some(missing) = comparison.missing.get_mut(index) {
                        *missing += more;
                    }
                    comparison.add(pair.definition, &sums, &found);
                }
                last = Some(chunk.clone());
                Ok(progress(comparison.cells))
            })?;
            if flow.is_break() {
                comparison.is_interrupted = true;
                return Ok(comparison);
            }
            // Other combinations of axes are compared in the last chunk only.
            for select in sampled_selections(pair) {
                let Some(last) = &last else { break };
                if let Some(found) = pair.read(|pair| pair.whole_unit(scale, last), &select, false)? {
                    comparison.add(pair.definition, &select, &found);
                }
            }
        }
        Ok(comparison)
    }

    /// Returns the number of missing kicks of the scale with the most.
    pub(super) fn missing(&self) -> i128 {
        self.missing.into_iter().max().unwrap_or(0)
    }

    fn add(&mut self, definition: &Definition, select: &[Select], found: &UnitDifference) {
        self.cells += found.cells;
        let is_averaged = definition.is_averaged();
        for (start, point, amount) in
            found.differences.iter().filter(|(_, _, amount)| !amount.is_empty_cell(is_averaged))
        {
            self.target_has_more |= target_has_more(definition, amount);
            if self.difference.is_none() {
                let grouped = definition.stored_axes.iter().zip(select);
                let grouped = grouped.filter(|(_, select)| matches!(select, Select::Each(_) | Select::Any));
                let names: Vec<&str> = grouped.map(|(axis, _)| shown_name(axis)).collect();
                self.difference =
                    Some(describe(definition, found.unit.scale(), start, &names, point, amount));
            }
        }
    }
}

/// Returns true when a difference shows that the target has kicks that the source lacks. Totals alone cannot show it,
/// since values may be negative.
pub(super) fn target_has_more(definition: &Definition, amount: Amount) -> bool {
    definition.is_averaged() && (amount.count() < 0 || (amount.count() == 0 && amount.total() != 0))
}

/// Returns selections of each single axis and of each pair of neighbouring axes.
fn sampled_selections(pair: &StorePair<'_>) -> Vec<Vec<Select>> {
    let is_in_both = |axis: &usize| pair.source.has_axis(*axis) && pair.target.has_axis(*axis);
    let axes: Vec<usize> = (0..pair.definition.stored_axes.len()).filter(is_in_both).collect();
    let select = |chosen: &[usize]| {
        let axes = 0..pair.definition.stored_axes.len();
        axes.map(|axis| if chosen.contains(&axis) { Select::Each(Choice::All) } else { Select::All })
            .collect()
    };
    let single = axes.chunks(1).map(select);
    single.chain(axes.windows(2).map(select)).collect()
}

/// Returns the name of an axis for people, who do not see the axis of bins.
pub(super) fn shown_name(axis: &AxisDefinition) -> &str {
    if axis.is_bins() { "bin" } else { &axis.name }
}

/// Formats a difference.
pub(super) fn describe(
    definition: &Definition,
    scale: Scale,
    start: i64,
    names: &[&str],
    point: &[Choice],
    amount: Amount,
) -> String {
    let choices: Vec<String> =
        names.iter().zip(point).map(|(axis, choice)| format!("{axis} {choice}")).collect();
    let at = if choices.is_empty() { String::new() } else { format!(" at {}", choices.join(", ")) };
    let when = match definition.zone.civil(start) {
        Ok(local) if scale != Scale::Ever => format!(" {}", local.strftime("%Y-%m-%d %H:%M")),
        _ => String::new(),
    };
    let total = Total::new(amount.total(), definition.multiplier);
    let kicks =
        if definition.is_averaged() { format!(" in {} kicks", amount.count()) } else { String::new() };
    format!("{scale}{when}{at}, a difference of {total}{kicks}")
}
