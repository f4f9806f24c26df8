//! Proves over a whole Metrica that every sum is a sum: contract 1.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::api::Metrica;
use crate::error::{Error, Result};
use crate::schema::{Choice, Combinations, Definition, Watermarks};
use crate::store::{Answer, Question, Select, Span, Store};
use crate::time::{EVER_END, EVER_START, Scale};

/// More faults than this are not listed.
const MAX_FAULTS: usize = 100;
/// How often a bucket that changes is looked at again.
const MAX_ATTEMPTS: usize = 100;

/// What a verification looked at and found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Buckets looked at.
    pub buckets: u64,
    /// Cells looked at.
    pub cells: u64,
    /// Sums compared.
    pub sums: u64,
    /// Each sum that is wrong, or what keeps the Metrica from being read, in words; empty when all is well.
    pub faults: Vec<String>,
}

impl VerifyReport {
    /// Nothing was looked at, for these reasons.
    pub fn of_faults(faults: Vec<String>) -> VerifyReport {
        VerifyReport { faults, ..VerifyReport::default() }
    }

    fn add(&mut self, found: VerifyReport) {
        self.buckets += found.buckets;
        self.cells += found.cells;
        self.sums += found.sums;
        let room = MAX_FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(found.faults.into_iter().take(room));
    }
}

type Sums = HashMap<Vec<Choice>, Amount>;

impl Metrica {
    /// Compares every bucket with the sum of the finer ones in it, as far as they are retained, and in every bucket
    /// each cell at ALL with the sum over the choices of that axis. Of a Metrica that cannot be read, as half of it is
    /// missing, the faults say so.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").build()?;
    /// guests.kick([] as [(&str, &str); 0])?;
    /// let verified = guests.verify(&mut |_| ())?;
    /// assert!(verified.faults.is_empty() && verified.sums > 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<VerifyReport> {
        let store = self.staste().store();
        if let Some((_, faults)) = store.faults(Some(self.name()))?.pop() {
            return Ok(VerifyReport::of_faults(faults));
        }
        self.flush_pending(None)?;
        // Both are filled anew when the definition changes under the verification.
        let state = RefCell::new((VerifyReport::default(), progress));
        self.retry_stale(|definition, is_stored| {
            let (verified, progress) = &mut *state.borrow_mut();
            *verified = VerifyReport::default();
            if !is_stored {
                return Ok(());
            }
            // The Store need not have been told yet of what is no longer kept.
            let now = self.staste().clock().now();
            let retained = definition.retention.watermarks(&definition.calendar(), now);
            for scale in Scale::KEPT {
                let reader = BucketReader { store, definition, scale, retained };
                for start in reader.starts()? {
                    reader.verify_bucket(start, verified)?;
                    progress(verified.cells);
                }
            }
            Ok(())
        })?;
        Ok(state.into_inner().0)
    }
}

/// A scale of a Metrica in its Store.
struct BucketReader<'a> {
    store: &'a dyn Store,
    definition: &'a Arc<Definition>,
    scale: Scale,
    retained: Watermarks,
}

