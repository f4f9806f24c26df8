//! Verification: checks that every cell of a Metrica is the sum of the finer cells, which is point 1 of the contract.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::amount::Amount;
use crate::api::Metrica;
use crate::error::{Error, Result};
use crate::plan::CountedPoints;
use crate::schema::{Choice, Definition, Watermarks};
use crate::store::{ALL, Answer, FIRST_VALUE, Question, Select, Span, Store};
use crate::time::{EVER_END, EVER_START, Scale};

/// Maximum number of faults in a report.
const MAX_FAULTS: usize = 100;
/// Maximum number of times that a changing bucket is checked.
const MAX_ATTEMPTS: usize = 100;

/// The result of a verification.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Number of buckets checked.
    pub buckets: u64,
    /// Number of cells checked.
    pub cells: u64,
    /// Number of sums compared.
    pub sums: u64,
    /// Messages about wrong sums, or about faults that keep the Metrica from being read; empty when there is none.
    pub faults: Vec<String>,
}

impl VerifyReport {
    /// Creates the report of a Metrica that cannot be read because of these faults.
    pub fn from_faults(faults: Vec<String>) -> VerifyReport {
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
    /// Compares every bucket with the sum of the finer buckets in it, as far as they are retained, and in every bucket
    /// each cell at ALL with the sum over the choices of that axis. `progress` is called with the number of checked
    /// cells. For a Metrica that cannot be read, the report has its faults.
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
            return Ok(VerifyReport::from_faults(faults));
        }
        self.flush_pending(None)?;
        // Both start again when the definition changes during the verification.
        let state = RefCell::new((VerifyReport::default(), progress));
        self.retry_stale(|definition, is_stored| {
            let (verified, progress) = &mut *state.borrow_mut();
            *verified = VerifyReport::default();
            if !is_stored {
                return Ok(());
            }
            // The watermarks of the Store may be lower than those of the current time.
            let now = self.staste().clock().now();
            let retained = definition.retention.watermarks(&definition.calendar(), now);
            for scale in Scale::KEPT {
                let verifier = ScaleVerifier { store, definition, scale, retained };
                for start in verifier.starts()? {
                    verifier.verify_bucket(start, verified)?;
                    progress(verified.cells);
                }
            }
            Ok(())
        })?;
        Ok(state.into_inner().0)
    }
}

/// Reads and checks the buckets of one scale of a Metrica.
struct ScaleVerifier<'a> {
    store: &'a dyn Store,
    definition: &'a Arc<Definition>,
    scale: Scale,
    retained: Watermarks,
}

