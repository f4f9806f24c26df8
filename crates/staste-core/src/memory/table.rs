//! `Table`: the cells of one Metrica in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::amount::Amount;
use crate::plan::{AdmittedChoices, CountedPoints, KickOutcome, PlannedBucket, Point, ReadPlan, RollUp};
use crate::schema::{Definition, Watermarks};
use crate::store::{ALL, Answer, Applied, ChoiceTable, Forgotten, Levels, Part, Question, Size, UNSET};
use crate::time::{EVER_START, Scale};

pub(super) type Cells = HashMap<Point, Amount, foldhash::fast::RandomState>;

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) definition: Arc<Definition>,
    pub(super) watermarks: Watermarks,
    pub(super) choices: Vec<ChoiceTable>,
    pub(super) buckets: BTreeMap<(Scale, i64), Cells>,
}

impl Table {
    pub(super) fn new(definition: &Definition) -> Table {
        Table {
            definition: Arc::new(definition.clone()),
            watermarks: Watermarks::default(),
            choices: definition.stored_axes.iter().map(ChoiceTable::new).collect(),
            buckets: BTreeMap::new(),
        }
    }

    /// Adopts a later definition; existing kicks are unset on new axes.
    pub(super) fn redefine(&mut self, definition: &Definition) {
        let known = self.definition.stored_axes.len();
        for (table, axis) in self.choices.iter_mut().zip(&definition.stored_axes) {
            table.declare(axis);
        }
        for axis in definition.stored_axes.iter().skip(known) {
            self.choices.push(ChoiceTable::new(axis));
        }
        let added = definition.stored_axes.len() - known;
        let points = CountedPoints::of(definition);
        for cells in self.buckets.values_mut().filter(|_| added > 0) {
            *cells = unset_on_new_axes(cells, added, &points);
        }
        self.definition = Arc::new(definition.clone());
    }

    /// Deletes buckets below the watermarks.
    pub(super) fn delete_expired(&mut self) {
        let watermarks = self.watermarks;
        self.buckets.retain(|(scale, start), _| watermarks.keeps(*scale, *start));
    }

    pub(super) fn apply(&mut self, part: &Part, applied: &mut Applied) {
        let watermarks = self.watermarks;
        let choices = AdmittedChoices::new(part, &mut self.choices);
        let calendar = part.definition.calendar();
        // Kick by kick: simple, and each kick is in all its cells or in none.
        let mut outcomes = Vec::with_capacity(part.kicks.len());
        for kick in &part.kicks {
            let is_full = self.is_full(&choices.levels(kick, KickOutcome::Counted));
            let mut outcome = if is_full { KickOutcome::FoldedToOther } else { KickOutcome::Counted };
            let levels = choices.levels(kick, outcome);
            let mut roll_up = RollUp::new(&part.definition, &calendar, watermarks);
            roll_up.add(kick.at, &levels, kick.amount);
            if self.add(&roll_up.buckets()) {
                applied.folded += if is_full || choices.is_folded(kick) { kick.amount.kicks() } else { 0 };
            } else {
                applied.overflowed += kick.amount.kicks();
                outcome = KickOutcome::Dropped;
            }
            outcomes.push(outcome);
        }
        choices.prune(&part.kicks, &outcomes, &mut self.choices);
    }

    /// Returns true when the full point is new and the Metrica may have no more points.
    fn is_full(&self, levels: &[&Levels]) -> bool {
        let Some(ever) = self.buckets.get(&(Scale::Ever, EVER_START)) else { return false };
        let full: Point = levels.iter().filter_map(|levels| levels.last().copied()).collect();
        ever.len() as u64 >= self.definition.points && !ever.contains_key(&full)
    }

    /// Adds planned cells, or none of them when one would overflow; returns whether they were added.
    fn add(&mut self, planned: &[PlannedBucket]) -> bool {
        let mut sums: Vec<(&PlannedBucket, &Point, Amount)> = Vec::new();
        for bucket in planned {
            let cells = self.buckets.get(&(bucket.scale, bucket.start));
            for cell in bucket.cells.iter() {
                let stored = cells.and_then(|cells| cells.get(&cell.point)).copied().unwrap_or_default();
                let sum = stored + cell.amount;
                if sum.to_stored().is_none() {
                    return false;
                }
                sums.push((bucket, &cell.point, sum));
            }
        }
        for (bucket, point, sum) in sums {
            let cells = self.buckets.entry((bucket.scale, bucket.start)).or_default();
            cells.insert(point.clone(), sum);
        }
        true
    }

    pub(super) fn read(&self, question: &Question) -> Answer {
        let mut plan = ReadPlan::new(question, &self.choices, self.watermarks);
        for span in plan.spans() {
            let starts = (span.scale, span.from)..(span.scale, span.to);
            for ((_, start), cells) in self.buckets.range(starts) {
                cells.iter().for_each(|(point, amount)| plan.add(*start, point, *amount));
            }
        }
        plan.answer()
    }

    /// Returns what forgetting the whole Metrica removes: all cells and the grand total.
    pub(super) fn everything(&self) -> Forgotten {
        let all = Point::from_elem(ALL, self.choices.len());
        let ever = self.buckets.get(&(Scale::Ever, EVER_START)).and_then(|cells| cells.get(&all));
        let amount = ever.copied().unwrap_or_default();
        let cells = self.buckets.values().map(|cells| cells.len() as u64).sum();
        Forgotten { choices: 0, cells, amount }
    }

