//! The pages and charts: what is asked for in, what is answered out.

use http::Request;
use http::header::IF_NONE_MATCH;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use staste::Scale;
use staste_web::{
    Cause, LatestCountAndAverageChart, PieChart, TimelineChart, TimeserieChart, WebOptions,
    chart::style_sheet, page_style_sheet,
};

use crate::error::{misused, raised, refused};
use crate::handle::Staste;
use crate::metrica::Metrica;

/// Status, headers, body, and why the Store could not be asked, where that is it.
type Answer<'py> = (u16, Vec<(String, String)>, Bound<'py, PyBytes>, Option<String>);

/// The pages of everything that is counted in a Store.
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

    /// Answers a request by its method, its path with its query as they were sent, and the tags that are known.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        address: &str,
        if_none_match: Option<&str>,
    ) -> PyResult<Answer<'py>> {
        let request = request(py, method, address, if_none_match)?;
        let response = py.detach(|| self.inner.answer(&request));
        Ok(told(py, response))
    }
}

/// A chart of a Metrica, of a kind such as `pie`.
#[derive(Debug)]
enum Chart {
    Pie(PieChart),
    Timeline(TimelineChart),
    Timeserie(TimeserieChart),
    Latest(LatestCountAndAverageChart),
}

macro_rules! with {
    ($chart:expr, $view:ident => $what:expr) => {
        match $chart {
            Chart::Pie($view) => $what,
            Chart::Timeline($view) => $what,
            Chart::Timeserie($view) => $what,
            Chart::Latest($view) => $what,
        }
    };
}

/// What the visitors of a chart may choose, as its author lists it.
#[pyclass(frozen, module = "staste._staste")]
#[derive(Debug)]
pub(crate) struct Offer {
    inner: staste_web::Offer,
}

#[pymethods]
impl Offer {
    /// An offer of what is listed; None for the scales and formats of the chart itself.
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
        let wrong = |error: staste::Error| misused(error.to_string());
        let offer = staste_web::Offer::new().axes(axes).filters(filters);
        let mut offer = offer.periods(periods).and_then(|offer| offer.measures(measures)).map_err(wrong)?;
        if let Some(scales) = scales {
            let scales: staste::Result<Vec<Scale>> = scales.iter().map(|name| Scale::parse(name)).collect();
            offer = offer.scales(scales.map_err(wrong)?);
        }
        if let Some(formats) = formats {
            offer = offer.formats(formats).map_err(wrong)?;
        }
        Ok(Offer { inner: if comparison { offer.comparison() } else { offer } })
    }
}

/// What the author of a chart gives, as Python has it.
#[derive(FromPyObject)]
pub(crate) struct Given<'py> {
    kind: String,
    axis: Option<String>,
    title: Option<String>,
    query: String,
    offer: Option<Bound<'py, Offer>>,
}

macro_rules! made {
    ($variant:ident, $view:ident, $metrica:expr, $given:expr) => {{
        let mut view = $view::new($metrica).query(&$given.query);
        if let Some(axis) = &$given.axis {
            view = view.axis(axis);
        }
        if let Some(title) = &$given.title {
            view = view.title(title);
        }
        if let Some(offer) = &$given.offer {
            view = view.offer(offer.get().inner.clone());
        }
        Chart::$variant(view)
    }};
}

impl Chart {
    fn new(metrica: &staste::Metrica, given: &Given<'_>) -> PyResult<Chart> {
        Ok(match given.kind.as_str() {
            "pie" => made!(Pie, PieChart, metrica, given),
            "timeline" => made!(Timeline, TimelineChart, metrica, given),
            "timeserie" => made!(Timeserie, TimeserieChart, metrica, given),
            "latest" => made!(Latest, LatestCountAndAverageChart, metrica, given),
            kind => {
                let words = format!("{kind:?} is no chart: there are pie, timeline, timeserie and latest");
                return Err(misused(words));
            }
        })
    }
}

/// A chart as markup for a page: its title, its figure, and what it can be switched to. `query` is the visitor's.
#[pyfunction]
pub(crate) fn figure(
    py: Python<'_>,
    metrica: &Bound<'_, Metrica>,
    given: Given<'_>,
    query: &str,
) -> PyResult<(String, String, String)> {
    let metrica = metrica.get().in_force(py)?;
    let chart = Chart::new(&metrica, &given)?;
    let drawn = py.detach(|| with!(&chart, view => view.drawing(query)));
    let drawn = drawn.map_err(|error| raised(py, &error))?;
    let controls = py.detach(|| with!(&chart, view => view.controls(query)));
    let controls = controls.map_err(|error| raised(py, &error))?.into_string();
    Ok((drawn.title().to_string(), drawn.figure().into_string(), controls))
}

/// Answers a request for a chart that stands alone.
#[pyfunction]
pub(crate) fn answer_chart<'py>(
    py: Python<'py>,
    metrica: &Bound<'py, Metrica>,
    given: Given<'py>,
    method: &str,
    address: &str,
    if_none_match: Option<&str>,
) -> PyResult<Answer<'py>> {
    let metrica = metrica.get().in_force(py)?;
    let chart = Chart::new(&metrica, &given)?;
    let request = request(py, method, address, if_none_match)?;
    let response = py.detach(|| with!(&chart, view => view.answer(&request)));
    Ok(told(py, response))
}

/// The style sheet that figures need on a page, or that of whole pages.
#[pyfunction]
#[pyo3(name = "style_sheet")]
pub(crate) fn style(whole: bool) -> String {
    if whole { page_style_sheet().to_owned() } else { style_sheet() }
}

fn request(
    py: Python<'_>,
    method: &str,
    address: &str,
    if_none_match: Option<&str>,
) -> PyResult<Request<()>> {
    let mut request = Request::builder().method(method).uri(address);
    if let Some(known) = if_none_match {
        request = request.header(IF_NONE_MATCH, known);
    }
    request.body(()).map_err(|error| refused(py, format!("{address:?} is no address: {error}")))
}

fn told(py: Python<'_>, response: http::Response<Vec<u8>>) -> Answer<'_> {
    let (head, body) = response.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let cause = head.extensions.get().map(|Cause(error)| error.to_string());
    (head.status.as_u16(), headers, PyBytes::new(py, &body), cause)
}
