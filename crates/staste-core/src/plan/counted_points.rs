//! `CountedPoints`: the points at which kicks have cells, decided in one place for every Store.
//!
//! Without bins these are the points of [`Definition::combinations`], at ALL on the axis of bins. A distribution has those of
//! [`BinSettings::combinations`](crate::BinSettings) in addition, in each of which one bin is chosen.

use smallvec::SmallVec;

use crate::schema::{Combinations, Definition};
use crate::store::{ALL, Levels, Picks};

/// The points of a Metrica that have cells.
#[derive(Clone, Copy, Debug)]
pub struct CountedPoints {
    axes: usize,
    combinations: Combinations,
    /// The axis of bins, and the combinations of the other axes that have bins.
    bins: Option<(usize, Combinations)>,
}

impl CountedPoints {
    /// Returns the points of a Metrica.
    pub fn of(definition: &Definition) -> CountedPoints {
        let bins = definition.bin_axis().zip(definition.bins);
        CountedPoints {
            axes: definition.stored_axes.len(),
            combinations: definition.combinations,
            bins: bins.map(|(axis, bins)| (axis, bins.combinations)),
        }
    }

    /// Calls `each` with every point at which a kick is counted, given the levels of its choice on each axis.
    pub fn each(&self, levels: &[&Levels], each: &mut dyn FnMut(&[u32])) {
        self.each_in_bin(levels, ALL, each);
        let bins = self.bins.and_then(|(axis, _)| levels.get(axis));
        for bin in bins.into_iter().flat_map(|bins| bins.iter()) {
            self.each_in_bin(levels, *bin, each);
        }
    }

    /// Does the same for the points with one id on the axis of bins: a bin, or ALL.
    pub(crate) fn each_in_bin(&self, levels: &[&Levels], bin: u32, each: &mut dyn FnMut(&[u32])) {
        let mut point: Picks = SmallVec::from_elem(ALL, self.axes);
        if let Some(id) = self.bins.and_then(|(axis, _)| point.get_mut(axis)) {
            *id = bin;
        }
        let max_chosen = self.max_chosen(bin);
        self.choose(levels, 0, max_chosen, &mut point, each);
        if max_chosen < self.other_axes() {
            for (axis, (id, levels)) in point.iter_mut().zip(levels).enumerate() {
                if !self.is_bin_axis(axis) {
                    *id = levels.last().copied().unwrap_or(ALL);
                }
            }
            each(&point);
        }
    }

    /// Combines the axes from `axis` on, of which at most `left` more are not at ALL.
    fn choose(
        &self,
        levels: &[&Levels],
        axis: usize,
        left: usize,
        point: &mut [u32],
        each: &mut dyn FnMut(&[u32]),
    ) {
        let Some(own) = levels.get(axis).filter(|_| left > 0) else {
            each(point);
            return;
        };
        self.choose(levels, axis + 1, left, point, each);
        if self.is_bin_axis(axis) {
            return;
        }
        for level in *own {
            if let Some(id) = point.get_mut(axis) {
                *id = *level;
            }
            self.choose(levels, axis + 1, left - 1, point, each);
        }
        if let Some(id) = point.get_mut(axis) {
            *id = ALL;
        }
    }

    /// Returns true if kicks at a point, or below it, have a cell there.
    pub fn counts(&self, point: &[u32]) -> bool {
        let chosen = self.chosen(point);
        chosen <= self.max_chosen(self.bin_of(point)) || chosen == self.other_axes()
    }

    /// Returns true if the cell at a point with ALL on an axis is the sum of cells such as this one over the choices of the
    /// axis.
    pub(crate) fn adds_up(&self, point: &[u32], axis: usize) -> bool {
        let has_bin = self.bin_of(point) != ALL;
        (has_bin || !self.is_bin_axis(axis)) && self.has_cells_for(self.chosen(point), has_bin)
    }

    /// Returns true if a selection of so many axes without that of bins has cells of its own, with a bin or without; else
    /// full points have to be scanned.
    pub(crate) fn has_cells_for(&self, chosen: usize, with_bin: bool) -> bool {
        chosen <= self.max_chosen(if with_bin { crate::store::FIRST_VALUE } else { ALL })
    }

    /// Returns true if the cell of a point at this id on the axis of bins includes the cells below it on path axes, and
    /// there is a cell for every combination of choice and ALL.
    pub(crate) fn has_every_combination(&self, bin: u32) -> bool {
        self.max_chosen(bin) >= self.other_axes()
    }

    /// Returns true if the point has a choice on every axis, apart from that of bins.
    pub(crate) fn is_full(&self, point: &[u32]) -> bool {
        self.chosen(point) == self.other_axes()
    }

