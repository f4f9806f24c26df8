//! `Web`: the pages of a Store, as a function from request to response.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use maud::{Markup, html};
use percent_encoding::percent_decode_str;
use staste_core::formats::Buckets;
use staste_core::text_format::printable;
use staste_core::{Definition, Staste, Timespan};

use crate::assets::{self, VERSION};
use crate::charts;
use crate::context::PageContext;
use crate::controls::Controls;
use crate::error_response::ErrorResponse;
use crate::page_queue::{PageQueue, Permit};
use crate::pages::chart_page::ChartPage;
use crate::pages::health_warning::HealthWarning;
use crate::pages::layout::Layout;
use crate::pages::metrica_page::MetricaPage;
use crate::pages::overview::overview;
use crate::request::chart_request::{ChartQuery, ChartRequest};
use crate::request::format::Format;
use crate::request::parameters::Parameters;
use crate::response::{PageResponse, frame_ancestors};
use crate::store_access::{flush_pending, with_read_timeout};

/// Options of the pages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebOptions {
    /// The path that every address starts with, such as `/staste` where the pages are mounted there; usually empty.
    pub base: String,
    /// The sites that may frame single charts, as in the directive `frame-ancestors` of a content security policy:
    /// `'self'`, `*`, or a list such as `https://example.org`.
    pub frame_ancestors: String,
}

impl Default for WebOptions {
    fn default() -> WebOptions {
        WebOptions { base: String::new(), frame_ancestors: "'self'".to_owned() }
    }
}

/// The pages of everything that is counted in a Store. They open no socket and need no runtime: the server passes
/// requests in and sends the responses.
///
/// Each request blocks until the Store was read. Pages have no users: the server decides who may see them.
///
/// ```
/// use staste_core::{Axis, MemoryStore, Staste};
/// use staste_web::{WebOptions, Web};
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
/// guests.kick([("gender", "girl")])?;
/// let web = Web::new(staste, WebOptions::default());
/// let response = web.answer(&http::Request::get("/m/guests").body(()).unwrap());
/// assert_eq!(response.status(), 200);
/// assert!(String::from_utf8(response.into_body()).unwrap().contains("girl"));
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Web {
    staste: Staste,
    base: Arc<str>,
    frame_ancestors: Arc<str>,
}

impl Web {
    /// The pages of the Store of a handle.
    pub fn new(staste: Staste, options: WebOptions) -> Web {
        let ancestors = frame_ancestors(&options.frame_ancestors);
        let base = options.base.trim_matches('/');
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        Web { staste, base: base.into(), frame_ancestors: ancestors.into() }
    }

