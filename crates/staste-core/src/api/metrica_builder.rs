//! The builder of a Metrica.

use crate::api::metrica::Metrica;
use crate::api::staste::Staste;
use crate::error::{Error, Result};
use crate::schema::{Axis, Keep, MetricaKind, MetricaSpec, Retention};
use crate::time::{Scale, Zone};

/// Defines a Metrica; what is not given adopts what the Store remembers.
///
/// What is given wrong is told by [`MetricaBuilder::build`].
///
/// ```
/// use staste::{Axis, Keep, MemoryStore, Scale, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let purchases = staste
///     .metrica("purchases")
///     .axis("country", Axis::stored().cap(300))
///     .averaged() // counts beside totals
///     .multiplier(100) // values in cents
///     .zone("Europe/Riga") // whose days are counted
///     .keep(Scale::Minute, Keep::days(30))
///     .build()?;
/// purchases.kick_with([("country", "LV")], 9.99, staste::Moment::Now)?;
/// assert_eq!(purchases.total()?.to_string(), "9.99");
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MetricaBuilder {
    staste: Staste,
    spec: Result<MetricaSpec>,
}

impl MetricaBuilder {
    pub(crate) fn new(staste: Staste, name: &str) -> MetricaBuilder {
        MetricaBuilder { staste, spec: MetricaSpec::new(name) }
    }

    fn with(mut self, set: impl FnOnce(&mut MetricaSpec) -> Result<()>) -> MetricaBuilder {
        if let Ok(spec) = &mut self.spec
            && let Err(error) = set(spec)
        {
            self.spec = Err(error);
        }
        self
    }

    /// Adds an axis; at most sixteen. Up to five, every combination of choices has its counter; with more,
    /// every pair has, and questions on three axes or more scan.
    pub fn axis(self, name: &str, axis: Axis) -> MetricaBuilder {
        self.with(|spec| spec.axis(name, &axis))
    }

    /// Counts totals and counts, so that averages can be asked for.
    pub fn averaged(self) -> MetricaBuilder {
        self.kind(MetricaKind::Averaged)
    }

    /// Plain or averaged; an explicit kind must be the Store's.
    pub fn kind(self, kind: MetricaKind) -> MetricaBuilder {
        self.with(|spec| {
            spec.kind = Some(kind);
            Ok(())
        })
    }

    /// Counts values in parts of one, 1 to 1,000,000,000: 100 for cents. Values are rounded to it, half away
    /// from zero. Kept for the Metrica's life.
    pub fn multiplier(self, multiplier: u32) -> MetricaBuilder {
        self.with(|spec| {
            if multiplier == 0 || multiplier > 1_000_000_000 {
                return Err(Error::input(format!(
                    "the multiplier {multiplier} is not within 1 and 1,000,000,000"
                )));
            }
            spec.multiplier = Some(multiplier);
            Ok(())
        })
    }

    /// The IANA zone of its days, such as `Europe/Riga`; UTC when none is given. Kept for the Metrica's life.
    pub fn zone(self, name: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.zone = Some(Zone::named(name)?);
            Ok(())
        })
    }

    /// The first day of its weeks, 0 for Monday to 6 for Sunday.
    pub fn week_start(self, day: u8) -> MetricaBuilder {
        self.with(|spec| {
            if day > 6 {
                return Err(Error::input(format!(
                    "a week cannot begin on day {day}: 0 is Monday and 6 Sunday"
                )));
            }
            spec.week_start = Some(day);
            Ok(())
        })
    }

    /// How long a scale is kept: by default minutes 8 days, hours 400, days and longer for ever. The bucket in
    /// which the time begins is kept whole.
    pub fn keep(self, scale: Scale, keep: Keep) -> MetricaBuilder {
        self.with(|spec| {
            Retention::default().keep(scale, keep)?;
            spec.retention.push((scale, keep));
            Ok(())
        })
    }

    /// How many points it keeps, those at ALL included, before new ones fold their stored and path axes to
    /// *other*: 1,000,000 when not given.
    pub fn points(self, points: u64) -> MetricaBuilder {
        self.with(|spec| {
            spec.points = Some(points);
            Ok(())
        })
    }

    /// What is asked for, as it stands.
    ///
    /// # Errors
    /// The first thing that was given wrong.
    pub fn spec(self) -> Result<MetricaSpec> {
        self.spec
    }

    /// The Metrica. The Store is not touched yet; [`Metrica::define`] does that.
    ///
    /// # Errors
    /// The first thing that was given wrong.
    pub fn build(self) -> Result<Metrica> {
        Ok(Metrica::new(self.staste, self.spec?))
    }
}