impl BucketReader<'_> {
    fn ask(&self, span: Span, cuts: Vec<i64>, select: &Select) -> Result<Answer> {
        self.store.read(&Question {
            definition: Arc::clone(self.definition),
            spans: vec![span],
            cuts,
            select: vec![select.clone(); self.definition.axes.len()],
            scan: false,
            below_watermarks: false,
        })
    }

    /// Where the buckets begin that hold anything.
    fn starts(&self) -> Result<Vec<i64>> {
        let all = Span { scale: self.scale, from: EVER_START, to: EVER_END };
        let mut starts: Vec<i64> =
            self.ask(all, Vec::new(), &Select::All)?.groups.iter().map(|group| group.start).collect();
        starts.sort_unstable();
        Ok(starts)
    }

    fn verify_bucket(&self, start: i64, verified: &mut VerifyReport) -> Result<()> {
        let mut own = self.own_cells(start)?;
        let end = self.definition.calendar().bucket(self.scale, start).end;
        // Each reader is of one moment, but the two are not: a fault is one only when the bucket holds the
        // same before and after its parts were looked at.
        for _ in 0..MAX_ATTEMPTS {
            let cells = sums(&own);
            let mut found = VerifyReport { buckets: 1, cells: cells.len() as u64, ..VerifyReport::default() };
            self.check_axes(start, &cells, &mut found);
            let finer = Scale::KEPT.into_iter().filter(|finer| *finer < self.scale);
            // The coarsest of the finer scales that is kept for the whole bucket.
            if let Some(finer) = finer.rev().find(|finer| self.keeps(&own, *finer, start)) {
                let parts =
                    self.ask(Span { scale: finer, from: start, to: end }, vec![start], &Select::Any)?;
                if self.keeps(&parts, finer, start) {
                    let what = format!("the sum of its {finer} buckets");
                    self.compare(start, &cells, &sums(&parts), &what, &mut found);
                }
            }
            if !found.faults.is_empty() {
                let again = self.own_cells(start)?;
                if sums(&again) != cells {
                    own = again;
                    continue;
                }
            }
            verified.add(found);
            return Ok(());
        }
        Err(Error::unavailable(format!(
            "metrica {} is kicked too fast for its {} {} to be verified; try again when less happens",
            self.definition.name,
            self.scale,
            self.shown(start)
        )))
    }

    fn keeps(&self, answer: &Answer, scale: Scale, start: i64) -> bool {
        answer.watermarks.raised_to(&self.retained).keeps(scale, start)
    }

    fn own_cells(&self, start: i64) -> Result<Answer> {
        let span = Span { scale: self.scale, from: start, to: start.saturating_add(1) };
        self.ask(span, vec![start], &Select::Any)
    }

    /// Compares cells at ALL on one axis with the sums over its choices.
    fn check_axes(&self, start: i64, cells: &Sums, verified: &mut VerifyReport) {
        let chosen = |point: &[Choice]| point.iter().filter(|choice| **choice != Choice::All).count();
        let full = self.definition.axes.len();
        let pairs = self.definition.combinations == Combinations::Pairs;
        for (axis, known) in self.definition.axes.iter().enumerate() {
            let mut over_choices = Sums::new();
            for (point, sum) in cells {
                let top = match point.get(axis) {
                    None | Some(Choice::All) => false,
                    Some(Choice::Path(path)) => path.components().len() == 1 && !path.is_other(),
                    Some(_) => true,
                };
                if top && !(pairs && chosen(point) > 2) {
                    add(&mut over_choices, with_all(point, &[axis]), *sum);
                }
            }
            let mut at_all = cells.clone();
            at_all.retain(|point, _| point.get(axis) == Some(&Choice::All) && !(pairs && chosen(point) > 1));
            self.compare(
                start,
                &at_all,
                &over_choices,
                &format!("the sum over axis {}", known.name),
                verified,
            );
        }
        if pairs {
            let mut grand = Sums::new();
            for (point, sum) in cells.iter().filter(|(point, _)| chosen(point) == full) {
                add(&mut grand, vec![Choice::All; point.len()], *sum);
            }
            let mut all = cells.clone();
            all.retain(|point, _| chosen(point) == 0);
            self.compare(start, &all, &grand, "the sum of its full points", verified);
        }
    }

    fn compare(&self, start: i64, own: &Sums, sums: &Sums, what: &str, verified: &mut VerifyReport) {
        let mut points: Vec<&Vec<Choice>> = own.keys().chain(sums.keys()).collect();
        points.sort();
        points.dedup();
        for point in points {
            verified.sums += 1;
            let (own, sum) =
                (own.get(point).copied().unwrap_or_default(), sums.get(point).copied().unwrap_or_default());
            let same = (own - sum).is_empty_cell(self.definition.is_averaged());
            if !same && verified.faults.len() < MAX_FAULTS {
                let shown: Vec<String> = point.iter().map(ToString::to_string).collect();
                verified.faults.push(format!(
                    "{} {}: the cell at [{}] holds {} in {} kicks, but {what} is {} in {}",
                    self.scale,
                    self.shown(start),
                    shown.join(", "),
                    own.total(),
                    own.count(),
                    sum.total(),
                    sum.count()
                ));
            }
        }
    }

    fn shown(&self, start: i64) -> String {
        match self.definition.zone.civil(start) {
            Ok(local) => local.to_string(),
            Err(_) => String::new(),
        }
    }
}

fn sums(answer: &Answer) -> Sums {
    let mut sums = Sums::new();
    for group in &answer.groups {
        add(&mut sums, group.choices.clone(), group.amount);
    }
    sums
}

fn add(sums: &mut Sums, point: Vec<Choice>, amount: Amount) {
    *sums.entry(point).or_default() += amount;
}

fn with_all(point: &[Choice], axes: &[usize]) -> Vec<Choice> {
    let all = point
        .iter()
        .enumerate()
        .map(|(axis, choice)| if axes.contains(&axis) { Choice::All } else { choice.clone() });
    all.collect()
}
