//! Pages and charts: adapts requests and responses.

use http::Request;
use http::header::IF_NONE_MATCH;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use staste::Scale;
use staste_web::{EmbeddedChart, ServerError, WebOptions, drawing};

use crate::error::{exception, input_error, type_error};
use crate::handle::Staste;
use crate::metrica::Metrica;

/// A response to a request.
#[pyclass(frozen, get_all, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Py<PyBytes>,
    /// The error of the store, if that is why the status is 500 or above.
    store_error: Option<String>,
}

/// The dashboard of a store.
#[pyclass(frozen, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Web {
    inner: staste_web::Web,
}

#[pymethods]
impl Web {
    #[new]
    fn new(store: &Bound<'_, Staste>, base: String, frame_ancestors: String) -> Web {
        let mut options = WebOptions::default();
        options.base = base;
        options.frame_ancestors = frame_ancestors;
        Web { inner: staste_web::Web::new(store.get().inner.clone(), options) }
    }

    /// Return the response to a request: its method, its path with the query as it was sent, and the header If-None-Match.
    fn answer(
        &self,
        py: Python<'_>,
        method: &str,
        path: &str,
        if_none_match: Option<&str>,
    ) -> PyResult<Response> {
        let request = request(py, method, path, if_none_match)?;
        Ok(Response::new(py, py.detach(|| self.inner.answer(&request))))
    }
}

impl Response {
    fn new(py: Python<'_>, response: http::Response<Vec<u8>>) -> Response {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Response {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body: PyBytes::new(py, &body).unbind(),
            store_error: head.extensions.get().map(|ServerError(error)| error.to_string()),
        }
    }
}

/// The parameters of a chart that its visitors may choose.
#[pyclass(frozen, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Offer {
    inner: staste_web::Offer,
}

#[pymethods]
impl Offer {
    /// Return an offer. None as `scales` or `formats` means those that the chart has by default.
    #[new]
    #[pyo3(signature = (*, axes, filters, periods, scales, formats, measures, comparison))]
    fn new(
        axes: Vec<String>,
        filters: Vec<String>,
        periods: Vec<String>,
        scales: Option<Vec<String>>,
        formats: Option<Vec<String>>,
        measures: Vec<String>,
        comparison: bool,
    ) -> PyResult<Offer> {
        let invalid = |error: staste::Error| type_error(error.to_string());
        let offer = staste_web::Offer::new().axes(axes).filters(filters);
        let mut offer = offer.periods(periods).and_then(|offer| offer.measures(measures)).map_err(invalid)?;
        if let Some(scales) = scales {
            let scales: staste::Result<Vec<Scale>> = scales.iter().map(|name| Scale::parse(name)).collect();
            offer = offer.scales(scales.map_err(invalid)?);
        }
        if let Some(formats) = formats {
            offer = offer.formats(formats).map_err(invalid)?;
        }
        Ok(Offer { inner: if comparison { offer.comparison() } else { offer } })
    }
}

/// The attributes of a chart that its author sets. See `ChartSpec` in `staste.charts.views`.
#[derive(FromPyObject)]
pub(crate) struct ChartSpec<'py> {
    kind: String,
    axis: Option<String>,
    title: Option<String>,
    query: String,
    offer: Option<Bound<'py, Offer>>,
}

impl ChartSpec<'_> {
    /// The chart of a Metrica.
    fn chart(&self, metrica: &staste::Metrica) -> PyResult<EmbeddedChart> {
        let chart = EmbeddedChart::new(&self.kind, metrica).map_err(|error| type_error(error.to_string()))?;
        let mut chart = chart.query(&self.query);
        if let Some(axis) = &self.axis {
            chart = chart.axis(axis);
        }
        if let Some(title) = &self.title {
            chart = chart.title(title);
        }
        if let Some(offer) = &self.offer {
            chart = chart.offer(offer.get().inner.clone());
        }
        Ok(chart)
    }
}

/// A chart as HTML for a page.
#[pyclass(frozen, get_all, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct RenderedChart {
    title: String,
    figure: String,
    /// Links and forms by which a visitor chooses parameters.
    controls: String,
}

/// Return a chart as HTML. `query` is that of the visitor's request.
#[pyfunction]
pub(crate) fn render_chart(
    py: Python<'_>,
    metrica: &Bound<'_, Metrica>,
    spec: ChartSpec<'_>,
    query: &str,
) -> PyResult<RenderedChart> {
    let metrica = metrica.get().current(py)?;
    let chart = spec.chart(&metrica)?;
    let drawing = py.detach(|| chart.drawing(query));
    let drawing = drawing.map_err(|error| exception(py, &error))?;
    let controls = py.detach(|| chart.controls(query));
    let controls = controls.map_err(|error| exception(py, &error))?.into_string();
    Ok(RenderedChart { title: drawing.title().to_string(), figure: drawing.figure().into_string(), controls })
}

/// Return the response to a request for a single chart.
#[pyfunction]
pub(crate) fn answer_chart(
    py: Python<'_>,
    metrica: &Bound<'_, Metrica>,
    spec: ChartSpec<'_>,
    method: &str,
    path: &str,
    if_none_match: Option<&str>,
) -> PyResult<Response> {
    let metrica = metrica.get().current(py)?;
    let chart = spec.chart(&metrica)?;
    let request = request(py, method, path, if_none_match)?;
    Ok(Response::new(py, py.detach(|| chart.answer(&request))))
}

/// Return the style sheet that figures need.
#[pyfunction]
pub(crate) fn chart_style_sheet() -> String {
    drawing::style_sheet()
}

/// Return the style sheet of whole pages.
#[pyfunction]
pub(crate) fn page_style_sheet() -> &'static str {
    staste_web::page_style_sheet()
}

fn request(py: Python<'_>, method: &str, path: &str, if_none_match: Option<&str>) -> PyResult<Request<()>> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tags) = if_none_match {
        request = request.header(IF_NONE_MATCH, tags);
    }
    request.body(()).map_err(|error| input_error(py, format!("invalid request {method} {path:?}: {error}")))
}
