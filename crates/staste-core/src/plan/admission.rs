//! What becomes of each kick of a part, decided once for every Store.
//!
//! A kick is counted at the choices it has, unless a limit is reached. Past the cap of an axis its choice is replaced by
//! *other*; past the limit on points it is folded to *other* on all stored and path axes; and where a cell would overflow
//! 64 bits the kick is dropped from all its cells. Kicks are decided in their order, as if each was added alone.
//!
//! The usual part needs no look at what is stored: it has room, and [`Admission::cells`] are added as they are. Only where
//! a limit is near does a Store call [`Admission::fold_beyond_limit`] or [`Admission::decide_each`], with a
//! [`CellLookup`].

use std::collections::{HashMap, HashSet};

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::plan::admitted_choices::AdmittedChoices;
use crate::plan::roll_up::{PlannedBucket, Point, RollUp, points_of};
use crate::schema::{Combinations, Watermarks};
use crate::store::{ALL, Applied, ChoiceTable, Kick, Levels, Part, UNSET};
use crate::time::{BEFORE_ALL, Calendar, Scale};

/// What becomes of a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KickOutcome {
    /// It is counted at its point.
    Counted,
    /// There are too many points: it is counted at *other* on its stored and path axes.
    FoldedToOther,
    /// One of its cells would overflow: it is counted nowhere.
    Dropped,
}

/// Looks up stored cells.
pub trait CellLookup {
    /// The error of the Store.
    type Error;

    /// Returns the amount in a cell; none where there is no such cell.
    ///
    /// # Errors
    /// When the Store cannot be read.
    fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Result<Option<Amount>, Self::Error>;
}

/// How far from zero the total of a stored cell may be so that a part can be added to it at once.
///
/// Kicks of both signs may exceed a cell's range on the way even where their sum does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headroom {
    /// Any distance will do: all kicks have the same sign, so a sum that fits never overflowed on the way.
    Any,
    /// At most this far.
    Within(i64),
    /// No distance will do: each kick has to be checked with [`Admission::decide_each`].
    None,
}

/// The points of a Metrica: those stored, and those that the kicks so far added.
struct Points {
    stored: u64,
    added: HashSet<Point, foldhash::fast::RandomState>,
    limit: u64,
}

impl Points {
    /// True when the full point is known, or there is room for another one.
    fn have_room<L: CellLookup>(&self, levels: &[&Levels], lookup: &mut L) -> Result<bool, L::Error> {
        let full: Point = levels.iter().map(|levels| levels.last().copied().unwrap_or(ALL)).collect();
        Ok(self.is_known(&full, lookup)? || self.stored + (self.added.len() as u64) < self.limit)
    }

    fn is_known<L: CellLookup>(&self, point: &Point, lookup: &mut L) -> Result<bool, L::Error> {
        Ok(self.added.contains(point) || lookup.amount(Scale::Ever, BEFORE_ALL, point)?.is_some())
    }

    /// Adds the points of a kick that are new.
    fn add<L: CellLookup>(
        &mut self,
        combinations: Combinations,
        levels: &[&Levels],
        lookup: &mut L,
    ) -> Result<(), L::Error> {
        let mut reached: Vec<Point> = Vec::new();
        points_of(combinations, levels, &mut |point| reached.push(Point::from_slice(point)));
        for point in reached {
            if !self.is_known(&point, lookup)? {
                self.added.insert(point);
            }
        }
        Ok(())
    }
}

type Cells<V> = HashMap<(Scale, i64, Point), V, foldhash::fast::RandomState>;

/// The decision on all kicks of a part.
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
/// let mut tables: Vec<ChoiceTable> = part.definition.axes.iter().map(ChoiceTable::new).collect();
/// let calendar = Calendar::new(Zone::utc(), 0);
/// let mut admission = Admission::new(&part, &calendar, part.watermarks, &mut tables);
/// // Six scales, each with a cell at ALL, at "/" and at other.
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
    /// True where an axis that a kick left out has no cell but the one at ALL.
    omits_unset: bool,
    no_levels: Levels,
    /// The cells by the outcomes so far; none until they are asked for.
    cells: Option<Vec<PlannedBucket>>,
}

impl<'a> Admission<'a> {
    /// Admits the choices of a part to the tables of its axes, up to their caps. Nothing is folded or dropped yet.
    ///
    /// `watermarks` are those of the Store, raised to what the part asks for.
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

