//! The pages and charts: what is asked for in, what is answered out.

use http::Request;
use http::header::IF_NONE_MATCH;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use staste_web::{
    Cause, LatestCountAndAverageChart, Options, PieChart, TimelineChart, TimeserieChart, chart::style_sheet,
    page_style_sheet,
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
        let mut options = Options::default();
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

macro_rules! made {
    ($variant:ident, $view:ident, $metrica:expr, $axis:expr, $title:expr) => {{
        let mut view = $view::new($metrica);
        if let Some(axis) = $axis {
            view = view.axis(axis);
        }
        if let Some(title) = $title {
            view = view.title(title);
        }
        Chart::$variant(view)
    }};
}

impl Chart {
    fn new(
        kind: &str,
        metrica: &staste::Metrica,
        axis: Option<&str>,
        title: Option<&str>,
    ) -> PyResult<Chart> {
        Ok(match kind {
            "pie" => made!(Pie, PieChart, metrica, axis, title),
            "timeline" => made!(Timeline, TimelineChart, metrica, axis, title),
            "timeserie" => made!(Timeserie, TimeserieChart, metrica, axis, title),
            "latest" => made!(Latest, LatestCountAndAverageChart, metrica, axis, title),
            _ => {
                let words = format!("{kind:?} is no chart: there are pie, timeline, timeserie and latest");
                return Err(misused(words));
            }
        })
    }
}

/// A chart as markup for a page: its title, its figure, and what it can be switched to.
#[pyfunction]
pub(crate) fn figure(
    py: Python<'_>,
    metrica: &Bound<'_, Metrica>,
    kind: &str,
    axis: Option<&str>,
    title: Option<&str>,
    query: &str,
) -> PyResult<(String, String, String)> {
    let metrica = metrica.get().in_force(py)?;
    let chart = Chart::new(kind, &metrica, axis, title)?;
    let drawn = py.detach(|| with!(&chart, view => view.drawing(query)));
    let drawn = drawn.map_err(|error| raised(py, &error))?;
    let controls = py.detach(|| with!(&chart, view => view.controls(query)));
    let controls = controls.map_err(|error| raised(py, &error))?.into_string();
    Ok((drawn.title().to_string(), drawn.figure().into_string(), controls))
}

/// Answers a request for a chart that stands alone.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "all of them from one place")]
pub(crate) fn answer_chart<'py>(
    py: Python<'py>,
    metrica: &Bound<'py, Metrica>,
    kind: &str,
    axis: Option<&str>,
    title: Option<&str>,
    method: &str,
    address: &str,
    if_none_match: Option<&str>,
) -> PyResult<Answer<'py>> {
    let metrica = metrica.get().in_force(py)?;
    let chart = Chart::new(kind, &metrica, axis, title)?;
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
