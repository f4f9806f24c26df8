//! `MetricaBuilder`: defines a Metrica.

use crate::api::metrica::Metrica;
use crate::api::staste::Staste;
use crate::error::{Error, Result};
use crate::schema::{Axis, Better, Definition, Keep, MetricaKind, MetricaSpec, Retention, Unit};
use crate::time::{Scale, Zone};

/// Defines a Metrica. Settings that are left out adopt the stored definition.
///
/// [`MetricaBuilder::build`] returns the error of the first invalid setting.
///
/// ```
/// use staste::{Axis, Keep, MemoryStore, Scale, Staste};
/// let staste = Staste::new(MemoryStore::new());
/// let purchases = staste
///     .metrica("purchases")
///     .axis("country", Axis::stored().cap(300))
///     .averaged() // counts in addition to totals
///     .multiplier(100) // values in cents
///     .zone("Europe/Riga") // the time zone of its days
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

    /// Adds an axis, at most sixteen. With up to five, every combination of choices has its own cell; with more, every
    /// pair has, and queries on three or more axes scan.
    pub fn axis(self, name: &str, axis: Axis) -> MetricaBuilder {
        self.with(|spec| spec.axis(name, &axis))
    }

    /// Counts totals and counts, as averages need.
    pub fn averaged(self) -> MetricaBuilder {
        self.kind(MetricaKind::Averaged)
    }

    /// Records the distribution of values in addition, as percentiles need: how many values are in each
    /// [`Bin`](crate::Bin). An averaged Metrica becomes a distribution: percentiles are recorded from then on.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Moment, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let responses = staste
    ///     .metrica("responses")
    ///     .axis("view", Axis::stored())
    ///     .distribution()
    ///     .multiplier(1000) // values in milliseconds
    ///     .build()?;
    /// for milliseconds in [3, 4, 5] {
    ///     responses.kick_with([("view", "/")], f64::from(milliseconds) / 1000.0, Moment::Now)?;
    /// }
    /// assert_eq!(responses.filter([("view", "/")])?.percentile(50.0)?, Some(0.004));
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn distribution(self) -> MetricaBuilder {
        self.kind(MetricaKind::Distribution)
    }

    /// Makes it a distribution where that is possible, and averaged otherwise: a Store that cannot add axes keeps an averaged
    /// Metrica, and the layout of 2011 has no bins. For programs that count under a name of theirs, such as middleware.
    pub fn prefer_distribution(self) -> MetricaBuilder {
        self.with(|spec| {
            (spec.kind, spec.accepts_averaged) = (Some(MetricaKind::Distribution), true);
            Ok(())
        })
    }

    /// Sets the kind. It must equal the stored one, except that an averaged Metrica becomes a distribution if that is
    /// given, and that `averaged` accepts a distribution.
    pub fn kind(self, kind: MetricaKind) -> MetricaBuilder {
        self.with(|spec| {
            spec.kind = Some(kind);
            Ok(())
        })
    }

    /// Multiplies values before they are rounded to integers, by 1 to 1,000,000,000: 100 counts cents. Values are
    /// rounded half away from zero. It cannot change later.
    pub fn multiplier(self, multiplier: u32) -> MetricaBuilder {
        self.with(|spec| {
            if multiplier == 0 || multiplier > 1_000_000_000 {
                return Err(Error::invalid_input(format!(
                    "invalid multiplier {multiplier}: expected 1 to 1,000,000,000"
                )));
            }
            spec.multiplier = Some(multiplier);
            Ok(())
        })
    }

    /// Sets the time zone of its days by IANA name, such as `Europe/Riga`; UTC by default. It cannot change later.
    pub fn zone(self, name: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.zone = Some(Zone::named(name)?);
            Ok(())
        })
    }

    /// Sets the time zone that a new Metrica gets if [`MetricaBuilder::zone`] is not called. A Metrica that the Store
    /// already has keeps its own zone.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").default_zone("Europe/Riga").build()?;
    /// assert_eq!(guests.define()?.zone.name(), "Europe/Riga");
    /// let guests = staste.metrica("guests").default_zone("Asia/Tokyo").build()?;
    /// assert_eq!(guests.define()?.zone.name(), "Europe/Riga");
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn default_zone(self, name: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.default_zone = Some(Zone::named(name)?);
            Ok(())
        })
    }

    /// Sets the first day of its weeks, 0 for Monday to 6 for Sunday; Monday by default.
    pub fn week_start(self, day: u8) -> MetricaBuilder {
        self.with(|spec| {
            if day > 6 {
                return Err(Error::invalid_input(format!(
                    "invalid first day of the week {day}: expected 0 (Monday) to 6 (Sunday)"
                )));
            }
            spec.week_start = Some(day);
            Ok(())
        })
    }

    /// Sets the unit of its values, such as `s`, `ms`, `bytes` or `EUR`, which pages show. It can change later.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let responses = staste.metrica("responses").unit("s").title("Response times").build()?;
    /// let labels = &responses.define()?.labels;
    /// assert_eq!(labels.unit.as_ref().map(|unit| unit.text(0.004, 2)), Some("4.0 ms".to_owned()));
    /// assert_eq!(labels.title.as_deref(), Some("Response times"));
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn unit(self, unit: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.labels.unit = Some(Unit::parse(unit)?);
            Ok(())
        })
    }

    /// Sets which values are better, so that pages color changes by what they mean. Without it, pages use one color. It can
    /// change later.
    pub fn better(self, better: Better) -> MetricaBuilder {
        self.with(|spec| {
            spec.labels.better = Some(better);
            Ok(())
        })
    }

    /// Sets the title, which pages show in place of the name. It can change later.
    pub fn title(self, title: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.labels.title = Some(label("title", title)?);
            Ok(())
        })
    }

    /// Sets a sentence about what is counted, which pages show. It can change later.
    pub fn description(self, description: &str) -> MetricaBuilder {
        self.with(|spec| {
            spec.labels.description = Some(label("description", description)?);
            Ok(())
        })
    }

    /// Sets how long the buckets of a scale are kept: by default minutes 8 days, hours 400 days, longer scales forever.
    /// The bucket in which that time begins is kept whole.
    pub fn keep(self, scale: Scale, keep: Keep) -> MetricaBuilder {
        self.with(|spec| {
            Retention::default().keep(scale, keep)?;
            spec.retention.push((scale, keep));
            Ok(())
        })
    }

    /// Limits the number of points, those at ALL included; beyond it new points fold to *other* on their stored and
    /// path axes. 1,000,000 by default.
    pub fn points(self, points: u64) -> MetricaBuilder {
        self.with(|spec| {
            spec.points = Some(points);
            Ok(())
        })
    }

    /// Returns the specification.
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn spec(self) -> Result<MetricaSpec> {
        self.spec
    }

    /// Returns the Metrica. It is written to the Store by the first flush, or by [`Metrica::define`].
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn build(self) -> Result<Metrica> {
        Ok(Metrica::new(self.staste, self.spec?))
    }
}

