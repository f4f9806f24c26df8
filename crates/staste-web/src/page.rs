//! `Page`: what every part of a page of a Metrica works with.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use staste_core::store::TimeLimit;
use staste_core::{Definition, Measure, Metrica, Reading, Result, Staste, View, Zone, text_format};

use crate::admission::Place;
use crate::chart::{Meta, Name, Number};
use crate::closed::closed;
use crate::state::{Span, State};

/// So long a page waits for what this process kicked a moment ago to be committed. A Store that is locked or full can
/// often be read still: then pages show what it has.
const PATIENCE: Duration = Duration::from_millis(250);

/// So long a page waits for the answer to a question, rather than as long as the options of the Store say.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks a Store what is not asked of a view, within the time that a page waits.
pub(crate) fn limited<T>(ask: impl FnOnce() -> T) -> T {
    TimeLimit::run(TIMEOUT, ask)
}

/// Makes what this process kicked visible to the reads of a page, as far as that does not take long.
pub(crate) fn fresh(staste: &Staste) {
    let _ = staste.flush_within(PATIENCE);
}

/// A Metrica, and what is to be shown of it.
#[derive(Debug)]
pub(crate) struct Page {
    /// What addresses begin with.
    pub(crate) base: Arc<str>,
    pub(crate) metrica: Metrica,
    pub(crate) definition: Arc<Definition>,
    pub(crate) state: State,
    pub(crate) view: View,
    /// The timespan that charts over time have, with both its ends.
    pub(crate) span: Span,
    pub(crate) now: i64,
    /// True where there are pages that links can lead to.
    has_links: bool,
    /// Its place among the pages that are made at the moment.
    pub(crate) place: Arc<Place>,
}

impl Page {
    /// A Metrica as a state shows it, as of now.
    ///
    /// # Errors
    /// When the state asks for what the Metrica does not have.
    pub(crate) fn new(
        base: &Arc<str>,
        metrica: Metrica,
        definition: Arc<Definition>,
        state: State,
        place: &Arc<Place>,
    ) -> Result<Page> {
        let view = state.view(&metrica)?;
        let now = metrica.staste().clock().now();
        let span = closed(&view, &state.span, definition.zone.civil(now).unwrap_or_default())?;
        let (base, place) = (Arc::clone(base), Arc::clone(place));
        Ok(Page { base, metrica, definition, state, view, span, now, has_links: true, place })
    }

    /// The same Metrica in another state.
    ///
    /// # Errors
    /// When the state asks for what the Metrica does not have.
    pub(crate) fn in_state(&self, state: State) -> Result<Page> {
        let page =
            Page::new(&self.base, self.metrica.clone(), Arc::clone(&self.definition), state, &self.place)?;
        Ok(Page { has_links: self.has_links, ..page })
    }

    /// The same for a place where the pages that links lead to may not be.
    pub(crate) fn without_links(self) -> Page {
        Page { has_links: false, ..self }
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.definition.zone
    }

    /// The present as clocks in the zone show it.
    pub(crate) fn local_now(&self) -> DateTime {
        self.zone().civil(self.now).unwrap_or_default()
    }

    /// The view of charts over time.
    ///
    /// # Errors
    /// When the ends of the timespan are none.
    pub(crate) fn course_view(&self) -> Result<View> {
        Ok(self.view.timespan(self.span.timespan()?))
    }

    /// The timespan before, of the same length.
    pub(crate) fn span_before(&self) -> Option<Span> {
        self.state.span.before(self.local_now(), self.definition.week_start)
    }

    /// The address of the page in another state.
    pub(crate) fn link(&self, state: &State) -> String {
        format!("{}/m/{}{}", self.base, self.definition.name, state.query())
    }

    /// The id of a chart: on a page of its own its name, elsewhere one that no other chart has.
    pub(crate) fn id(&self, chart: &str, axis: Option<&str>) -> String {
        if self.has_links {
            return chart.to_owned();
        }
        [chart, &self.definition.name, axis.unwrap_or_default()].join("-")
    }

    /// The same, where links lead anywhere.
    pub(crate) fn link_to(&self, state: &State) -> Option<String> {
        self.has_links.then(|| self.link(state))
    }

    /// The address of a chart of its own, in the same state.
    pub(crate) fn below(&self, what: &str, axis: Option<&str>) -> String {
        let query = self.state.query();
        // Names of axes are letters, digits, `_`, `.` and `-`.
        let axis = axis.map(|axis| format!("{}axis={axis}", if query.is_empty() { "?" } else { "&" }));
        format!("{}/m/{}/{what}{query}{}", self.base, self.definition.name, axis.unwrap_or_default())
    }

    /// The axes in their order.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &str> {
        self.definition.axes.iter().map(|axis| axis.name.as_str())
    }

    /// The measures that the Metrica has.
    pub(crate) fn measures(&self) -> &'static [Measure] {
        Measure::all_of(&self.definition)
    }

    /// What a chart of the page is called.
    pub(crate) fn meta(&self, id: &str, title: impl Into<Name>) -> Meta {
        let title = title.into();
        let description = format!("{title}: {} of {}.", self.state.show.name(), self.what());
        Meta { id: id.to_owned(), description: Name::from(description), title }
    }

    /// What a chart by itself is called: it says of what it is, too, unless it has a title of its own.
    pub(crate) fn meta_alone(&self, id: &str, usual: &str, title: Option<&Name>) -> Meta {
        let title = title.cloned().unwrap_or_else(|| Name::from(format!("{usual}: {}", self.what())));
        Meta { title, ..self.meta(id, usual) }
    }

    /// What is looked at: `guests, 7 days, gender girl`.
    pub(crate) fn what(&self) -> String {
        let mut what = format!("{}, {}", self.definition.name, self.state.span.name());
        for (axis, choice) in &self.state.filter {
            what.push_str(&format!(", {axis} {}", text_format::display(choice)));
        }
        what
    }

    /// What is shown of a reading.
    pub(crate) fn number(&self, reading: &Reading) -> Option<Number> {
        Number::of(self.state.show, reading)
    }

    /// True when the numbers shown are whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.state.show.is_whole(self.definition.multiplier)
    }
}
