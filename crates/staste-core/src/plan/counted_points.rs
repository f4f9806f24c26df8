//! `CountedPoints`: the points at which kicks have cells, decided in one place for every Store.
//!
//! Without bins these are the points of [`Definition::combinations`], at ALL on the axis of bins. A distribution has those of
//! [`BinSettings::combinations`](crate::BinSettings) in addition, in each of which one bin is chosen.

use smallvec::SmallVec;

use crate::schema::{Combinations, Definition};
use crate::store::{ALL, FIRST_VALUE, Levels, Picks};

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
        let shape = self.shape(bin);
        let excluded = if shape.is_first_apart { Some(self.first_axis()) } else { None };
        self.choose(levels, (0, excluded), shape.max_chosen, &mut point, each);
        if shape.is_first_apart {
            for level in levels.get(self.first_axis()).into_iter().flat_map(|levels| levels.iter()) {
                set(&mut point, self.first_axis(), *level);
                each(&point);
            }
        }
        if !self.has_every_combination(bin) {
            for (axis, levels) in levels.iter().enumerate().filter(|(axis, _)| !self.is_bin_axis(*axis)) {
                set(&mut point, axis, levels.last().copied().unwrap_or(ALL));
            }
            each(&point);
        }
    }

    /// Combines the axes from `axis` on, of which at most `left` more are not at ALL; the excluded one is.
    fn choose(
        &self,
        levels: &[&Levels],
        (axis, excluded): (usize, Option<usize>),
        left: usize,
        point: &mut [u32],
        each: &mut dyn FnMut(&[u32]),
    ) {
        let Some(own) = levels.get(axis).filter(|_| left > 0) else {
            each(point);
            return;
        };
        self.choose(levels, (axis + 1, excluded), left, point, each);
        if self.is_bin_axis(axis) || Some(axis) == excluded {
            return;
        }
        for level in *own {
            set(point, axis, *level);
            self.choose(levels, (axis + 1, excluded), left - 1, point, each);
        }
        set(point, axis, ALL);
    }

    /// Returns true if kicks at a point, or below it, have a cell there.
    pub fn counts(&self, point: &[u32]) -> bool {
        self.is_full(point) || self.has_cells_for(chosen(point), self.bin_of(point) != ALL)
    }

    /// Returns true if selecting choices on these axes, and bins or not, has cells of its own; else full points have to be
    /// scanned. The axis of bins does not matter among the chosen ones.
    pub(crate) fn has_cells_for(&self, chosen: AxisMask, with_bin: bool) -> bool {
        let shape = self.shape(if with_bin { FIRST_VALUE } else { ALL });
        let chosen = chosen & !self.bins.map_or(0, |(axis, _)| mask_of(axis));
        let first = mask_of(self.first_axis());
        let is_mixed = chosen & first != 0 && chosen != first;
        chosen.count_ones() <= u32::try_from(shape.max_chosen).unwrap_or(u32::MAX)
            && !(shape.is_first_apart && is_mixed)
    }

    /// Returns true if the cell at a point with ALL on an axis is the sum of cells such as this one over the choices of the
    /// axis.
    pub(crate) fn adds_up(&self, point: &[u32], axis: usize) -> bool {
        let has_bin = self.bin_of(point) != ALL;
        (has_bin || !self.is_bin_axis(axis)) && self.has_cells_for(chosen(point), has_bin)
    }

    /// Returns true if there is a cell for every combination of choice and ALL at this id on the axis of bins. Then the cell
    /// of a point includes the cells below it on path axes.
    pub(crate) fn has_every_combination(&self, bin: u32) -> bool {
        let shape = self.shape(bin);
        shape.max_chosen >= self.other_axes() && !shape.is_first_apart
    }

    /// Returns true if the point has a choice on every axis, apart from that of bins.
    pub(crate) fn is_full(&self, point: &[u32]) -> bool {
        self.number_chosen(point) == self.other_axes()
    }

    /// Returns true if the point has no choice on any axis, apart from that of bins.
    pub(crate) fn is_empty(&self, point: &[u32]) -> bool {
        self.number_chosen(point) == 0
    }

    fn number_chosen(&self, point: &[u32]) -> usize {
        point.iter().enumerate().filter(|(axis, id)| **id != ALL && !self.is_bin_axis(*axis)).count()
    }

    /// Returns the id of a point on the axis of bins; ALL without bins.
    pub(crate) fn bin_of(&self, point: &[u32]) -> u32 {
        self.bins.and_then(|(axis, _)| point.get(axis)).copied().unwrap_or(ALL)
    }

    fn shape(&self, bin: u32) -> Shape {
        let combinations = match self.bins {
            Some((_, combinations)) if bin != ALL => combinations,
            _ => self.combinations,
        };
        let pairs = if self.combinations == Combinations::Pairs { 2 } else { usize::MAX };
        match combinations {
            Combinations::Every => Shape { max_chosen: usize::MAX, is_first_apart: false },
            Combinations::Pairs => Shape { max_chosen: 2, is_first_apart: false },
            // With two axes they are every combination.
            Combinations::FirstApart => Shape { max_chosen: pairs, is_first_apart: self.other_axes() > 2 },
        }
    }

    /// Returns the first axis that is not that of bins.
    fn first_axis(&self) -> usize {
        usize::from(self.is_bin_axis(0))
    }

    /// Returns the number of axes without that of bins.
    fn other_axes(&self) -> usize {
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

/// The combinations of axes without that of bins.
#[derive(Clone, Copy, Debug)]
struct Shape {
    max_chosen: usize,
    /// True if the first axis is combined with others in full points only.
    is_first_apart: bool,
}

/// A set of axes: a bit for each.
pub(crate) type AxisMask = u32;

/// Returns the set of one axis.
pub(crate) const fn mask_of(axis: usize) -> AxisMask {
    1 << axis
}

/// Returns the axes on which a point has a choice.
fn chosen(point: &[u32]) -> AxisMask {
    point.iter().enumerate().filter(|(_, id)| **id != ALL).fold(0, |mask, (axis, _)| mask | mask_of(axis))
}

fn set(point: &mut [u32], axis: usize, id: u32) {
    point.get_mut(axis).into_iter().for_each(|own| *own = id);
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
        let apart = points(with(4, 2, Combinations::FirstApart), &[&[3][..], &[4], &[9], &[5]]);
        let bins: Vec<&Vec<u32>> = apart.iter().filter(|point| point[2] == 9).collect();
        let expected = [[0, 0, 9, 0], [0, 0, 9, 5], [0, 4, 9, 0], [0, 4, 9, 5], [3, 0, 9, 0], [3, 4, 9, 5]];
        assert_eq!(bins, expected.iter().collect::<Vec<_>>());
        assert_eq!(apart.len(), 8 + 6);
        // With two axes they are every combination, and each level of a path is counted.
        assert_eq!(points(with(3, 0, Combinations::FirstApart), &[&[9][..], &[4, 6], &[5]]).len(), 6 + 6);
        assert_eq!(points(with(3, 0, Combinations::Pairs), &[&[9][..], &[4], &[5]]).len(), 4 + 4);
        // A kick without a bin has no cells of bins.
        assert_eq!(points(with(2, 1, Combinations::Every), &[&[3], &[]]), [[0, 0], [3, 0]]);
    }
}
