//! The axes that are nearly at their caps, which the overview shows above the metricas.

use maud::{Markup, html};
use staste_core::AxisUsage;

use crate::drawing::SafeText;

/// Returns the warning as a section of a page; empty without such axes.
pub(crate) fn cap_warning(base: &str, axes: &[AxisUsage]) -> Markup {
    if axes.is_empty() {
        return html! {};
    }
    html! {
        section.card.troubles data-part="caps" role="status" {
            h2 { "Axes nearly at their caps" }
            ul {
                @for axis in axes {
                    li { p { a href={ (base) "/m/" (axis.metrica) } { (SafeText::from(axis.to_string())) } } }
                }
                li {
                    p.dim {
                        "Raise a cap with " code { "staste define METRICA --axis AXIS --cap AXIS=NUMBER" }
                        ", or remove choices with " code { "staste forget" } "."
                    }
                }
            }
        }
    }
}
