//! Single charts of a Metrica, to be shown anywhere in a site.

use std::sync::Arc;

use http::{Request, Response};
use maud::{Markup, html};
use staste_core::{Error, Metrica, Result};

use crate::admission::Admission;
use crate::chart::{Drawing, Name};
use crate::layout::alone;
use crate::offer::{Offer, Own};
use crate::page::{Page, fresh, limited};
use crate::refusal::Refusal;
use crate::reply::{Reply, frame_ancestors};
use crate::single::{Asked, Controls, Form};
use crate::state::State;

/// What all of them are.
#[derive(Clone, Debug)]
struct Single {
    name: &'static str,
    metrica: Metrica,
    axis: Option<String>,
    title: Option<Name>,
    /// What is shown when a visitor chooses nothing.
    query: String,
    offer: Offer,
    frame_ancestors: String,
}

/// A chart as a visitor gets it, once it is clear that it is offered.
struct Admitted<'a> {
    asked: Asked<'a>,
    page: Page,
    controls: Controls<'a>,
}

impl Single {
    fn new(name: &'static str, metrica: &Metrica) -> Single {
        Single {
            name,
            metrica: metrica.clone(),
            axis: None,
            title: None,
            query: String::new(),
            offer: Offer::new(),
            frame_ancestors: "'self'".to_owned(),
        }
    }

    fn drawing(&self, query: &str) -> Result<Drawing> {
        let Admitted { asked, page, .. } = self.admitted(query)?;
        self.drawn(&page, &asked)
    }

    fn controls(&self, query: &str) -> Result<Markup> {
        let Admitted { asked, page, controls } = self.admitted(query)?;
        page.controls(&asked, &controls)
    }

    /// The chart that a visitor's query asks for, if all of it is offered.
    fn admitted<'a>(&'a self, query: &'a str) -> Result<Admitted<'a>> {
        let place = Arc::new(Admission::of_process().enter()?);
        fresh(self.metrica.staste());
        let definition = limited(|| self.metrica.definition())?;
        let asked = Asked::parse(self.name, Form::Framed, &self.query, "")?;
        let state = State::parse(&asked.query, &definition)?;
        let first = || definition.axes.first().map(|axis| axis.name.clone());
        // The others show no axis unless they are split by one.
        let first = || matches!(self.name, "pie" | "timeserie").then(first).flatten();
        let axis = asked.axis.clone().or_else(|| self.axis.clone()).or_else(first);
        let own = Own { asked, state, axis };

        let mut asked = Asked::parse(self.name, Form::Framed, &self.query, query)?;
        self.offer.check_names(&asked, &own, &definition)?;
        asked.form = format(query)?.unwrap_or(Form::Framed);
        let state = State::parse(&asked.query, &definition)?;
        self.offer.check_time(&asked, &state, &own)?;
        asked.axis = asked.axis.or_else(|| self.axis.clone());
        let controls = self.offer.controls(&own, &definition);
        let page =
            Page::new(&Arc::from(""), self.metrica.clone(), definition, state, &place)?.without_links();
        Ok(Admitted { asked, page, controls })
    }

    fn drawn(&self, page: &Page, asked: &Asked<'_>) -> Result<Drawing> {
        page.drawn(asked, self.title.as_ref())
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let query = request.uri().query().unwrap_or_default();
        let reply = match Refusal::of(request) {
            Some(refusal) => Err(refusal),
            None => self.reply(query).map_err(Refusal::from),
        };
        let reply = reply.unwrap_or_else(|refusal| {
            let form = format(query).ok().flatten().unwrap_or(Form::Framed);
            refusal.reply(form, |words| Reply::alone(alone("Staste", &html! { p { (Name::from(words)) } })))
        });
        reply.response(request, &self.frame_ancestors)
    }

    fn reply(&self, query: &str) -> Result<Reply> {
        let Admitted { asked, page, controls } = self.admitted(query)?;
        let drawing = self.drawn(&page, &asked)?;
        Ok(match page.file(&asked, &drawing) {
            Some(file) => file,
            None => Reply::alone(alone(drawing.title(), &page.card(&asked, &controls, &drawing)?)),
        })
    }
}

