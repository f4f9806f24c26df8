//! Single charts of a Metrica, to be shown anywhere in a site.

use std::sync::Arc;

use http::{Request, Response};
use maud::{Markup, html};
use staste_core::{Error, Metrica, Result};

use crate::charts::{self, Chart};
use crate::context::PageContext;
use crate::drawing::{Drawing, SafeText};
use crate::error_response::ErrorResponse;
use crate::offer::Offer;
use crate::offer::check::AuthorChoice;
use crate::page_queue::PageQueue;
use crate::pages::chart_page::ChartPage;
use crate::pages::layout::standalone;
use crate::request::chart_request::ChartQuery;
use crate::request::format::Format;
use crate::request::parameters::Parameters;
use crate::response::{PageResponse, frame_ancestors};
use crate::store_access::{flush_pending, with_read_timeout};

/// A single chart of a Metrica, to be shown anywhere in a site.
///
/// ```
/// use staste_core::{Axis, MemoryStore, Staste};
/// use staste_web::EmbeddedChart;
/// let staste = Staste::new(MemoryStore::new());
/// let guests = staste.metrica("guests").axis("gender", Axis::stored()).build()?;
/// guests.kick([("gender", "girl")])?;
/// let chart = EmbeddedChart::new("top", &guests)?.axis("gender");
/// assert!(chart.figure("")?.into_string().contains("girl"));
/// assert!(EmbeddedChart::new("scatter", &guests).unwrap_err().is_invalid_input());
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddedChart {
    chart: &'static dyn Chart,
    metrica: Metrica,
    axis: Option<String>,
    title: Option<SafeText>,
    /// The author's query, which holds where the visitor chooses nothing.
    query: Parameters,
    offer: Offer,
    frame_ancestors: String,
}

impl EmbeddedChart {
    /// The chart of a name, such as `pie`.
    ///
    /// # Errors
    /// When no chart of this name can be embedded.
    pub fn new(name: &str, metrica: &Metrica) -> Result<EmbeddedChart> {
        let chart = charts::find(name).filter(|chart| chart.can_be_embedded()).ok_or_else(|| {
            let names = charts::names_in_words(|chart| chart.can_be_embedded());
            Error::invalid_input(format!("invalid chart {name:?}: expected one of {names}"))
        })?;
        Ok(EmbeddedChart::of(chart, metrica))
    }

    fn of(chart: &'static dyn Chart, metrica: &Metrica) -> EmbeddedChart {
        EmbeddedChart {
            chart,
            metrica: metrica.clone(),
            axis: None,
            title: None,
            query: Parameters::default(),
            offer: Offer::new(),
            frame_ancestors: "'self'".to_owned(),
        }
    }

    /// Shows an axis; the first unless one is given.
    #[must_use]
    pub fn axis(mut self, axis: &str) -> EmbeddedChart {
        self.axis = Some(axis.to_owned());
        self
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, title: &str) -> EmbeddedChart {
        self.title = Some(title.into());
        self
    }

    /// Shows what a query names, such as `last=30d&filter=gender=girl`, unless a visitor chooses otherwise. It is the
    /// author's: everything it names may be shown, offered or not.
    #[must_use]
    pub fn query(mut self, query: &str) -> EmbeddedChart {
        self.query = Parameters::parse(query);
        self
    }

    /// Sets what visitors may choose; nothing unless it is offered.
    #[must_use]
    pub fn offer(mut self, offer: Offer) -> EmbeddedChart {
        self.offer = offer;
        self
    }

    /// Sets which sites may frame its page: [`WebOptions::frame_ancestors`](crate::WebOptions::frame_ancestors).
    #[must_use]
    pub fn frame_ancestors(mut self, sites: &str) -> EmbeddedChart {
        self.frame_ancestors = frame_ancestors(sites);
        self
    }

    /// Draws the chart that a visitor's query requests: the timespan, filters and so on, as in addresses of pages today
    /// or in 2011. [`query`](Self::query) is for the author's choice.
    ///
    /// # Errors
    /// When the query is invalid or chooses what is not [offered](Self::offer), or the Store cannot be read.
    pub fn drawing(&self, query: &str) -> Result<Drawing> {
        let visitor = Parameters::parse(query);
        let page = self.page(&visitor)?;
        self.chart.draw(&page.context, &page.caption()?)
    }

    /// The same as a figure, for a page whose style sheet has [`style_sheet`](crate::drawing::style_sheet).
    ///
    /// # Errors
    /// As [`drawing`](Self::drawing).
    pub fn figure(&self, query: &str) -> Result<Markup> {
        Ok(self.drawing(query)?.figure())
    }

    /// The controls of the chart: links and a form to the same address with another query; most charts have none. Their
    /// style is in [`page_style_sheet`](crate::page_style_sheet).
    ///
    /// # Errors
    /// As [`drawing`](Self::drawing).
    pub fn controls(&self, query: &str) -> Result<Markup> {
        self.page(&Parameters::parse(query))?.controls()
    }

