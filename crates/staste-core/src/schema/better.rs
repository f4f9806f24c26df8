//! `Better`: which values of a Metrica are better, so that pages color changes by what they mean.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which values are better: larger ones, smaller ones, or neither.
///
/// ```
/// use staste::{Better, Measure, MemoryStore, Percentile, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let responses = staste.metrica("responses").distribution().unit("s").better(Better::Down).build()?;
/// let definition = responses.define()?;
/// assert_eq!(definition.better(Measure::Percentile(Percentile::P95)), Better::Down);
/// // More requests are neither good nor bad.
/// assert_eq!(definition.better(Measure::Count), Better::Neither);
/// assert_eq!(definition.better(Measure::parse("below0.3")?), Better::Up);
/// assert!(Better::parse("left").unwrap_err().is_invalid_input());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Larger values are better, such as revenue.
    Up,
    /// Smaller values are better, such as errors and response times.
    Down,
    /// Neither is better, or nobody said so.
    #[default]
    Neither,
}

impl Better {
    const ALL: [Better; 3] = [Better::Up, Better::Down, Better::Neither];

    /// Parses `up`, `down` or `neither`.
    ///
    /// # Errors
    /// For another word.
    pub fn parse(word: &str) -> Result<Better> {
        Better::ALL.into_iter().find(|better| better.name() == word).ok_or_else(|| {
            Error::invalid_input(format!(
                "invalid word {word:?} for what is better: expected up, down or neither"
            ))
        })
    }

    /// Returns the word that [`Better::parse`] takes.
    pub const fn name(self) -> &'static str {
        match self {
            Better::Up => "up",
            Better::Down => "down",
            Better::Neither => "neither",
        }
    }

    /// Returns the opposite.
    #[must_use]
    pub(crate) const fn reversed(self) -> Better {
        match self {
            Better::Up => Better::Down,
            Better::Down => Better::Up,
            Better::Neither => Better::Neither,
        }
    }
}
