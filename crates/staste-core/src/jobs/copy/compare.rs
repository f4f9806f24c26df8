//! Comparing both Stores after a copy: every bucket that is kept, at every full point, and some of the rest.

use std::ops::ControlFlow;

use crate::amount::{Amount, Total};
use crate::error::Result;
use crate::jobs::copy::pair::{Found, Pair, full};
use crate::jobs::copy::surplus::Surpluses;
use crate::schema::{Choice, Definition};
use crate::store::Select;
use crate::time::{EVER_END, Scale};

/// What a comparison found.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) cells: u64,
    /// Per kept scale, how many kicks the first Store has more.
    missing: [i128; 6],
    /// The first difference, in words.
    pub(super) difference: Option<String>,
    /// True when the second Store has more somewhere.
    pub(super) is_beyond: bool,
    pub(super) is_broken_off: bool,
}

impl Compared {
    /// Compares all that is kept; `progress` is told of cells and may break off.
    pub(super) fn of(
        pair: &mut Pair<'_>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Compared> {
        let mut compared = Compared::default();
        for (index, scale) in Scale::KEPT.into_iter().enumerate() {
            let range = pair.watermarks.of(scale)..EVER_END;
            let (full, sums) = (full(pair.definition), vec![Select::All; pair.definition.axes.len()]);
            let mut last = None;
            let flow = pair.chunks(scale, &range, &mut |pair, chunk| {
                let whole = |pair: &Pair<'_>| pair.whole(scale, chunk);
                if let Some(found) = pair.read(whole, &full, true)? {
                    compared.some(pair.definition, &full, &found);
                }
                if let Some(found) = pair.read(whole, &sums, false)? {
                    let more: i128 = found.more.0.values().map(|surplus| surplus.amount.count()).sum();
                    if let Some(missing) = compared.missing.get_mut(index) {
                        *missing += more;
                    }
                    compared.some(pair.definition, &sums, &found);
                }
                last = Some(chunk.clone());
                Ok(progress(compared.cells))
            })?;
            if flow.is_break() {
                compared.is_broken_off = true;
                return Ok(compared);
            }
            // The other combinations are looked at where most is counted.
            for select in samples(pair) {
                let Some(last) = &last else { break };
                if let Some(found) = pair.read(|pair| pair.whole(scale, last), &select, false)? {
                    compared.some(pair.definition, &select, &found);
                }
            }
        }
        Ok(compared)
    }

    /// The most kicks that a scale lacks.
    pub(super) fn missing(&self) -> i128 {
        self.missing.into_iter().max().unwrap_or(0)
    }

    fn some(&mut self, definition: &Definition, select: &[Select], found: &Found) {
        self.cells += found.cells;
        for (start, point, amount) in differing(definition, &found.more) {
            self.is_beyond |= is_beyond(definition, amount);
            if self.difference.is_none() {
                let grouped = definition.axes.iter().zip(select);
                let grouped = grouped.filter(|(_, select)| matches!(select, Select::Each(_) | Select::Any));
                let names: Vec<&str> = grouped.map(|(axis, _)| axis.name.as_str()).collect();
                self.difference = Some(shown(definition, found.unit.scale(), start, &names, point, amount));
            }
        }
    }
}

/// The cells that are not the same.
fn differing<'a>(
    definition: &'a Definition,
    more: &'a Surpluses,
) -> impl Iterator<Item = (i64, &'a [Choice], Amount)> {
    let is_averaged = definition.is_averaged();
    let cells = more.0.iter().map(|((start, point), surplus)| (*start, point.as_slice(), surplus.amount));
    cells.filter(move |(_, _, amount)| !amount.is_empty_cell(is_averaged))
}

/// True when the second Store has what the first has not. Totals alone do not tell: kicks may take something off.
pub(super) fn is_beyond(definition: &Definition, amount: Amount) -> bool {
    definition.is_averaged() && (amount.count() < 0 || (amount.count() == 0 && amount.total() != 0))
}

/// One axis, and two that stand side by side.
fn samples(pair: &Pair<'_>) -> Vec<Vec<Select>> {
    let axes: Vec<usize> =
        (0..pair.definition.axes.len()).filter(|axis| pair.from.has(*axis) && pair.to.has(*axis)).collect();
    let select = |chosen: &[usize]| {
        let axes = 0..pair.definition.axes.len();
        axes.map(|axis| if chosen.contains(&axis) { Select::Each(Choice::All) } else { Select::All })
            .collect()
    };
    let single = axes.chunks(1).map(select);
    single.chain(axes.windows(2).map(select)).collect()
}

/// A difference in words.
pub(super) fn shown(
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
