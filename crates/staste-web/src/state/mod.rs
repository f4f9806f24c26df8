//! `State`: what a page of a Metrica shows, which is what its address says.

mod labels;
mod parse;
mod span;
mod write;

use std::time::Duration;

use staste_core::{Choice, Measure, Metrica, Result, Scale, View};

pub(crate) use labels::Labels;
pub(crate) use span::{MOST_PERIODS, Span, too_many};

use crate::page::TIMEOUT;

/// What a page of a Metrica shows. It is read from the query of an address and written back into one, so that
/// every state can be linked to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The timespan.
    pub(crate) span: Span,
    /// The scale of charts over time; none for one that suits the timespan.
    pub(crate) scale: Option<Scale>,
    /// The number shown.
    pub(crate) show: Measure,
    /// The axis that the course is split by.
    pub(crate) split: Option<String>,
    /// True when the course that is split has no line for the total.
    pub(crate) hides_total: bool,
    /// The choices it is narrowed to, by axis.
    pub(crate) filter: Vec<(String, Choice)>,
    /// True when it is compared with the timespan before.
    pub(crate) compare: bool,
    /// Two axes that are shown against each other.
    pub(crate) pivot: Option<(String, String)>,
    /// How charts tell times.
    pub(crate) labels: Labels,
    /// An axis all of whose choices are listed.
    pub(crate) all: Option<String>,
}

impl State {
    /// The view of the Metrica that it shows.
    ///
    /// # Errors
    /// When the Metrica has no such axis or choice.
    pub(crate) fn view(&self, metrica: &Metrica) -> Result<View> {
        let view = metrica.filter(self.filter.iter().map(|(axis, choice)| (axis, choice)))?;
        // Once a page, it is made fresh.
        Ok(view.timespan(self.span.timespan()?).max_age(Duration::MAX).timeout(TIMEOUT))
    }

    /// The same, narrowed to a choice in place of what was chosen on its axis.
    pub(crate) fn narrowed(&self, axis: &str, choice: &Choice) -> State {
        let mut state = self.without(axis);
        if *choice != Choice::All {
            state.filter.push((axis.to_owned(), choice.clone()));
        }
        // A split by an axis that has one choice left says nothing.
        if state.split.as_deref() == Some(axis) && choice.as_path().is_none() {
            state.split = None;
        }
        state
    }

    /// The same, whatever the choice on an axis.
    pub(crate) fn without(&self, axis: &str) -> State {
        let mut state = self.clone();
        state.filter.retain(|(known, _)| known != axis);
        state.all = None;
        state
    }

    /// The same of another timespan, at a scale that suits it.
    pub(crate) fn during(&self, span: Span) -> State {
        State { span, scale: None, ..self.clone() }
    }
}