/// The form that a query names.
fn format(query: &str) -> Result<Option<Form>> {
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "format");
    let Some((_, format)) = given else { return Ok(None) };
    let form = Form::of(&format);
    form.map(Some)
        .ok_or_else(|| Error::input(format!("{format:?} is no format: there are html, svg, json and csv")))
}

macro_rules! views {
    ($($(#[$doc:meta])* $view:ident as $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $view(Single);

        impl $view {
            /// The chart of a Metrica.
            pub fn new(metrica: &Metrica) -> $view {
                $view(Single::new($name, metrica))
            }

            /// The same chart by an axis; the first unless one is given.
            #[must_use]
            pub fn axis(mut self, axis: &str) -> $view {
                self.0.axis = Some(axis.to_owned());
                self
            }

            /// The same chart under a title.
            #[must_use]
            pub fn title(mut self, title: &str) -> $view {
                self.0.title = Some(title.into());
                self
            }

            /// The same chart showing what a query says, such as `last=30d&filter=gender=girl`, unless a visitor chooses
            /// otherwise. It is the author's: all that it names may be shown, offered or not.
            #[must_use]
            pub fn query(mut self, query: &str) -> $view {
                self.0.query = query.to_owned();
                self
            }

            /// The same chart with what its visitors may choose; nothing unless it is offered.
            #[must_use]
            pub fn offer(mut self, offer: Offer) -> $view {
                self.0.offer = offer;
                self
            }

            /// Which sites may frame its page: [`WebOptions::frame_ancestors`](crate::WebOptions::frame_ancestors).
            #[must_use]
            pub fn frame_ancestors(mut self, sites: &str) -> $view {
                self.0.frame_ancestors = frame_ancestors(sites);
                self
            }

            /// The chart that a visitor's query asks for: the timespan, filters and so on, as the addresses of pages
            /// have them, or as those of 2011 had. [`query`](Self::query) is for what the author chooses.
            ///
            /// # Errors
            /// When the query is invalid or chooses what is not [offered](Self::offer), or the Store cannot be reached.
            pub fn drawing(&self, query: &str) -> Result<Drawing> {
                self.0.drawing(query)
            }

            /// The same as a figure, for a page whose style sheet holds that of [`style_sheet`](crate::chart::style_sheet).
            ///
            /// # Errors
            /// As [`drawing`](Self::drawing).
            pub fn figure(&self, query: &str) -> Result<Markup> {
                Ok(self.drawing(query)?.figure())
            }

            /// What it can be switched to, as links and a select that lead to the same address with another query; most
            /// charts have none. Its style is in [`page_style_sheet`](crate::page_style_sheet).
            ///
            /// # Errors
            /// As [`drawing`](Self::drawing).
            pub fn controls(&self, query: &str) -> Result<Markup> {
                self.0.controls(query)
            }

            /// Answers a request at whatever address: a page of its own that needs nothing beside it, or with
            /// `format=svg`, `json` or `csv` in its query the picture or the numbers.
            pub fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
                self.0.answer(request)
            }

            /// A route of axum that [answers](Self::answer) so.
            ///
            /// ```
            /// # use staste_core::{Axis, MemoryStore, Staste};
            #[doc = concat!("use staste_web::", stringify!($view), ";")]
            /// # let staste = Staste::new(MemoryStore::new());
            /// # let guests = staste.metrica("guests").axis("gender", Axis::stored()).build()?;
            #[doc = concat!("let chart = ", stringify!($view), "::new(&guests).axis(\"gender\");")]
            /// let site: axum::Router = axum::Router::new().route("/charts/guests", chart.route());
            /// # let _ = site;
            /// # Ok::<(), staste_core::Error>(())
            /// ```
            #[cfg(feature = "axum")]
            pub fn route<S: Clone + Send + Sync + 'static>(self) -> axum::routing::MethodRouter<S> {
                crate::router::any_request(move |request| self.answer(request))
            }
        }
    )+};
}

views! {
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
    PieChart as "pie";
    /// Bars over time.
    TimelineChart as "timeline";
    /// A line for each of the largest choices on an axis, and one for the total.
    TimeserieChart as "timeserie";
    /// Counts as bars and averages as a line, of the last half an hour, or by hour of two days. Its Metrica must
    /// be averaged.
    LatestCountAndAverageChart as "latest";
}