    /// The path that every address starts with: empty, or such as `/staste`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Responds to every request with a page, also where the request is invalid or the Store cannot be read. Then a
    /// response with status 500 and above has the [`ServerError`](crate::ServerError) in its extensions.
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let response = self.route(request).unwrap_or_else(|error| self.respond_to_error(request, error));
        response.response(request, &self.frame_ancestors)
    }

    /// Puts a page of a site into the layout of these pages, with their style and script.
    pub fn dressed<B>(
        &self,
        request: &Request<B>,
        title: &str,
        heading: &Markup,
        body: &Markup,
    ) -> Response<Vec<u8>> {
        let page = Layout { base: &self.base, title, is_live: true }.page(heading, body);
        PageResponse::page(page).response(request, &self.frame_ancestors)
    }

    fn respond_to_error<B>(&self, request: &Request<B>, error: ErrorResponse) -> PageResponse {
        let path = request.uri().path();
        let (_, format) = Format::split(path);
        // On the overview operators see the problem, also when the Store cannot be reached.
        let is_overview = matches!(path.strip_prefix(&*self.base), Some("" | "/"));
        let warning = match error.status.is_server_error() && is_overview {
            true => HealthWarning::of_process(&self.staste).markup(),
            false => html! {},
        };
        // The settings of a page are in its query: without them, it can be shown.
        let is_of_settings = request.uri().query().is_some() && error.status.is_client_error();
        let without_query = Some(path).filter(|_| is_of_settings && error.status != StatusCode::NOT_FOUND);
        error.respond(format, |message| {
            let layout = Layout { base: &self.base, title: "Staste", is_live: false };
            PageResponse::page(layout.message(&warning, message, without_query))
        })
    }

    fn route<B>(&self, request: &Request<B>) -> Result<PageResponse, ErrorResponse> {
        ErrorResponse::check(request)?;
        let no_page = || ErrorResponse::not_found("There is no such page.");
        let path = request.uri().path().strip_prefix(&*self.base).ok_or_else(no_page)?;
        if !path.is_empty() && !path.starts_with('/') {
            return Err(no_page());
        }
        let parts: Option<Vec<String>> = path
            .split('/')
            .skip(1)
            .map(|part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned))
            .collect();
        let parts = parts.ok_or_else(no_page)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let ["static", version, name] = parts.as_slice() {
            let asset = (*version == *VERSION).then(|| assets::asset(name)).flatten();
            return asset.ok_or_else(no_page);
        }
        let parameters = Parameters::parse(request.uri().query().unwrap_or_default());
        let permit = Arc::new(PageQueue::of_process().enter()?);
        match parts.as_slice() {
            [] | [""] => {
                flush_pending(&self.staste);
                Ok(overview(&self.staste, &self.base, &parameters)?)
            }
            ["m", name] => self.metrica_page(name, &parameters, &permit),
            ["m", name, "metrics"] => self.metrics_page(name, &parameters, &permit),
            ["m", name, file] => self.chart_page(name, file, &parameters, &permit),
            _ => Err(no_page()),
        }
    }

    fn metrica_page(
        &self,
        name: &str,
        parameters: &Parameters,
        permit: &Arc<Permit>,
    ) -> Result<PageResponse, ErrorResponse> {
        let definition = self.definition(name)?;
        let request = ChartRequest::of_page(parameters, &definition)?;
        let page = MetricaPage { context: self.context(definition, request, permit)? };
        Ok(PageResponse::page(page.markup()?))
    }

    fn chart_page(
        &self,
        name: &str,
        file: &str,
        parameters: &Parameters,
        permit: &Arc<Permit>,
    ) -> Result<PageResponse, ErrorResponse> {
        let definition = self.definition(name)?;
        let (chart, format) = Format::split(file);
        let chart = charts::find(chart).ok_or_else(|| {
            let names = charts::names_in_words(|_| true);
            ErrorResponse::not_found(format!("There is no such chart: there are {names}."))
        })?;
        let query = ChartQuery::new(&Parameters::default(), parameters, &chart.legacy_defaults())?;
        let request = query.request(&definition)?;
        let context = self.context(definition, request, permit)?;
        let page = ChartPage {
            chart,
            format,
            controls: Controls::all(chart, &context),
            context,
            visitor: parameters,
            names_timespan: query.names_timespan,
            title: None,
        };
        Ok(page.respond_framed()?)
    }

    /// The histogram of a Metrica as Prometheus reads it: of all time unless the address names a timespan, by the axes of
    /// `by`, with the bounds of `buckets`.
    fn metrics_page(
        &self,
        name: &str,
        parameters: &Parameters,
        permit: &Arc<Permit>,
    ) -> Result<PageResponse, ErrorResponse> {
        let definition = self.definition(name)?;
        let mut request = ChartRequest::of_page(parameters, &definition)?;
        if !parameters.name_a_timespan() {
            request.timespan = Timespan::EVER;
        }
        let named = |wanted: &'static str| {
            parameters.filled().filter(move |(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let buckets =
            named("buckets").last().map_or_else(|| Buckets::default_of(&definition), Buckets::parse)?;
        let axes: Vec<&str> = named("by").collect();
        let context = self.context(definition, request, permit)?;
        Ok(PageResponse::prometheus(context.view.prometheus_histogram(&axes, &buckets)?))
    }

    fn context(
        &self,
        definition: Arc<Definition>,
        request: ChartRequest,
        permit: &Arc<Permit>,
    ) -> Result<PageContext, ErrorResponse> {
        let metrica = self.staste.metrica_from_definition(&definition);
        Ok(PageContext::new(&self.base, metrica, definition, request, permit)?)
    }

    /// The definition of a Metrica.
    fn definition(&self, name: &str) -> Result<Arc<Definition>, ErrorResponse> {
        flush_pending(&self.staste);
        let found = with_read_timeout(|| self.staste.store().definitions(Some(name)))?.pop();
        found.ok_or_else(|| {
            let shown: String = name.chars().take(100).collect();
            let shown = printable(&shown);
            ErrorResponse::not_found(format!("No metrica named \u{201c}{shown}\u{201d}."))
        })
    }
}
