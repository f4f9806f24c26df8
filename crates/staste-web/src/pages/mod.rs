//! The pages: the overview, that of a Metrica, and that of a single chart.

mod cap_warning;
pub(crate) mod chart_page;
mod comparison;
pub(crate) mod health_warning;
pub(crate) mod layout;
pub(crate) mod metrica_page;
pub(crate) mod overview;
