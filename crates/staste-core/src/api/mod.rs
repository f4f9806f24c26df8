//! The handles that users hold: a Store with its Recorder, a Metrica, a view of it.

mod bound_point;
mod bulk_writer;
mod metrica;
mod metrica_builder;
mod staste;
mod view;

pub use bound_point::BoundPoint;
pub use bulk_writer::BulkWriter;
pub use metrica::Metrica;
pub use metrica_builder::MetricaBuilder;
pub use staste::Staste;
pub(crate) use view::retry_stale;
pub use view::{Series, SeriesLine, View, ViewExtent};
