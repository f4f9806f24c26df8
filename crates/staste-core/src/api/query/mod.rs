//! Queries: a view of a Metrica, and the readings, breakdowns and series that it returns.

mod breakdown;
mod forget;
mod matching_choices;
mod metrica_queries;
mod percentiles;
mod query_answer;
mod query_context;
mod query_cost;
mod readings;
mod series;
mod series_by;
mod view;

pub use matching_choices::MatchingChoices;
pub use query_cost::QueryCost;
pub use series::Series;
pub use series_by::SeriesLine;
pub use view::View;