    pub(super) fn size(&self) -> Size {
        let mut size = Size::default();
        for ((scale, _), cells) in &self.buckets {
            if let Some((buckets, all)) = scale.kept_index().and_then(|index| size.scales.get_mut(index)) {
                *buckets += 1;
                *all += cells.len() as u64;
            }
            if *scale == Scale::Ever {
                size.points = cells.len() as u64;
            }
        }
        size
    }
}

/// Returns the cells with more axes, on which all kicks are unset.
fn unset_on_new_axes(cells: &Cells, added: usize, points: &CountedPoints) -> Cells {
    let mut wider = Cells::default();
    for (point, amount) in cells {
        for combination in 0..1_u32 << added {
            let mut point = point.clone();
            point.extend((0..added).map(|axis| if combination & 1 << axis == 0 { ALL } else { UNSET }));
            if points.counts(&point) {
                wider.insert(point, *amount);
            }
        }
    }
    wider
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::plan::{Admission, Headroom, StoredCells};
    use crate::schema::{Axis, Choice, MetricaSpec};
    use crate::store::{Kick, Picks};

    /// The second implementation of `apply`: a part planned as a whole, as in every other Store.
    impl Table {
        fn apply_as_a_whole(&mut self, part: &Part, applied: &mut Applied) {
            let calendar = part.definition.calendar();
            let mut choices = std::mem::take(&mut self.choices);
            let mut admission = Admission::new(part, &calendar, self.watermarks, &mut choices);
            let points = self.buckets.get(&(Scale::Ever, EVER_START)).map_or(0, |cells| cells.len() as u64);
            if i128::from(points) > admission.allowed_points_before() {
                let Ok(()) = admission.fold_beyond_limit(points, self);
            }
            let has_headroom = match admission.headroom(0) {
                Headroom::Any => true,
                Headroom::Within(distance) => self.are_within(admission.cells(), distance),
                Headroom::None => false,
            };
            if !(has_headroom && self.clone().add(admission.cells())) {
                let Ok(()) = admission.decide_each(points, self);
            }
            admission.prune(&mut choices);
            admission.report(applied);
            assert!(self.add(admission.cells()));
            self.choices = choices;
        }

        fn are_within(&self, planned: &[PlannedBucket], distance: i64) -> bool {
            let stored = planned.iter().flat_map(|bucket| {
                let cells = self.buckets.get(&(bucket.scale, bucket.start));
                bucket.cells.iter().filter_map(move |cell| cells?.get(&cell.point))
            });
            stored
                .into_iter()
                .all(|amount| amount.total().unsigned_abs() <= u128::from(distance.unsigned_abs()))
        }
    }

    impl StoredCells for Table {
        type Error = Infallible;

        fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Result<Option<Amount>, Infallible> {
            Ok(self.buckets.get(&(scale, start)).and_then(|cells| cells.get(point)).copied())
        }
    }

    fn definition(limit: u64) -> Definition {
        let mut spec = MetricaSpec::new("m").unwrap();
        spec.axis("kind", &Axis::declared(["a", "b"])).unwrap();
        spec.axis("name", &Axis::stored().cap(4)).unwrap();
        spec.axis("page", &Axis::path().cap(3)).unwrap();
        let mut definition = spec.reconcile(None).unwrap().0;
        definition.points = limit;
        definition
    }

    fn parts() -> impl Strategy<Value = Vec<Vec<(i64, [u32; 3], i128)>>> {
        let end = i128::from(i64::MAX);
        let total = prop_oneof![
            6 => -3..4_i128,
            1 => Just(end),
            1 => Just(-end),
            1 => (end / 2 - 2)..(end / 2 + 3),
            1 => (-end / 2 - 3)..(-end / 2 + 2),
        ];
        let kick = (0..3_i64, (0..3_u32, 0..7_u32, 0..6_u32), total);
        let kick =
            kick.prop_map(|(at, (kind, name, page), total)| (at * 40 * 86_400, [kind, name, page], total));
        vec(vec(kick, 1..12), 1..5)
    }

    fn part(definition: &Arc<Definition>, kicks: &[(i64, [u32; 3], i128)]) -> Part {
        let names = (0..6).map(|name| Choice::value(name.to_string())).chain([Choice::Unset]);
        let pages = [&["a"][..], &["a", "b"], &["a", "b", "c"], &["a", "d"], &["e"], &["f"]];
        let kick = |(at, picks, total): &(i64, [u32; 3], i128)| Kick {
            at: *at,
            picks: Picks::from_slice(picks),
            amount: Amount::new(*total, 1),
        };
        Part {
            definition: Arc::clone(definition),
            watermarks: Watermarks::default(),
            choices: vec![
                vec![Choice::value("a"), Choice::value("b"), Choice::Unset],
                names.collect(),
                pages.iter().map(|page| Choice::path(*page)).collect(),
            ],
            kicks: kicks.iter().map(kick).collect(),
        }
    }

    proptest! {
        #[test]
        fn part_planned_as_a_whole_is_counted_like_kick_by_kick(parts in parts(), limit in prop_oneof![8..60_u64, Just(10_000)]) {
            let definition = Arc::new(definition(limit));
            let (mut one_by_one, mut whole) = (Table::new(&definition), Table::new(&definition));
            for kicks in parts {
                let part = part(&definition, &kicks);
                let (mut expected, mut found) = (Applied::default(), Applied::default());
                one_by_one.apply(&part, &mut expected);
                whole.apply_as_a_whole(&part, &mut found);
                prop_assert_eq!(found, expected);
                prop_assert_eq!(&whole.buckets, &one_by_one.buckets);
                let known = |table: &Table| table.choices.iter().map(ChoiceTable::known).collect::<Vec<_>>();
                prop_assert_eq!(known(&whole), known(&one_by_one));
            }
        }
    }
}
