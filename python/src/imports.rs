//! Objects of Python modules that the adapter uses, each imported once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

macro_rules! imports {
    ($($(#[$doc:meta])* $function:ident: $type:ty = $module:literal, $name:literal;)+) => {$(
        $(#[$doc])*
        pub(crate) fn $function(py: Python<'_>) -> PyResult<&Bound<'_, $type>> {
            static OBJECT: PyOnceLock<Py<$type>> = PyOnceLock::new();
            OBJECT.import(py, $module, $name)
        }
    )+};
}

imports! {
    /// The function that returns the configured Store.
    default_store: PyAny = "staste._default_store", "store";
    /// The function that returns the zone of new metricas for which neither program nor Store sets one.
    default_zone: PyAny = "staste._default_store", "default_zone";
    /// The function that returns the text of a choice that is not a `str`.
    choice_text: PyAny = "staste._choice_text", "choice_text";
    /// `staste.UNSET`.
    unset: PyAny = "staste.special_choices", "UNSET";
    /// `staste.OTHER`.
    other: PyAny = "staste.special_choices", "OTHER";
    datetime: PyType = "datetime", "datetime";

    base_error: PyType = "staste.errors", "Error";
    input_error: PyType = "staste.errors", "InputError";
    axis_error: PyType = "staste.errors", "AxisError";
    conflict: PyType = "staste.errors", "Conflict";
    not_retained: PyType = "staste.errors", "NotRetained";
    not_recorded: PyType = "staste.errors", "NotRecorded";
    unavailable: PyType = "staste.errors", "Unavailable";
    kicks_dropped: PyType = "staste.errors", "KicksDropped";

    reading: PyType = "staste.results", "Reading";
    choice_total: PyType = "staste.results", "ChoiceTotal";
    pivot_total: PyType = "staste.results", "PivotTotal";
    pivot_reading: PyType = "staste.results", "PivotReading";
    series_reading: PyType = "staste.results", "SeriesReading";
    histogram_bin: PyType = "staste.results", "HistogramBin";
    share: PyType = "staste.results", "Share";
    metrica_definition: PyType = "staste.results", "MetricaDefinition";
    axis_definition: PyType = "staste.results", "AxisDefinition";
}
