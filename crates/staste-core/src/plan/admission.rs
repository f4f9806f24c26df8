//! `Admission`: whether and where each kick of a part is counted, decided in one place for every Store.
//!
//! A kick is counted at the choices it has, unless a limit is reached. Beyond the cap of an axis its choice is replaced
//! by *other*; past the limit on points it is folded to *other* on all stored and path axes; and where a cell would
//! overflow 64 bits the kick is dropped from all its cells. Kicks are decided in their order, as if each was added
//! alone.
//!
//! Most parts reach no limit and need no stored cells: the Store adds [`Admission::cells`] as they are. Only near a
//! limit does it call [`Admission::fold_beyond_limit`] or [`Admission::decide_each`] with a [`StoredCells`].

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::plan::admitted_choices::AdmittedChoices;
use crate::plan::kick_outcome::KickOutcome;
use crate::plan::point_limit::PointLimit;
use crate::plan::roll_up::{PlannedBucket, Point, RollUp};
use crate::plan::stored_cells::StoredCells;
use crate::schema::Watermarks;
use crate::store::{Applied, ChoiceTable, Kick, Levels, Part, UNSET};
use crate::time::{Calendar, Scale};

/// The largest distance from zero that the total of a stored cell may have so that a whole part can be added to it.
///
/// Kicks of both signs may exceed a cell's range one by one even when their sum does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headroom {
    /// Any distance: all kicks have the same sign, so if the sum fits, no kick overflowed.
    Any,
    /// At most this distance.
    Within(i64),
    /// No distance: the Store has to check each kick with [`Admission::decide_each`].
    None,
}

type Cells<V> = HashMap<(Scale, i64, Point), V, foldhash::fast::RandomState>;

/// The decisions on all kicks of a part, and the cells that follow from them.
///
/// ```
/// use staste_core::plan::Admission;
/// use staste_core::store::{Applied, ChoiceTable, Kick, Part, Picks};
/// use staste_core::{Amount, Axis, Calendar, Choice, MemoryStore, Staste, Watermarks, Zone};
///
/// let staste = Staste::new(MemoryStore::new());
/// let definition = staste.metrica("pages").axis("page", Axis::stored().cap(1)).build()?.define()?;
/// let part = Part {
///     choices: vec![vec![Choice::value("/"), Choice::value("/about")]],
///     kicks: (0..2).map(|pick| Kick { at: 0, picks: Picks::from_slice(&[pick]), amount: Amount::new(1, 1) }).collect(),
///     watermarks: Watermarks::default(),
///     definition,
/// };
/// let mut tables: Vec<ChoiceTable> = part.definition.stored_axes.iter().map(ChoiceTable::new).collect();
/// let calendar = Calendar::new(Zone::utc(), 0);
/// let mut admission = Admission::new(&part, &calendar, part.watermarks, &mut tables);
/// // Six scales, each with cells at ALL, "/" and other.
/// assert_eq!(admission.cells().iter().map(|bucket| bucket.cells.len()).sum::<usize>(), 18);
/// let mut applied = Applied::default();
/// admission.report(&mut applied);
/// assert_eq!((applied.folded, applied.overflowed), (1, 0));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Debug)]
pub struct Admission<'a> {
    part: &'a Part,
    calendar: &'a Calendar,
    watermarks: Watermarks,
    choices: AdmittedChoices,
    outcomes: Vec<KickOutcome>,
    /// True for layouts without cells at *unset*.
    omits_unset: bool,
    no_levels: Levels,
    /// The cells by the outcomes so far; none until they are first needed.
    cells: Option<Vec<PlannedBucket>>,
}

