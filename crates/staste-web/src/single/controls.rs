//! What a single chart can be switched to: axes and scales by links, views by a select.

use form_urlencoded::Serializer;
use maud::{Markup, html};
use staste_core::{Choice, Result, Scale, text_format};

use super::given::Asked;
use super::merged::filtered_axis;
use crate::chart::Name;
use crate::offer::own_scales;
use crate::page::{Page, limited};

/// The axis whose choices the latest counts and averages are narrowed to.
pub(crate) const VIEW: &str = "view";
/// More views than this are too many to choose from.
const MOST_VIEWS: usize = 500;

/// What the controls of a chart lead to.
#[derive(Debug)]
pub(crate) struct Controls<'a> {
    pub(crate) axes: Vec<String>,
    pub(crate) scales: &'a [Scale],
    pub(crate) views: bool,
}

impl Page {
    /// The controls of a chart that offers everything.
    pub(crate) fn all_controls(&self, asked: &Asked<'_>) -> Controls<'static> {
        Controls {
            axes: self.axes().map(str::to_owned).collect(),
            scales: own_scales(asked.name),
            views: true,
        }
    }

    /// The controls of a chart; most have none.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn controls(&self, asked: &Asked<'_>, offered: &Controls<'_>) -> Result<Markup> {
        Ok(match asked.name {
            "timeserie" => html! {
                div.controls {
                    @if offered.axes.len() > 1 { (self.axis_tabs(asked, &offered.axes)) }
                    @if !offered.scales.is_empty() { (self.scale_tabs(asked, "timescale", offered.scales)) }
                }
            },
            "latest" => html! {
                div.controls {
                    @if !offered.scales.is_empty() { (self.scale_tabs(asked, "scale", offered.scales)) }
                    @if offered.views && self.axes().any(|axis| axis == VIEW) { (self.views(asked)?) }
                }
            },
            _ => html! {},
        })
    }

    fn axis_tabs(&self, asked: &Asked<'_>, axes: &[String]) -> Markup {
        let chosen = asked.axis.as_deref().or_else(|| self.axes().next());
        html! {
            ul.tabs aria-label="Axis" {
                @for axis in axes {
                    (tab(axis, Some(axis.as_str()) == chosen, &switched(asked.address, &["axis", "show_axis"], "show_axis", axis)))
                }
            }
        }
    }

    /// The scales that can be shown of the timespan; of one that follows from the scale, all.
    fn scale_tabs(&self, asked: &Asked<'_>, name: &str, scales: &[Scale]) -> Markup {
        let suits =
            |scale: &Scale| !asked.names_a_time || self.state.span.suits(*scale) || *scale == self.scale();
        html! {
            ul.tabs aria-label="Scale" {
                @for scale in scales.iter().copied().filter(suits) {
                    (tab(scale.name(), scale == self.scale(), &switched(asked.address, &["scale", "timescale"], name, scale.name())))
                }
            }
        }
    }

    /// The select of views.
    fn views(&self, asked: &Asked<'_>) -> Result<Markup> {
        let chosen = self.state.filter.iter().find(|(axis, _)| axis == VIEW).map(|(_, choice)| choice);
        let index = self.definition.axis_index(VIEW)?;
        let mut views = match limited(|| self.metrica.staste().store().choices(&self.definition, index)) {
            // The Store knows nothing of the Metrica yet.
            Err(error) if error.is_stale() => Vec::new(),
            known => known?,
        };
        let more = views.len().saturating_sub(MOST_VIEWS);
        views.truncate(MOST_VIEWS);
        if let Some(chosen) = chosen.filter(|chosen| !views.contains(chosen)) {
            views.push(chosen.clone());
        }
        let is_value = |view: &&Choice| !matches!(view, Choice::Unset | Choice::Other | Choice::All);
        let rest = form_urlencoded::parse(asked.address.as_bytes())
            .filter(|(name, value)| name != VIEW && !(name == "filter" && filtered_axis(value) == VIEW));
        Ok(html! {
            form.views method="get" data-send {
                @for (name, value) in rest { input type="hidden" name=(name) value=(value); }
                label {
                    "View "
                    select name=(VIEW) {
                        option value="" { "all" }
                        @for view in views.iter().filter(is_value) {
                            option value=(text_format::choice(view)) selected[Some(view) == chosen] { (Name::from(view)) }
                        }
                        @if more > 0 { option disabled { (more) " more" } }
                    }
                }
                button { "Show" }
            }
        })
    }
}

fn tab(name: &str, is_chosen: bool, address: &str) -> Markup {
    html! { li { a href=(address) aria-current=[is_chosen.then_some("page")] { (name) } } }
}

/// The query with another value in place of those of some names; the rest stays.
fn switched(address: &str, names: &[&str], name: &str, value: &str) -> String {
    let mut query = Serializer::for_suffix("?".to_owned(), 1);
    query.extend_pairs(
        form_urlencoded::parse(address.as_bytes()).filter(|(known, _)| !names.contains(&&**known)),
    );
    query.append_pair(name, value);
    query.finish()
}
