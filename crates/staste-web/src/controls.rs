//! The controls of a chart's page: links to other axes and scales, and a form to choose a view.

use maud::{Markup, html};
use staste_core::{Choice, Result, Scale, text_format};

use crate::charts::Chart;
use crate::context::PageContext;
use crate::context::timespan::suits;
use crate::drawing::SafeText;
use crate::request::parameters::{Parameters, filtered_axis};
use crate::store_access::with_read_timeout;

/// The axis that the form of views filters by.
pub(crate) const VIEW_AXIS: &str = "view";
/// The form lists this many views.
const MAX_VIEWS: usize = 500;

/// The controls that are offered to a visitor.
#[derive(Debug)]
pub(crate) struct Controls {
    /// The axes to switch to.
    pub(crate) axes: Vec<String>,
    /// The scales to switch to.
    pub(crate) scales: Vec<Scale>,
    /// True when a view may be chosen.
    pub(crate) views: bool,
}

impl Controls {
    /// All controls of a chart.
    pub(crate) fn all(chart: &dyn Chart, context: &PageContext) -> Controls {
        Controls {
            axes: context.axes().map(str::to_owned).collect(),
            scales: chart.switches().scales().to_vec(),
            views: true,
        }
    }

    /// The controls as markup; most charts have none. Links keep the rest of the visitor's query. `keeps_timespan` is true
    /// where the timespan does not follow from the scale.
    ///
    /// # Errors
    /// When the Store cannot be read.
    pub(crate) fn markup(
        &self,
        chart: &dyn Chart,
        context: &PageContext,
        visitor: &Parameters,
        keeps_timespan: bool,
    ) -> Result<Markup> {
        let switches = chart.switches();
        let has_views = switches.views && self.views && context.axes().any(|axis| axis == VIEW_AXIS);
        if !switches.axes && switches.scale.is_none() && !switches.views {
            return Ok(html! {});
        }
        Ok(html! {
            div.controls {
                @if switches.axes && self.axes.len() > 1 { (self.axis_links(context, visitor)) }
                @if let Some((parameter, _)) = switches.scale && !self.scales.is_empty() {
                    (self.scale_links(context, visitor, parameter, keeps_timespan))
                }
                @if has_views { (view_form(context, visitor)?) }
            }
        })
    }

    fn axis_links(&self, context: &PageContext, visitor: &Parameters) -> Markup {
        let chosen = context.request.axis.as_deref().or_else(|| context.axes().next());
        html! {
            ul.tabs aria-label="Axis" {
                @for axis in &self.axes {
                    (tab(axis, Some(axis.as_str()) == chosen, &visitor.with(&["axis", "show_axis"], "show_axis", axis)))
                }
            }
        }
    }

    /// The scales that suit the timespan; where it follows from the scale, all.
    fn scale_links(
        &self,
        context: &PageContext,
        visitor: &Parameters,
        parameter: &str,
        keeps_timespan: bool,
    ) -> Markup {
        let current = context.scale();
        let is_shown =
            |scale: &Scale| !keeps_timespan || suits(&context.request.timespan, *scale) || *scale == current;
        html! {
            ul.tabs aria-label="Scale" {
                @for scale in self.scales.iter().copied().filter(is_shown) {
                    (tab(scale.name(), scale == current, &visitor.with(&["scale", "timescale"], parameter, scale.name())))
                }
            }
        }
    }
}

/// A form to choose a view, which sends the rest of the query along.
fn view_form(context: &PageContext, visitor: &Parameters) -> Result<Markup> {
    let chosen = context.request.filtered_to(VIEW_AXIS);
    let index = context.definition.axis_index(VIEW_AXIS)?;
    let store = context.metrica.staste().store();
    let mut views = match with_read_timeout(|| store.choices(&context.definition, index)) {
        // The Store has nothing of the Metrica yet.
        Err(error) if error.is_stale() => Vec::new(),
        known => known?,
    };
    let more = views.len().saturating_sub(MAX_VIEWS);
    views.truncate(MAX_VIEWS);
    if let Some(chosen) = chosen.filter(|chosen| !views.contains(chosen)) {
        views.push(chosen.clone());
    }
    let is_value = |view: &&Choice| !matches!(view, Choice::Unset | Choice::Other | Choice::All);
    let is_of_view = |name: &str, value: &str| {
        name == VIEW_AXIS || (name == "filter" && filtered_axis(value) == VIEW_AXIS)
    };
    Ok(html! {
        form.views method="get" data-send {
            @for (name, value) in visitor.iter().filter(|(name, value)| !is_of_view(name, value)) {
                input type="hidden" name=(name) value=(value);
            }
            label {
                "View "
                select name=(VIEW_AXIS) {
                    option value="" { "all" }
                    @for view in views.iter().filter(is_value) {
                        option value=(text_format::choice(view)) selected[Some(view) == chosen] { (SafeText::from(view)) }
                    }
                    @if more > 0 { option disabled { (more) " more" } }
                }
            }
            button { "Show" }
        }
    })
}

fn tab(name: &str, is_current: bool, address: &str) -> Markup {
    html! { li { a href=(address) aria-current=[is_current.then_some("page")] { (name) } } }
}
