//! The public handles: a Store with its Recorder, a Metrica, its bound points and views.

mod bound_point;
mod bulk_writer;
mod metrica;
mod metrica_builder;
mod query;
mod staste;

pub use bound_point::BoundPoint;
pub use bulk_writer::BulkWriter;
pub use metrica::Metrica;
pub use metrica_builder::MetricaBuilder;
pub use query::{MatchingChoices, QueryCost, Series, SeriesLine, View};
pub use staste::Staste;