    /// Responds to a request at any address: with a page that loads nothing else, or with `format=svg`, `json` or `csv` in
    /// its query with the picture or the numbers.
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let visitor = Parameters::parse(request.uri().query().unwrap_or_default());
        let checked = ErrorResponse::check(request);
        let response = checked.and_then(|()| self.respond(&visitor).map_err(ErrorResponse::from));
        let response = response.unwrap_or_else(|error| {
            let format = Format::of_query(&visitor).unwrap_or(Format::Html);
            error.respond(format, |message| {
                PageResponse::standalone(standalone("Staste", &html! { p { (SafeText::from(message)) } }))
            })
        });
        response.response(request, &self.frame_ancestors)
    }

    /// A route of axum that [answers](Self::answer) requests.
    ///
    /// ```
    /// # use staste_core::{Axis, MemoryStore, Staste};
    /// use staste_web::EmbeddedChart;
    /// # let staste = Staste::new(MemoryStore::new());
    /// # let guests = staste.metrica("guests").axis("gender", Axis::stored()).build()?;
    /// let chart = EmbeddedChart::new("pie", &guests)?.axis("gender");
    /// let site: axum::Router = axum::Router::new().route("/charts/guests", chart.route());
    /// # let _ = site;
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    #[cfg(feature = "axum")]
    pub fn route<S: Clone + Send + Sync + 'static>(self) -> axum::routing::MethodRouter<S> {
        crate::router::any_request(move |request| self.answer(request))
    }

    fn respond(&self, visitor: &Parameters) -> Result<PageResponse> {
        self.page(visitor)?.respond(|title, card| PageResponse::standalone(standalone(title, card)))
    }

    /// The chart that a visitor's query requests, if all of it is offered.
    fn page<'a>(&'a self, visitor: &'a Parameters) -> Result<ChartPage<'a>> {
        let permit = Arc::new(PageQueue::of_process().enter()?);
        flush_pending(self.metrica.staste());
        let definition = with_read_timeout(|| self.metrica.definition())?;
        let defaults = self.chart.legacy_defaults();
        let query = ChartQuery::new(&self.query, &Parameters::default(), &defaults)?;
        let request = query.request(&definition)?;
        let first = || definition.axes().next().map(|axis| axis.name.clone());
        let first = || self.chart.shows_axis().then(first).flatten();
        let axis = request.axis.clone().or_else(|| self.axis.clone()).or_else(first);
        let author = AuthorChoice { chart: self.chart, query, request, axis };

        let query = ChartQuery::new(&self.query, visitor, &defaults)?;
        self.offer.check_names(&query, &author, &definition)?;
        let format = Format::of_query(visitor)?;
        let mut request = query.request(&definition)?;
        self.offer.check_time(&query, &request, &author)?;
        request.axis = request.axis.or_else(|| self.axis.clone());
        let controls = self.offer.controls(&author, &definition);
        let context = PageContext::new(&Arc::from(""), self.metrica.clone(), definition, request, &permit)?;
        Ok(ChartPage {
            chart: self.chart,
            format,
            context: context.without_links(),
            controls,
            visitor,
            names_timespan: query.names_timespan,
            title: self.title.as_ref(),
        })
    }
}

/// Types for the charts of 2011, each of which is an [`EmbeddedChart`] of one name.
macro_rules! embedded_charts {
    ($($(#[$doc:meta])* $type:ident as $chart:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $type(EmbeddedChart);

        impl $type {
            /// The chart of a Metrica.
            pub fn new(metrica: &Metrica) -> $type {
                $type(EmbeddedChart::of(&$chart, metrica))
            }

            /// As [`EmbeddedChart::axis`].
            #[must_use]
            pub fn axis(self, axis: &str) -> $type {
                $type(self.0.axis(axis))
            }

            /// As [`EmbeddedChart::title`].
            #[must_use]
            pub fn title(self, title: &str) -> $type {
                $type(self.0.title(title))
            }

            /// As [`EmbeddedChart::query`].
            #[must_use]
            pub fn query(self, query: &str) -> $type {
                $type(self.0.query(query))
            }

            /// As [`EmbeddedChart::offer`].
            #[must_use]
            pub fn offer(self, offer: Offer) -> $type {
                $type(self.0.offer(offer))
            }

            /// As [`EmbeddedChart::frame_ancestors`].
            #[must_use]
            pub fn frame_ancestors(self, sites: &str) -> $type {
                $type(self.0.frame_ancestors(sites))
            }

            /// As [`EmbeddedChart::drawing`].
            ///
            /// # Errors
            /// As there.
            pub fn drawing(&self, query: &str) -> Result<Drawing> {
                self.0.drawing(query)
            }

            /// As [`EmbeddedChart::figure`].
            ///
            /// # Errors
            /// As there.
            pub fn figure(&self, query: &str) -> Result<Markup> {
                self.0.figure(query)
            }

            /// As [`EmbeddedChart::controls`].
            ///
            /// # Errors
            /// As there.
            pub fn controls(&self, query: &str) -> Result<Markup> {
                self.0.controls(query)
            }

            /// As [`EmbeddedChart::answer`].
            pub fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
                self.0.answer(request)
            }

            /// As [`EmbeddedChart::route`].
            #[cfg(feature = "axum")]
            pub fn route<S: Clone + Send + Sync + 'static>(self) -> axum::routing::MethodRouter<S> {
                self.0.route()
            }
        }

        impl From<$type> for EmbeddedChart {
            fn from(chart: $type) -> EmbeddedChart {
                chart.0
            }
        }
    )+};
}

embedded_charts! {
    /// The shares of the choices on an axis.
    ///
    /// ```
    /// use staste_core::{Axis, MemoryStore, Staste};
    /// use staste_web::PieChart;
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
    /// guests.kick([("gender", "girl")])?;
    /// let figure = PieChart::new(&guests).axis("gender").query("last=30d").figure("")?.into_string();
    /// assert!(figure.contains("girl") && figure.contains("100.0%"));
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    PieChart as charts::pie::Pie;
    /// Bars over time.
    TimelineChart as charts::timeline::Timeline;
    /// A line for each of the largest choices on an axis, and one for the total.
    TimeserieChart as charts::timeserie::Timeserie;
    /// Counts as bars and averages as a line, of the last half hour, or by hour of two days. Its Metrica must be averaged.
    LatestCountAndAverageChart as charts::latest::Latest;
}
