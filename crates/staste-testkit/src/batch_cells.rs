//! The number of kicks and cells of a batch, computed from the rule in DESIGN.md and without the core's planning.

use std::collections::HashSet;

use staste_core::store::{Batch, Part};
use staste_core::{Combinations, Scale};

use crate::model::ModelChoice;

/// Returns the number of kicks in a batch.
pub fn kicks_of(batch: &Batch) -> u64 {
    batch.parts.iter().flat_map(|part| &part.kicks).map(|kick| kick.amount.kicks()).sum()
}

/// Returns the number of cells that a batch adds to: every combination of levels and ALL (or pairs and the full point)
/// in every bucket that is kept.
pub fn cells_of(batch: &Batch) -> usize {
    batch.parts.iter().map(|part| cells_of_part(part).len()).sum()
}

/// A scale, the start of a bucket, and for each axis a level, or `None` for ALL.
type Cell = (Scale, i64, Vec<Option<ModelChoice>>);

fn cells_of_part(part: &Part) -> HashSet<Cell> {
    let calendar = part.definition.calendar();
    let mut cells = HashSet::new();
    for kick in &part.kicks {
        let levels: Vec<Vec<ModelChoice>> = kick
            .picks
            .iter()
            .zip(&part.choices)
            .map(|(pick, choices)| ModelChoice::from(&choices[*pick as usize]).levels())
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

fn points(levels: &[Vec<ModelChoice>], combinations: Combinations) -> Vec<Vec<Option<ModelChoice>>> {
    let mut points: Vec<Vec<Option<ModelChoice>>> = vec![Vec::new()];
    for axis in levels {
        let options: Vec<Option<ModelChoice>> =
            std::iter::once(None).chain(axis.iter().cloned().map(Some)).collect();
        points = points
            .iter()
            .flat_map(|point| {
                options.iter().map(|option| point.iter().cloned().chain([option.clone()]).collect())
            })
            .collect();
    }
    if combinations == Combinations::Pairs {
        let full: Vec<Option<ModelChoice>> = levels.iter().map(|axis| axis.last().cloned()).collect();
        points.retain(|point| point.iter().flatten().count() <= 2 || *point == full);
    }
    points
}
