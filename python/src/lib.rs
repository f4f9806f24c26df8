//! What Python calls of Staste: glue and the mapping of errors. What is counted and how is the business of `staste`.

mod bulk;
mod choice;
mod clock;
mod detached;
mod error;
mod handle;
mod log;
mod metrica;
mod moment;
mod program;
mod spec;
mod sql;
mod total;
mod value;
mod view;
mod web;

use pyo3::prelude::*;

/// The private module behind the package `staste`.
#[pymodule(name = "_staste", gil_used = true)]
mod module {
    #[pymodule_export]
    const MEASURES: [&str; crate::view::MEASURES.len()] = crate::view::MEASURES;

    #[pymodule_export]
    use crate::bulk::Bulk;
    #[pymodule_export]
    use crate::clock::FixedClock;
    #[pymodule_export]
    use crate::handle::Staste;
    #[pymodule_export]
    use crate::metrica::{Metrica, Point, reconfigured};
    #[pymodule_export]
    use crate::program::run;
    #[pymodule_export]
    use crate::view::View;
    #[pymodule_export]
    use crate::web::{Offer, Web, answer_chart, figure, style};
}
