//! `PendingBins`: the pending kicks of a point by the bin of their value.

use smallvec::SmallVec;

use crate::amount::Bin;

/// Bins per block: half of the bins between a value and its double, so that the values of a point need few blocks.
const BLOCK_LEN: i32 = 16;

/// The kicks of one bin.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BinKicks {
    total: i64,
    count: u32,
}

impl BinKicks {
    /// Adds kicks if their sums can be represented; returns whether it did.
    #[inline]
    fn try_add(&mut self, total: i64, count: u32) -> bool {
        match (self.total.checked_add(total), self.count.checked_add(count)) {
            (Some(total), Some(count)) => {
                *self = BinKicks { total, count };
                true
            }
            _ => false,
        }
    }
}

/// The kicks of a point by bin.
#[derive(Debug, Default)]
pub(crate) enum PendingBins {
    #[default]
    None,
    /// Kicks of one bin, which take no memory elsewhere: many points have only one kick between two flushes.
    One {
        bin: Bin,
        kicks: BinKicks,
    },
    Many(Box<Blocks>),
}

/// The kicks of several bins, in blocks of neighboring bins: a kick of a known bin touches one cache line of them.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The code of the first bin of each block, divided by the length of a block. Several blocks have the same number if
    /// the sums of a bin exceed what one block can represent.
    numbers: SmallVec<[i16; 12]>,
    blocks: Vec<Block>,
}

type Block = [BinKicks; BLOCK_LEN as usize];

impl PendingBins {
    /// Returns its bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<PendingBins>()
            + match self {
                PendingBins::None | PendingBins::One { .. } => 0,
                PendingBins::Many(blocks) => blocks.bytes(),
            }
    }

    /// Adds a kick to a bin that has kicks; returns false if it has none, or if its sums cannot be represented.
    #[inline]
    pub(crate) fn try_add(&mut self, bin: Bin, total: i64) -> bool {
        match self {
            PendingBins::Many(blocks) => blocks.try_add(bin, total),
            PendingBins::One { bin: own, kicks } => *own == bin && kicks.try_add(total, 1),
            PendingBins::None => false,
        }
    }

    /// Adds kicks to a bin; returns true if it had none, or if its sums could not be represented together with them.
    pub(crate) fn add(&mut self, bin: Bin, total: i64, count: u32) -> bool {
        match self {
            PendingBins::None => {
                *self = PendingBins::One { bin, kicks: BinKicks { total, count } };
                true
            }
            PendingBins::One { bin: own, kicks } => {
                if *own == bin && kicks.try_add(total, count) {
                    return false;
                }
                let mut blocks = Box::<Blocks>::default();
                blocks.add(*own, *kicks);
                let is_new = blocks.add(bin, BinKicks { total, count });
                *self = PendingBins::Many(blocks);
                is_new
            }
            PendingBins::Many(blocks) => blocks.add(bin, BinKicks { total, count }),
        }
    }

    /// Returns true if a bin has kicks.
    pub(crate) fn contains(&self, bin: Bin) -> bool {
        self.iter().any(|(own, ..)| own == bin)
    }

    /// Returns the bins that have kicks, with their total and count. A bin comes more than once if its sums could not be
    /// represented together.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Bin, i64, u32)> {
        let (one, blocks) = match self {
            PendingBins::None => (None, None),
            PendingBins::One { bin, kicks } => (Some((*bin, *kicks)), None),
            PendingBins::Many(blocks) => (None, Some(blocks)),
        };
        let all = one.into_iter().chain(blocks.into_iter().flat_map(|blocks| blocks.iter()));
        all.map(|(bin, kicks)| (bin, kicks.total, kicks.count))
    }
}

impl Blocks {
    fn bytes(&self) -> usize {
        let spilled = if self.numbers.spilled() { self.numbers.capacity() * size_of::<i16>() } else { 0 };
        size_of::<Blocks>() + spilled + self.blocks.capacity() * size_of::<Block>()
    }

