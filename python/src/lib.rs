//! The private extension module behind the Python package: adapts the library `staste` and converts its errors.

mod bound_point;
mod bulk_writer;
mod choice;
mod clock;
mod description;
mod detach_on_drop;
mod error;
mod handle;
mod imports;
mod log;
mod metrica;
mod moment;
mod number;
mod program;
mod series;
mod sql;
mod view;
mod web;

use pyo3::prelude::*;

/// The extension module `staste._staste`.
#[pymodule(name = "_staste", gil_used = true)]
mod module {
    #[pymodule_export]
    const MEASURES: [&str; crate::view::MEASURES.len()] = crate::view::MEASURES;

    #[pymodule_export]
    use crate::bound_point::BoundPoint;
    #[pymodule_export]
    use crate::bulk_writer::BulkWriter;
    #[pymodule_export]
    use crate::clock::FixedClock;
    #[pymodule_export]
    use crate::handle::Staste;
    #[pymodule_export]
    use crate::metrica::{Metrica, default_store_changed};
    #[pymodule_export]
    use crate::program::run;
    #[pymodule_export]
    use crate::view::View;
    #[pymodule_export]
    use crate::web::{
        Offer, RenderedChart, Response, Web, answer_chart, chart_style_sheet, page_style_sheet, render_chart,
    };
}
