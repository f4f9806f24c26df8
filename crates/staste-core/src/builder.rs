//! The builder of a Metrica.

use crate::{Asked, Axis, Error, Keep, Kind, Metrica, Result, Retention, Scale, Staste, Zone};

/// Defines a Metrica; what is not given adopts what the Store remembers.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    staste: Staste,
    asked: Result<Asked>,
}

impl Builder {
    pub(crate) fn new(staste: Staste, name: &str) -> Builder {
        Builder { staste, asked: Asked::new(name) }
    }

    fn with(mut self, set: impl FnOnce(&mut Asked) -> Result<()>) -> Builder {
        if let Ok(asked) = &mut self.asked
            && let Err(error) = set(asked)
        {
            self.asked = Err(error);
        }
        self
    }

    /// Adds an axis.
    pub fn axis(self, name: &str, axis: Axis) -> Builder {
        self.with(|asked| asked.axis(name, &axis))
    }

    /// Counts totals and counts, so that averages can be asked for.
    pub fn averaged(self) -> Builder {
        self.kind(Kind::Averaged)
    }

    /// Plain or averaged; an explicit kind must be the Store's.
    pub fn kind(self, kind: Kind) -> Builder {
        self.with(|asked| {
            asked.kind = Some(kind);
            Ok(())
        })
    }

    /// Counts values in parts of one: 100 for cents.
    pub fn multiplier(self, multiplier: u32) -> Builder {
        self.with(|asked| {
            if multiplier == 0 || multiplier > 1_000_000_000 {
                return Err(Error::input(format!(
                    "the multiplier {multiplier} is not within 1 and 1,000,000,000"
                )));
            }
            asked.multiplier = Some(multiplier);
            Ok(())
        })
    }

    /// The zone of its days; UTC when none is given.
    pub fn zone(self, name: &str) -> Builder {
        self.with(|asked| {
            asked.zone = Some(Zone::named(name)?);
            Ok(())
        })
    }

    /// The first day of its weeks, 0 for Monday to 6 for Sunday.
    pub fn week_start(self, day: u8) -> Builder {
        self.with(|asked| {
            if day > 6 {
                return Err(Error::input(format!(
                    "a week cannot begin on day {day}: 0 is Monday and 6 Sunday"
                )));
            }
            asked.week_start = Some(day);
            Ok(())
        })
    }

    /// How long a scale is kept.
    pub fn keep(self, scale: Scale, keep: Keep) -> Builder {
        self.with(|asked| {
            Retention::default().keep(scale, keep)?;
            asked.retention.push((scale, keep));
            Ok(())
        })
    }

    /// How many points it keeps before new ones fold their stored axes to *other*.
    pub fn points(self, points: u64) -> Builder {
        self.with(|asked| {
            asked.points = Some(points);
            Ok(())
        })
    }

    /// What is asked for, as it stands.
    ///
    /// # Errors
    /// The first thing that was given wrong.
    pub fn asked(self) -> Result<Asked> {
        self.asked
    }

    /// The Metrica. The Store is not touched yet; [`Metrica::define`] does that.
    ///
    /// # Errors
    /// The first thing that was given wrong.
    pub fn build(self) -> Result<Metrica> {
        Ok(Metrica::new(self.staste, self.asked?))
    }
}
