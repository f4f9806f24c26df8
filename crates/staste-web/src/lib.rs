//! The pages of Staste: charts and a dashboard, as a function from request to response.
//!
//! [`Web::answer`] takes a request and returns a response: no socket, no runtime. Drawings of charts alone are in [`drawing`].

mod assets;
mod charts;
mod compression;
mod context;
mod controls;
pub mod drawing;
mod embedded_charts;
mod error_response;
mod offer;
mod page_queue;
mod pages;
mod readings;
mod request;
mod response;
#[cfg(feature = "axum")]
mod router;
mod store_access;
mod table_export;
mod web;

pub use assets::page_style_sheet;
pub use embedded_charts::{
    EmbeddedChart, LatestCountAndAverageChart, PieChart, TimelineChart, TimeserieChart,
};
pub use offer::Offer;
pub use response::ServerError;
pub use web::{Web, WebOptions};
