//! `Site`: the page of the demo, with a form to be counted by and charts of what was.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::{get, post};
use maud::{Markup, html};
use staste::{Metrica, Scale, Staste, Timespan, choices};
use staste_tower::RequestLayer;
use staste_web::chart::Number;
use staste_web::{LatestCountAndAverageChart, PieChart, TimeserieChart, Web, WebOptions};
use tokio::sync::Notify;

use super::generator::Generator;
use super::guests::GENDERS;
use crate::failure::Result;

/// Where the dashboard is.
const BASE: &str = "/staste";
/// A longer form is none of ours.
const LONGEST_FORM: usize = 1024;
/// Nobody is older.
const OLDEST: u8 = 130;

/// The page of the demo, beside the dashboard.
#[derive(Clone)]
pub(super) struct Site {
    guests: Metrica,
    requests: RequestLayer,
    web: Web,
    traffic: Generator,
    served: Arc<Notify>,
}

impl Site {
    /// The site, and what tells that its page was served.
    pub(super) fn new(staste: &Staste, guests: Metrica, traffic: Generator) -> Result<(Site, Arc<Notify>)> {
        let mut options = WebOptions::default();
        options.base = BASE.to_owned();
        let web = Web::new(staste.clone(), options);
        let served = Arc::new(Notify::new());
        let requests = RequestLayer::named(staste, "requests")?;
        Ok((Site { guests, requests, web, traffic, served: Arc::clone(&served) }, served))
    }

    /// What answers.
    pub(super) fn router(self) -> Result<Router> {
        let layer = self.requests.clone();
        let (page, guest, switch) = (self.clone(), self.clone(), self.clone());
        let router = Router::new()
            .route("/", get(move |request: Request| page.page(request)))
            .route("/guest", post(move |request: Request| guest.guest(request)))
            .route("/traffic", post(move |request: Request| switch.switch(request)))
            .merge(self.web.router());
        Ok(router.layer(layer))
    }

    async fn page(self, request: Request) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let request = Request::from_parts(parts, ());
        let served = Arc::clone(&self.served);
        let answered = tokio::task::spawn_blocking(move || {
            let body = self.body().ok()?;
            Some(self.web.dressed(&request, "Staste: the demo", &html! { h1 { "Who is here?" } }, &body))
        });
        let answered = answered.await;
        // Kept by the notification until somebody waits for it.
        served.notify_one();
        match answered {
            Ok(Some(response)) => response.map(Body::from),
            Ok(None) | Err(_) => said(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.\n"),
        }
    }

    fn body(&self) -> staste::Result<Markup> {
        let all = self.guests.total()?;
        let today = self.guests.timespan(Timespan::last(1, Scale::Day)?).total()?;
        Ok(html! {
            section.card.guest {
                form method="post" action="/guest" {
                    label { "Your gender "
                        select name="gender" { @for gender in GENDERS { option { (gender) } } }
                    }
                    label { "your age " input type="number" name="age" min="0" max=(OLDEST) value="18" required; }
                    button.first { "I am here" }
                }
                form method="post" action="/traffic" {
                    input type="hidden" name="on" value=(if self.traffic.is_on() { "no" } else { "yes" });
                    button { (if self.traffic.is_on() { "Stop made-up guests" } else { "Let made-up guests come" }) }
                }
                p.dim { "You and the made-up guests are kicks of the metrica guests, in a store that goes when the demo ends." }
            }
            section.card data-part="guests" {
                h2 { "The last hour, by gender" }
                dl.summary {
                    div.big { dt { "guests in all" } dd { (Number::from(all).full()) } }
                    div.big { dt { "today" } dd { (Number::from(today).full()) } }
                }
                (TimeserieChart::new(&self.guests).axis("gender").title("Guests by gender, the last hour").query("last=60m").figure("")?)
            }
            div.panels {
                section.card data-part="gender" {
                    h2 { "By gender, today" }
                    (PieChart::new(&self.guests).axis("gender").query("last=1d").figure("")?)
                }
                section.card data-part="country" {
                    h2 { "By country, today" }
                    (PieChart::new(&self.guests).axis("country").query("last=1d").figure("")?)
                }
            }
            section.card data-part="requests" {
                h2 { "Requests for these pages, and how many seconds they took" }
                (LatestCountAndAverageChart::new(self.requests.metrica()).title("Requests by minute").figure("")?)
            }
            p {
                a href={ (BASE) "/m/guests" } { "Everything about the guests" } " \u{b7} "
                a href={ (BASE) "/m/requests?show=average" } { "everything about the requests" } " \u{b7} "
                a href=(BASE) { "all metricas" }
            }
        })
    }

    /// Counts who filled in the form.
    async fn guest(self, request: Request) -> Response<Body> {
        let Some(fields) = form(request).await else { return refused() };
        let field =
            |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let age = field("age").and_then(|age| age.parse::<u8>().ok()).filter(|age| *age <= OLDEST);
        let (Some(gender), Some(age)) = (field("gender"), age) else { return refused() };
        match self.guests.kick(choices! { gender: gender, age: age }) {
            Ok(()) => back(),
            Err(_) => refused(),
        }
    }

    async fn switch(self, request: Request) -> Response<Body> {
        let Some(fields) = form(request).await else { return refused() };
        self.traffic.switch(fields.iter().any(|(name, value)| name == "on" && value == "yes"));
        back()
    }
}

/// The fields of a form of our own page; none where another page sent it, or it is none.
async fn form(request: Request) -> Option<Vec<(String, String)>> {
    if !is_own(request.headers()) {
        return None;
    }
    let body = to_bytes(request.into_body(), LONGEST_FORM).await.ok()?;
    Some(form_urlencoded::parse(&body).into_owned().collect())
}

/// False when a browser says that a page of another site sent it; older ones tell the origin alone.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_here = |origin: &str| origin.strip_prefix("http://") == text("host");
    headers.get("origin").is_none_or(|_| text("origin").is_some_and(is_here))
        && headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none")
}

/// To the page, which shows what changed.
fn back() -> Response<Body> {
    let mut response = said(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, header::HeaderValue::from_static("/"));
    response
}

fn refused() -> Response<Body> {
    said(StatusCode::BAD_REQUEST, "Give your gender, girl or boy, and your age in years, 0 to 130.\n")
}

fn said(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response
}
