//! The pages of Staste: charts and a dashboard, as a function from request to response.

pub mod chart;