    /// Returns true if the point has no choice on any axis, apart from that of bins.
    pub(crate) fn is_empty(&self, point: &[u32]) -> bool {
        self.chosen(point) == 0
    }

    /// Returns the id of a point on the axis of bins; ALL without bins.
    pub(crate) fn bin_of(&self, point: &[u32]) -> u32 {
        self.bins.and_then(|(axis, _)| point.get(axis)).copied().unwrap_or(ALL)
    }

    /// Returns the number of axes on which the point has a choice, without that of bins.
    fn chosen(&self, point: &[u32]) -> usize {
        point.iter().enumerate().filter(|(axis, id)| **id != ALL && !self.is_bin_axis(*axis)).count()
    }

    fn max_chosen(&self, bin: u32) -> usize {
        match self.bins {
            Some((_, combinations)) if bin != ALL => combinations.max_chosen(),
            _ => self.combinations.max_chosen(),
        }
    }

    /// Returns the number of axes without that of bins.
    pub(crate) fn other_axes(&self) -> usize {
        self.axes - usize::from(self.bins.is_some())
    }

    /// Returns true for a distribution.
    pub(crate) fn has_bins(&self) -> bool {
        self.bins.is_some()
    }

    pub(crate) fn is_bin_axis(&self, axis: usize) -> bool {
        self.bins.is_some_and(|(bins, _)| bins == axis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(counted: CountedPoints, axes: &[&[u32]]) -> Vec<Vec<u32>> {
        let levels: Vec<Levels> = axes.iter().map(|axis| Levels::from_slice(axis)).collect();
        let mut found = Vec::new();
        counted.each(&levels.iter().collect::<Vec<_>>(), &mut |point| found.push(point.to_vec()));
        found.sort();
        let mut distinct = found.clone();
        distinct.dedup();
        assert_eq!(found, distinct);
        assert!(found.iter().all(|point| counted.counts(point)));
        found
    }

    fn counted(axes: usize, combinations: Combinations) -> CountedPoints {
        CountedPoints { axes, combinations, bins: None }
    }

    #[test]
    fn every_combination_includes_every_level() {
        let every = |axes: &[&[u32]]| points(counted(axes.len(), Combinations::Every), axes);
        assert_eq!(every(&[]), [Vec::<u32>::new()]);
        assert_eq!(every(&[&[3], &[4]]), [[0, 0], [0, 4], [3, 0], [3, 4]]);
        assert_eq!(every(&[&[3, 7]]), [[0], [3], [7]]);
        assert_eq!(every(&[&[3][..]; 5]).len(), 32);
    }

    #[test]
    fn pairs_of_six_axes_include_the_full_point() {
        let pairs = counted(6, Combinations::Pairs);
        let found = points(pairs, &[&[3][..]; 6]);
        assert_eq!(found.len(), 1 + 6 + 15 + 1);
        assert!(found.contains(&vec![3; 6]));
        let path = points(pairs, &[&[3, 4], &[5], &[5], &[5], &[5], &[5]]);
        assert!(path.contains(&vec![4, 5, 5, 5, 5, 5]) && !path.contains(&vec![3, 5, 5, 5, 5, 5]));
    }

    #[test]
    fn bins_have_combinations_of_their_own() {
        let with = |axes: usize, bin_axis: usize, combinations: Combinations| CountedPoints {
            bins: Some((bin_axis, combinations)),
            ..counted(axes, Combinations::Every)
        };
        assert_eq!(points(with(2, 1, Combinations::Every), &[&[3], &[9]]), [[0, 0], [0, 9], [3, 0], [3, 9]]);
        assert_eq!(points(with(4, 1, Combinations::Every), &[&[3][..]; 4]).len(), 16);
        let singles = points(with(4, 2, Combinations::Singles), &[&[3][..], &[4], &[9], &[5]]);
        let bins: Vec<&Vec<u32>> = singles.iter().filter(|point| point[2] == 9).collect();
        assert_eq!(bins, [&[0, 0, 9, 0], &[0, 0, 9, 5], &[0, 4, 9, 0], &[3, 0, 9, 0], &[3, 4, 9, 5]]);
        assert_eq!(singles.len(), 8 + 5);
        assert_eq!(points(with(3, 0, Combinations::Pairs), &[&[9][..], &[4], &[5]]).len(), 4 + 4);
        // A kick without a bin has no cells of bins.
        assert_eq!(points(with(2, 1, Combinations::Every), &[&[3], &[]]), [[0, 0], [3, 0]]);
    }
}