    #[inline]
    fn try_add(&mut self, bin: Bin, total: i64) -> bool {
        let (number, index) = place(bin);
        let Some(position) = self.numbers.iter().position(|own| *own == number) else { return false };
        let own = self.blocks.get_mut(position).and_then(|block| block.get_mut(index));
        own.is_some_and(|own| own.count > 0 && own.try_add(total, 1))
    }

    fn add(&mut self, bin: Bin, kicks: BinKicks) -> bool {
        let (number, index) = place(bin);
        for (own, block) in self.numbers.iter().zip(&mut self.blocks) {
            if *own == number
                && let Some(own) = block.get_mut(index)
            {
                let is_new = own.count == 0;
                if own.try_add(kicks.total, kicks.count) {
                    return is_new;
                }
            }
        }
        let mut block = Block::default();
        if let Some(own) = block.get_mut(index) {
            *own = kicks;
        }
        self.numbers.push(number);
        // The blocks of most points are few: `Vec` would start with four.
        if self.blocks.len() == self.blocks.capacity() {
            self.blocks.reserve_exact(self.blocks.len() / 2 + 1);
        }
        self.blocks.push(block);
        true
    }

    fn iter(&self) -> impl Iterator<Item = (Bin, BinKicks)> {
        self.numbers.iter().zip(&self.blocks).flat_map(|(number, block)| {
            let first = i32::from(*number) * BLOCK_LEN;
            let bins = (first..).map(Bin::from_code).zip(block);
            bins.filter(|(_, kicks)| kicks.count > 0).map(|(bin, kicks)| (bin, *kicks))
        })
    }
}

/// Returns the number of the block of a bin, and the index of the bin in it.
#[inline]
fn place(bin: Bin) -> (i16, usize) {
    // The codes of all values are within a few thousand of zero.
    let number = i16::try_from(bin.code().div_euclid(BLOCK_LEN)).unwrap_or(i16::MAX);
    (number, usize::try_from(bin.code().rem_euclid(BLOCK_LEN)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn sums(bins: &PendingBins) -> BTreeMap<i32, (i128, u64)> {
        let mut sums = BTreeMap::<i32, (i128, u64)>::new();
        for (bin, total, count) in bins.iter() {
            let sum = sums.entry(bin.code()).or_default();
            *sum = (sum.0 + i128::from(total), sum.1 + u64::from(count));
        }
        sums
    }

    proptest! {
        #[test]
        fn sums_of_bins_equal_those_of_a_map(
            kicks in prop::collection::vec((-40..40_i64, 0..3_u32, any::<i64>(), 1..=u32::MAX), 0..60),
        ) {
            let mut bins = PendingBins::default();
            let mut expected = BTreeMap::<i32, (i128, u64)>::new();
            for (value, shift, total, count) in kicks {
                let bin = Bin::of(value << (20 * shift), 1);
                let (total, count) = if shift == 1 { (total, count) } else { (value, 1) };
                prop_assert_eq!(bins.contains(bin), expected.contains_key(&bin.code()));
                if !(count == 1 && bins.try_add(bin, total)) {
                    bins.add(bin, total, count);
                }
                let sum = expected.entry(bin.code()).or_default();
                *sum = (sum.0 + i128::from(total), sum.1 + u64::from(count));
                prop_assert!(bins.contains(bin));
            }
            prop_assert_eq!(sums(&bins), expected);
        }
    }

    #[test]
    fn bin_is_new_once_and_again_when_its_sums_overflow() {
        let mut bins = PendingBins::default();
        let bin = Bin::of(1 << 50, 1);
        assert!(!bins.try_add(bin, 1 << 50));
        assert!(bins.add(bin, 1 << 50, 1));
        assert!(bins.try_add(bin, 1 << 50));
        assert!(!bins.add(bin, 1 << 50, 1));
        assert!(bins.add(bin, 1, u32::MAX - 1));
        assert!(bins.add(bin, i64::MAX, 1));
        assert_eq!(bins.iter().count(), 3);
        assert!(!bins.try_add(Bin::of(-(1 << 50), 1), -(1 << 50)));
    }
}
