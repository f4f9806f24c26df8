//! A Store that counts what is asked of it: verbs, batches, and the kicks and cells of each batch.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use staste_core::store::{Applied, Batch, Part, Store};
use staste_core::{Combinations, Result, Scale};

use crate::layer::{Layer, Layered, Verb};
use crate::model::Pick;

/// A Store with a count of what is asked of it.
pub type CountingStore = Layered<Counts>;

/// What a [`CountingStore`] counted; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    verbs: BTreeMap<Verb, u64>,
    batches: Vec<Batch>,
}

impl Counts {
    /// How often a verb was used.
    pub fn of(&self, verb: Verb) -> u64 {
        self.with(|seen| seen.verbs.get(&verb).copied().unwrap_or(0))
    }

    /// The batches given to `apply`, repeats included.
    pub fn batches(&self) -> Vec<Batch> {
        self.with(|seen| seen.batches.clone())
    }

    /// Counts from nothing again.
    pub fn reset(&self) {
        self.with(|seen| *seen = Seen::default());
    }

    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many kicks a batch carries.
pub fn kicks_of(batch: &Batch) -> u64 {
    batch.parts.iter().flat_map(|part| &part.kicks).map(|kick| kick.amount.kicks()).sum()
}

/// How many cells a batch bumps, by the rule of the design and without the core's planning: every
/// combination of levels and ALL (or pairs and the full point) in every bucket that is kept.
pub fn cells_of(batch: &Batch) -> usize {
    batch.parts.iter().map(|part| cells_of_part(part).len()).sum()
}

/// A scale, the start of a bucket, and per axis a level or none for ALL.
type Place = (Scale, i64, Vec<Option<Pick>>);

fn cells_of_part(part: &Part) -> HashSet<Place> {
    let calendar = part.definition.calendar();
    let mut cells = HashSet::new();
    for kick in &part.kicks {
        let levels: Vec<Vec<Pick>> = kick
            .picks
            .iter()
            .zip(&part.choices)
            .map(|(pick, choices)| Pick::from(&choices[*pick as usize]).levels())
            .collect();
        for point in points(&levels, part.definition.combinations) {
            for scale in Scale::KEPT {
                let start = calendar.bucket(scale, kick.at).start;
                if start >= part.watermarks.of(scale) {
                    cells.insert((scale, start, point.clone()));
                }
            }
        }
    }
    cells
}

fn points(levels: &[Vec<Pick>], combinations: Combinations) -> Vec<Vec<Option<Pick>>> {
    let mut points: Vec<Vec<Option<Pick>>> = vec![Vec::new()];
    for axis in levels {
        let options: Vec<Option<Pick>> =
            std::iter::once(None).chain(axis.iter().cloned().map(Some)).collect();
        points = points
            .iter()
            .flat_map(|point| {
                options.iter().map(|option| point.iter().cloned().chain([option.clone()]).collect())
            })
            .collect();
    }
    if combinations == Combinations::Pairs {
        let full: Vec<Option<Pick>> = levels.iter().map(|axis| axis.last().cloned()).collect();
        points.retain(|point| point.iter().flatten().count() <= 2 || *point == full);
    }
    points
}

impl Layer for Counts {
    fn before(&self, verb: Verb) -> Result<()> {
        self.with(|seen| *seen.verbs.entry(verb).or_default() += 1);
        Ok(())
    }

    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        self.with(|seen| seen.batches.push(batch.clone()));
        inner.apply(batch)
    }
}