    /// Plans no cells at *unset*, for layouts that have none.
    #[must_use]
    pub fn omitting_unset(mut self) -> Admission<'a> {
        self.omits_unset = true;
        self
    }

    /// The cells of all kicks that are not dropped, by bucket; planned when they are first asked for and again when an
    /// outcome changed.
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

    /// Number of points that may be stored before this part so that all its points have room, even if all of them are new;
    /// negative where they exceed the limit by themselves.
    pub fn allowed_points_before(&mut self) -> i128 {
        let limit = i128::from(self.part.definition.points);
        let ever = self.cells().iter().filter(|bucket| bucket.scale == Scale::Ever);
        limit - ever.map(|bucket| bucket.cells.len()).sum::<usize>() as i128
    }

    /// The cells that [`Admission::decide_each`] may look up, for Stores that read them beforehand; their amounts mean
    /// nothing.
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

    /// Folds the kicks whose full point is new once the Metrica has as many points as its definition allows. `points` is
    /// the number that are stored; in the bucket *ever* every cell is one.
    ///
    /// # Errors
    /// Those of the lookup.
    pub fn fold_beyond_limit<L: CellLookup>(&mut self, points: u64, lookup: &mut L) -> Result<(), L::Error> {
        if !self.choices.can_fold() {
            return Ok(());
        }
        let mut points =
            Points { stored: points, added: HashSet::default(), limit: self.part.definition.points };
        let mut outcomes = std::mem::take(&mut self.outcomes);
        for (kick, outcome) in self.part.kicks.iter().zip(&mut outcomes) {
            let levels = self.levels(kick, KickOutcome::Counted);
            if points.have_room(&levels, lookup)? {
                points.add(self.part.definition.combinations, &levels, lookup)?;
            } else {
                *outcome = KickOutcome::FoldedToOther;
            }
        }
        self.set_outcomes(outcomes);
        Ok(())
    }

    /// Decides kick by kick, on top of what is stored and of the kicks before: folds those beyond the limit on points, and
    /// drops those that do not fit into their cells. For a part without [`Headroom`].
    ///
    /// # Errors
    /// Those of the lookup.
    pub fn decide_each<L: CellLookup>(&mut self, points: u64, lookup: &mut L) -> Result<(), L::Error> {
        let mut points =
            Points { stored: points, added: HashSet::default(), limit: self.part.definition.points };
        let mut outcomes = std::mem::take(&mut self.outcomes);
        let mut amounts: Cells<Amount> = Cells::default();
        for (kick, outcome) in self.part.kicks.iter().zip(&mut outcomes) {
            let mut levels = self.levels(kick, KickOutcome::Counted);
            let has_room = !self.choices.can_fold() || points.have_room(&levels, lookup)?;
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
                        None => lookup.amount(bucket.scale, bucket.start, &cell.point)?.unwrap_or_default(),
                    };
                    sums.push((key, before + cell.amount));
                }
            }
            if sums.iter().all(|(_, sum)| sum.to_stored().is_some()) {
                points.add(self.part.definition.combinations, &levels, lookup)?;
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

    /// How far from zero a stored cell may be so that the part can be added at once. `margin` is the distance that a Store
    /// needs on top, such as one that compares with doubles.
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

    /// True when a choice of a kick became *other* because of a cap.
    pub fn has_capped_choices(&self) -> bool {
        self.part.kicks.iter().any(|kick| self.choices.is_folded(kick))
    }

    /// Removes the choices from the tables that were new and at which no kick is counted after all, so that they take no
    /// place and are not listed.
    pub fn prune(&self, tables: &mut [ChoiceTable]) {
        self.choices.prune(&self.part.kicks, &self.outcomes, tables);
    }

    /// The first id of each axis that this part may have added.
    pub fn first_new_ids(&self) -> &[u32] {
        self.choices.first_new_ids()
    }

    /// Calls `each` with every axis and id at which a kick is counted, repeatedly.
    pub fn each_counted_id(&self, mut each: impl FnMut(usize, u32)) {
        for (kick, outcome) in self.part.kicks.iter().zip(&self.outcomes) {
            if *outcome != KickOutcome::Dropped {
                for (axis, levels) in self.choices.levels(kick, *outcome).iter().enumerate() {
                    levels.iter().for_each(|id| each(axis, *id));
                }
            }
        }
    }

    /// Adds the numbers of kicks that were folded and dropped.
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
