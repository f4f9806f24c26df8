//! `AxisUsage`: how many of the choices that the cap of an axis allows are taken.

use std::collections::BTreeMap;
use std::fmt;

use crate::amount::grouped;
use crate::schema::axis::AxisDefinition;
use crate::schema::choice::Choice;

/// Number of choices of an axis, next to its cap. Its text is a sentence.
///
/// ```
/// use staste::{Axis, MemoryStore, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let visits = staste.metrica("visits").axis("page", Axis::stored().cap(10)).build()?;
/// for page in 0..9 {
///     visits.kick([("page", page)])?;
/// }
/// staste.flush()?;
/// let texts: Vec<String> = staste.nearly_full_axes()?.iter().map(ToString::to_string).collect();
/// assert_eq!(texts, ["the axis page of visits has 9 of at most 10 choices; further ones count as other"]);
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AxisUsage {
    /// The name of the Metrica.
    pub metrica: String,
    /// The name of the axis.
    pub axis: String,
    /// Number of choices that are taken; on a path axis, on its fullest level.
    pub taken: u64,
    /// Maximum number of choices; on a path axis, per level.
    pub cap: u32,
    /// The fullest level of a path axis, from 1.
    pub level: Option<usize>,
}

impl AxisUsage {
    /// Returns the usage of an axis with these choices; `None` for a declared axis, whose choices are all there.
    pub fn of(metrica: &str, axis: &AxisDefinition, choices: &[Choice]) -> Option<AxisUsage> {
        if axis.declared().is_some() {
            return None;
        }
        let mut levels: BTreeMap<usize, u64> = BTreeMap::new();
        for choice in choices {
            *levels.entry(choice.as_path().map_or(1, |path| path.components().len())).or_default() += 1;
        }
        let (level, taken) = levels.into_iter().rev().max_by_key(|(_, taken)| *taken).unwrap_or((1, 0));
        Some(AxisUsage {
            metrica: metrica.to_owned(),
            axis: axis.name.clone(),
            taken,
            cap: axis.cap,
            level: axis.is_path().then_some(level),
        })
    }

    /// Returns true if nine tenths of the allowed choices are taken.
    pub fn is_nearly_full(&self) -> bool {
        self.taken * 10 >= u64::from(self.cap) * 9
    }
}

impl fmt::Display for AxisUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "level {level} of the axis ")?,
            None => f.write_str("the axis ")?,
        }
        write!(
            f,
            "{} of {} has {} of at most {} choices; further ones count as other",
            self.axis,
            self.metrica,
            grouped(self.taken),
            grouped(self.cap)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::axis::Axis;

    fn usage(axis: Axis, choices: &[Choice]) -> Option<AxisUsage> {
        AxisUsage::of("visits", &axis.named("page").unwrap(), choices)
    }

    fn values(count: u32) -> Vec<Choice> {
        (0..count).map(|value| Choice::value(value.to_string())).collect()
    }

    #[test]
    fn axis_is_nearly_full_from_nine_tenths_of_its_cap() {
        for (taken, expected) in [(0, false), (17, false), (18, true), (20, true)] {
            let usage = usage(Axis::stored().cap(20), &values(taken)).unwrap();
            assert_eq!(usage.is_nearly_full(), expected, "{taken}");
        }
    }

    #[test]
    fn path_axis_is_as_full_as_its_fullest_level() {
        let mut paths: Vec<Choice> = (0..9).map(|page| Choice::path(["blog", &page.to_string()])).collect();
        paths.push(Choice::path(["blog"]));
        let usage = usage(Axis::path().cap(10), &paths).unwrap();
        assert_eq!((usage.level, usage.taken, usage.is_nearly_full()), (Some(2), 9, true));
        assert!(usage.to_string().starts_with("level 2 of the axis page of visits has 9 of at most 10"));
    }

    #[test]
    fn declared_axis_has_no_usage() {
        assert_eq!(usage(Axis::declared(["a", "b"]).cap(2), &values(2)), None);
    }
}