impl Staste {
    /// Begins the definition of a Metrica.
    pub fn metrica(&self, name: &str) -> MetricaBuilder {
        MetricaBuilder::new(self.clone(), name)
    }

    /// Returns a Metrica with its stored definition.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// assert!(staste.stored_metrica("guests").unwrap_err().is_invalid_input());
    /// staste.metrica("guests").averaged().build()?.define()?;
    /// assert_eq!(staste.stored_metrica("guests")?.count()?, 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the Store has no Metrica of this name; the message lists the names that it has.
    pub fn stored_metrica(&self, name: &str) -> Result<Metrica> {
        Ok(self.metrica_from_definition(&*self.definition(name)?))
    }

    /// Returns the Metrica of a stored definition, without reading the Store.
    ///
    /// ```
    /// use staste::{MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// staste.metrica("guests").build()?.define()?;
    /// let guests = staste.metrica_from_definition(&*staste.definitions()?[0]);
    /// assert_eq!(guests.total()?, 0);
    /// # Ok::<(), staste::Error>(())
    /// ```
    pub fn metrica_from_definition(&self, definition: &Definition) -> Metrica {
        Metrica::new(self.clone(), MetricaSpec::as_stored(definition))
    }
}

/// Maximum length of a title or a description in bytes.
const MAX_LABEL_BYTES: usize = 1000;

/// Checks the text of a label.
fn label(what: &str, text: &str) -> Result<String> {
    if text.trim().is_empty() || text.len() > MAX_LABEL_BYTES {
        return Err(Error::invalid_input(format!(
            "invalid {what} of {} bytes: expected a text of at most {MAX_LABEL_BYTES} bytes that is not blank",
            text.len()
        )));
    }
    Ok(text.to_owned())
}
