//! The pages of Staste: charts and a dashboard, as a function from request to response.
//!
//! [`Web::answer`] takes a request and gives a response: no socket, no runtime. Charts alone are in [`chart`].

mod admission;
mod assets;
pub mod chart;
mod closed;
mod comparison;
mod course;
mod export;
mod extent;
mod health;
mod hours;
mod layout;
mod metrica_page;
mod offer;
mod overview;
mod page;
mod panel;
mod pivot;
mod refusal;
mod reply;
#[cfg(feature = "axum")]
mod router;
mod seed;
mod single;
mod state;
mod views;
mod web;

pub use assets::page_style_sheet;
pub use offer::Offer;
pub use refusal::Cause;
pub use views::{LatestCountAndAverageChart, PieChart, TimelineChart, TimeserieChart};
pub use web::{Web, WebOptions};