impl ScaleVerifier<'_> {
    fn read(&self, span: Span, cuts: Vec<i64>, select: &Select) -> Result<Answer> {
        self.store.read(&Question {
            definition: Arc::clone(self.definition),
            spans: vec![span],
            cuts,
            select: vec![select.clone(); self.definition.stored_axes.len()],
            scan: false,
            below_watermarks: false,
        })
    }

    /// Returns the starts of the buckets with kicks.
    fn starts(&self) -> Result<Vec<i64>> {
        let all = Span { scale: self.scale, from: EVER_START, to: EVER_END };
        let mut starts: Vec<i64> =
            self.read(all, Vec::new(), &Select::All)?.groups.iter().map(|group| group.start).collect();
        starts.sort_unstable();
        Ok(starts)
    }

    fn verify_bucket(&self, start: i64, verified: &mut VerifyReport) -> Result<()> {
        let mut own = self.own_cells(start)?;
        let end = self.definition.calendar().bucket(self.scale, start).end;
        // The bucket and its parts are read at different moments: a difference is a fault only when the bucket is the
        // same before and after its parts were read.
        for _ in 0..MAX_ATTEMPTS {
            let cells = sums(&own);
            let mut found = VerifyReport { buckets: 1, cells: cells.len() as u64, ..VerifyReport::default() };
            self.check_axes(start, &cells, &mut found);
            let finer = Scale::KEPT.into_iter().filter(|finer| *finer < self.scale);
            // The coarsest of the finer scales that is retained for the whole bucket.
            if let Some(finer) = finer.rev().find(|finer| self.keeps(&own, *finer, start)) {
                let parts =
                    self.read(Span { scale: finer, from: start, to: end }, vec![start], &Select::Any)?;
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
            "metrica {} is kicked too often to verify its {} {}; try again when there are fewer kicks",
            self.definition.name,
            self.scale,
            self.local_time(start)
        )))
    }

    fn keeps(&self, answer: &Answer, scale: Scale, start: i64) -> bool {
        answer.watermarks.raised_to(&self.retained).keeps(scale, start)
    }

    fn own_cells(&self, start: i64) -> Result<Answer> {
        let span = Span { scale: self.scale, from: start, to: start.saturating_add(1) };
        self.read(span, vec![start], &Select::Any)
    }

    /// Compares the cells at ALL on each axis with the sums over its choices.
    fn check_axes(&self, start: i64, cells: &Sums, verified: &mut VerifyReport) {
        let points = CountedPoints::of(self.definition);
        // ALL has the id 0; that of other choices does not matter here.
        let ids = |point: &[Choice]| -> Vec<u32> {
            point.iter().map(|choice| if *choice == Choice::All { ALL } else { FIRST_VALUE }).collect()
        };
        for (axis, known) in self.definition.stored_axes.iter().enumerate() {
            let mut over_choices = Sums::new();
            for (point, sum) in cells {
                let is_top_level = match point.get(axis) {
                    None | Some(Choice::All) => false,
                    Some(Choice::Path(path)) => path.components().len() == 1 && !path.is_other(),
                    Some(_) => true,
                };
                if is_top_level && points.adds_up(&ids(point), axis) {
                    add(&mut over_choices, with_all(point, axis), *sum);
                }
            }
            let mut at_all = cells.clone();
            at_all.retain(|point, _| {
                let mut ids = ids(point);
                let is_all = ids.get(axis) == Some(&ALL);
                ids.get_mut(axis).into_iter().for_each(|id| *id = FIRST_VALUE);
                is_all && points.adds_up(&ids, axis)
            });
            self.compare(
                start,
                &at_all,
                &over_choices,
                &if known.is_bins() {
                    "the sum over bins".to_owned()
                } else {
                    format!("the sum over axis {}", known.name)
                },
                verified,
            );
        }
        let is_full = |point: &[Choice]| {
            let ids = ids(point);
            points.is_full(&ids) && !points.has_every_combination(points.bin_of(&ids))
        };
        let mut grand = Sums::new();
        for (point, sum) in cells.iter().filter(|(point, _)| is_full(point)) {
            let axes = point.iter().enumerate();
            let all = axes.map(|(axis, choice)| match points.is_bin_axis(axis) {
                true => choice.clone(),
                false => Choice::All,
            });
            add(&mut grand, all.collect(), *sum);
        }
        let mut all = cells.clone();
        all.retain(|point, _| {
            let ids = ids(point);
            points.is_empty(&ids) && !points.has_every_combination(points.bin_of(&ids))
        });
        self.compare(start, &all, &grand, "the sum of its full points", verified);
    }

    fn compare(&self, start: i64, own: &Sums, sums: &Sums, what: &str, verified: &mut VerifyReport) {
        let mut points: Vec<&Vec<Choice>> = own.keys().chain(sums.keys()).collect();
        points.sort();
        points.dedup();
        for point in points {
            verified.sums += 1;
            let (own, sum) =
                (own.get(point).copied().unwrap_or_default(), sums.get(point).copied().unwrap_or_default());
            let is_equal = (own - sum).is_empty_cell(self.definition.is_averaged());
            if !is_equal && verified.faults.len() < MAX_FAULTS {
                let choices: Vec<String> = point.iter().map(ToString::to_string).collect();
                verified.faults.push(format!(
                    "{} {}: the cell at [{}] holds {} in {} kicks, but {what} is {} in {}",
                    self.scale,
                    self.local_time(start),
                    choices.join(", "),
                    own.total(),
                    own.count(),
                    sum.total(),
                    sum.count()
                ));
            }
        }
    }

    fn local_time(&self, start: i64) -> String {
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

fn with_all(point: &[Choice], axis: usize) -> Vec<Choice> {
    let mut with_all = point.to_vec();
    with_all.get_mut(axis).into_iter().for_each(|choice| *choice = Choice::All);
    with_all
}