impl<'a> Admission<'a> {
    /// Admits the choices of a part to the tables of its axes, up to their caps. No kick is folded or dropped yet.
    ///
    /// `watermarks` are those of the Store, raised to those of the part.
    pub fn new(
        part: &'a Part,
        calendar: &'a Calendar,
        watermarks: Watermarks,
        tables: &mut [ChoiceTable],
    ) -> Admission<'a> {
        Admission {
            part,
            calendar,
            watermarks,
            choices: AdmittedChoices::new(part, tables),
            outcomes: vec![KickOutcome::Counted; part.kicks.len()],
            omits_unset: false,
            no_levels: Levels::new(),
            cells: None,
        }
    }

    /// Plans no cells at *unset*, for layouts without them.
    #[must_use]
    pub fn omitting_unset(mut self) -> Admission<'a> {
        self.omits_unset = true;
        self
    }

    /// Returns the cells of all kicks that are not dropped, by bucket. They are planned at the first call, and again
    /// after an outcome changed.
    pub fn cells(&mut self) -> &[PlannedBucket] {
        if self.cells.is_none() {
            let mut roll_up = self.roll_up();
            for (kick, outcome) in self.part.kicks.iter().zip(&self.outcomes) {
                if *outcome != KickOutcome::Dropped {
                    roll_up.add(kick.at, &self.levels(kick, *outcome), kick.amount);
                }
            }
            self.cells = Some(roll_up.buckets());
        }
        self.cells.as_deref().unwrap_or_default()
    }

    fn roll_up(&self) -> RollUp<'a> {
        RollUp::new(&self.part.definition, self.calendar, self.watermarks)
    }

    fn levels(&self, kick: &Kick, outcome: KickOutcome) -> SmallVec<[&Levels; 8]> {
        let mut levels = self.choices.levels(kick, outcome);
        if self.omits_unset {
            for levels in levels.iter_mut().filter(|levels| levels.as_slice() == [UNSET]) {
                *levels = &self.no_levels;
            }
        }
        levels
    }

    /// Returns the maximum number of stored points with which all points of this part stay within the limit, even if
    /// all are new; negative when they exceed the limit by themselves.
    pub fn allowed_points_before(&mut self) -> i128 {
        let limit = i128::from(self.part.definition.points);
        let ever = self.cells().iter().filter(|bucket| bucket.scale == Scale::Ever);
        limit - ever.map(|bucket| bucket.cells.len()).sum::<usize>() as i128
    }

    /// Returns the cells that [`Admission::decide_each`] may look up, for Stores that read them beforehand. Their
    /// amounts are meaningless.
    pub fn candidate_cells(&mut self) -> Vec<PlannedBucket> {
        let mut roll_up = self.roll_up();
        for kick in &self.part.kicks {
            roll_up.add(kick.at, &self.levels(kick, KickOutcome::Counted), kick.amount);
            if self.choices.can_fold() {
                roll_up.add(kick.at, &self.levels(kick, KickOutcome::FoldedToOther), kick.amount);
            }
        }
        roll_up.buckets()
    }

    /// Folds the kicks whose full point is new once the Metrica has as many points as its definition allows. `points`
    /// is the number of stored points, which is the number of cells in the bucket *ever*.
    ///
    /// # Errors
    /// Those of `stored`.
    pub fn fold_beyond_limit<L: StoredCells>(&mut self, points: u64, stored: &mut L) -> Result<(), L::Error> {
        if !self.choices.can_fold() {
            return Ok(());
        }
        let mut points = PointLimit::new(&self.part.definition, points);
        let mut outcomes = std::mem::take(&mut self.outcomes);
        for (kick, outcome) in self.part.kicks.iter().zip(&mut outcomes) {
            let levels = self.levels(kick, KickOutcome::Counted);
            if points.has_room(&levels, stored)? {
                points.add(&levels, stored)?;
            } else {
                *outcome = KickOutcome::FoldedToOther;
            }
        }
        self.set_outcomes(outcomes);
        Ok(())
    }

    /// Decides kick by kick, given the stored cells and the kicks before: folds those beyond the limit on points, and
    /// drops those that would overflow a cell. For parts without [`Headroom`].
    ///
    /// # Errors
    /// Those of `stored`.
    pub fn decide_each<L: StoredCells>(&mut self, points: u64, stored: &mut L) -> Result<(), L::Error> {
        let mut points = PointLimit::new(&self.part.definition, points);
        let mut outcomes = std::mem::take(&mut self.outcomes);
        let mut amounts: Cells<Amount> = Cells::default();
        for (kick, outcome) in self.part.kicks.iter().zip(&mut outcomes) {
            let mut levels = self.levels(kick, KickOutcome::Counted);
            let has_room = !self.choices.can_fold() || points.has_room(&levels, stored)?;
            *outcome = if has_room { KickOutcome::Counted } else { KickOutcome::FoldedToOther };
            if !has_room {
                levels = self.levels(kick, *outcome);
            }
            let mut roll_up = self.roll_up();
            roll_up.add(kick.at, &levels, kick.amount);
            let mut sums = Vec::new();
            for bucket in roll_up.buckets() {
                for cell in bucket.cells.iter() {
                    let key = (bucket.scale, bucket.start, cell.point.clone());
                    let before = match amounts.get(&key) {
                        Some(amount) => *amount,
                        None => stored.amount(bucket.scale, bucket.start, &cell.point)?.unwrap_or_default(),
                    };
                    sums.push((key, before + cell.amount));
                }
            }
            if sums.iter().all(|(_, sum)| sum.to_stored().is_some()) {
                points.add(&levels, stored)?;
                amounts.extend(sums);
            } else {
                *outcome = KickOutcome::Dropped;
            }
        }
        self.set_outcomes(outcomes);
        Ok(())
    }

    fn set_outcomes(&mut self, outcomes: Vec<KickOutcome>) {
        self.outcomes = outcomes;
        self.cells = None;
    }

    /// Returns how far from zero a stored cell may be so that the whole part can be added to it. `margin` is subtracted
    /// for Stores with rounding errors, such as those that compare doubles.
    pub fn headroom(&self, margin: i64) -> Headroom {
        let sum = |sign: i128| {
            let totals = self.part.kicks.iter().map(|kick| (kick.amount.total() * sign).max(0));
            totals.fold(0, i128::saturating_add)
        };
        let (rises, falls) = (sum(1), sum(-1));
        if rises == 0 || falls == 0 {
            return Headroom::Any;
        }
        let room = i128::from(i64::MAX) - i128::from(margin) - rises.max(falls);
        match i64::try_from(room) {
            Ok(room @ 0..) => Headroom::Within(room),
            _ => Headroom::None,
        }
    }

    /// Returns true when a cap turned a choice of a kick into *other*.
    pub fn has_capped_choices(&self) -> bool {
        self.part.kicks.iter().any(|kick| self.choices.is_folded(kick))
    }

    /// Removes new choices at which no kick is counted from the tables, so that they do not count against caps and are
    /// not listed.
    pub fn prune(&self, tables: &mut [ChoiceTable]) {
        self.choices.prune(&self.part.kicks, &self.outcomes, tables);
    }

    /// Returns per axis the first id that this part may have added.
    pub fn first_new_ids(&self) -> &[u32] {
        self.choices.first_new_ids()
    }

    /// Calls `each` with every axis and id at which a kick is counted; ids may repeat.
    pub fn each_counted_id(&self, mut each: impl FnMut(usize, u32)) {
        for (kick, outcome) in self.part.kicks.iter().zip(&self.outcomes) {
            if *outcome != KickOutcome::Dropped {
                for (axis, levels) in self.choices.levels(kick, *outcome).iter().enumerate() {
                    levels.iter().for_each(|id| each(axis, *id));
                }
            }
        }
    }

    /// Adds the numbers of folded and dropped kicks to `applied`.
    pub fn report(&self, applied: &mut Applied) {
        for (kick, outcome) in self.part.kicks.iter().zip(&self.outcomes) {
            match outcome {
                KickOutcome::Dropped => applied.overflowed += kick.amount.kicks(),
                KickOutcome::FoldedToOther => applied.folded += kick.amount.kicks(),
                KickOutcome::Counted if self.choices.is_folded(kick) => applied.folded += kick.amount.kicks(),
                KickOutcome::Counted => {}
            }
        }
    }
}
