//! `Site`: the page of the demo, with a form to add a guest and live charts.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::{get, post};
use maud::{Markup, html};
use staste::{Measure, Metrica, Scale, Staste, Timespan, choices};
use staste_tower::RequestLayer;
use staste_web::drawing::Number;
use staste_web::{EmbeddedChart, PieChart, TimelineChart, TimeserieChart, Web, WebOptions};
use tokio::sync::Notify;

use super::generator::Generator;
use super::guests::GENDERS;
use crate::failure::Result;

/// Path of the dashboard.
const DASHBOARD: &str = "/staste";
/// Maximum length of a form in bytes.
const MAX_FORM_BYTES: usize = 1024;
/// Maximum age of a guest.
const MAX_AGE: u8 = 130;

/// The page of the demo together with the dashboard.
#[derive(Clone)]
pub(super) struct Site {
    guests: Metrica,
    requests: RequestLayer,
    web: Web,
    generator: Generator,
    page_served: Arc<Notify>,
}

impl Site {
    /// Returns the site and a notification that is sent when its page was served.
    pub(super) fn new(staste: &Staste, guests: Metrica, generator: Generator) -> Result<(Site, Arc<Notify>)> {
        let mut options = WebOptions::default();
        options.base = DASHBOARD.to_owned();
        let web = Web::new(staste.clone(), options);
        let page_served = Arc::new(Notify::new());
        let requests = RequestLayer::named(staste, "requests")?;
        Ok((Site { guests, requests, web, generator, page_served: Arc::clone(&page_served) }, page_served))
    }

    /// Returns the router of the page, its forms and the dashboard.
    pub(super) fn router(self) -> Result<Router> {
        let layer = self.requests.clone();
        let (page, guest, generator) = (self.clone(), self.clone(), self.clone());
        let router = Router::new()
            .route("/", get(move |request: Request| page.page(request)))
            .route("/guest", post(move |request: Request| guest.add_guest(request)))
            .route("/traffic", post(move |request: Request| generator.switch_generator(request)))
            .merge(self.web.router());
        Ok(router.layer(layer))
    }

    async fn page(self, request: Request) -> Response<Body> {
        let (parts, _) = request.into_parts();
        let request = Request::from_parts(parts, ());
        let page_served = Arc::clone(&self.page_served);
        let response = tokio::task::spawn_blocking(move || {
            let body = self.body().ok()?;
            Some(self.web.dressed(&request, "Staste: the demo", &html! { h1 { "Who is here?" } }, &body))
        });
        let response = response.await;
        // The notification is kept until the server waits for it.
        page_served.notify_one();
        match response {
            Ok(Some(response)) => response.map(Body::from),
            Ok(None) | Err(_) => {
                text_response(StatusCode::INTERNAL_SERVER_ERROR, "The page cannot be shown.\n")
            }
        }
    }

    fn body(&self) -> staste::Result<Markup> {
        let (all, requests) = (self.guests.total()?, self.requests.metrica());
        let today = self.guests.timespan(Timespan::last(1, Scale::Day)?).total()?;
        Ok(html! {
            section.card.guest {
                form method="post" action="/guest" {
                    label { "Your gender "
                        select name="gender" { @for gender in GENDERS { option { (gender) } } }
                    }
                    label { "your age " input type="number" name="age" min="0" max=(MAX_AGE) value="18" required; }
                    button.first { "I am here" }
                }
                form method="post" action="/traffic" {
                    input type="hidden" name="on" value=(if self.generator.is_on() { "no" } else { "yes" });
                    button { (if self.generator.is_on() { "Stop simulated visitors" } else { "Start simulated visitors" }) }
                }
                p.dim { "You and the simulated visitors are counted in the metrica guests, in a store that is deleted when the demo ends." }
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
                h2 { "The response times of these pages, the last hour" }
                (self.response_times()?)
                (TimelineChart::new(requests).title("Response times by minute").query("last=60m").figure("")?)
            }
            section.card data-part="spread" {
                h2 { "The same as a heatmap: the stronger the color, the more requests" }
                (EmbeddedChart::new("spread", requests)?.title("Response times by minute").query("last=60m").figure("")?)
            }
            p {
                a href={ (DASHBOARD) "/m/guests" } { "Everything about the guests" } " \u{b7} "
                a href={ (DASHBOARD) "/m/requests" } { "everything about the requests" } " \u{b7} "
                a href=(DASHBOARD) { "all metricas" }
            }
        })
    }

    /// The percentiles of the response times in the last hour, and the number of requests.
    fn response_times(&self) -> staste::Result<Markup> {
        let requests = self.requests.metrica();
        let definition = requests.definition()?;
        let reading = requests.timespan(Timespan::last(60, Scale::Minute)?).with_distribution().read()?;
        let percentiles = definition.measures().iter().filter(|measure| measure.is_percentile());
        let shown = percentiles
            .map(|measure| (measure.to_string(), *measure))
            .chain([("requests".to_owned(), Measure::Count)]);
        let unit = |measure| definition.labels.unit.as_ref().filter(|_| measure != Measure::Count);
        let text = |measure| {
            let number = Number::of(measure, &reading).map(|number| number.in_unit(unit(measure)));
            number.map_or("\u{2013}".to_owned(), |number| number.short())
        };
        Ok(html! {
            dl.summary {
                @for (name, measure) in shown {
                    div.big { dt { (name) } dd { (text(measure)) } }
                }
            }
        })
    }

    /// Counts the guest of the form.
    async fn add_guest(self, request: Request) -> Response<Body> {
        let Some(fields) = form(request).await else { return invalid_form() };
        let field =
            |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        let age = field("age").and_then(|age| age.parse::<u8>().ok()).filter(|age| *age <= MAX_AGE);
        let (Some(gender), Some(age)) = (field("gender"), age) else { return invalid_form() };
        match self.guests.kick(choices! { gender: gender, age: age }) {
            Ok(()) => redirect_to_page(),
            Err(_) => invalid_form(),
        }
    }

    async fn switch_generator(self, request: Request) -> Response<Body> {
        let Some(fields) = form(request).await else { return invalid_form() };
        self.generator.set(fields.iter().any(|(name, value)| name == "on" && value == "yes"));
        redirect_to_page()
    }
}

/// Returns the fields of a form, or none if another site sent it or it is invalid.
async fn form(request: Request) -> Option<Vec<(String, String)>> {
    if !is_same_origin(request.headers()) {
        return None;
    }
    let body = to_bytes(request.into_body(), MAX_FORM_BYTES).await.ok()?;
    Some(form_urlencoded::parse(&body).into_owned().collect())
}

/// Returns false if the browser reports that a page of another site sent the request. Older browsers send only the
/// origin.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_here = |origin: &str| origin.strip_prefix("http://") == text("host");
    headers.get("origin").is_none_or(|_| text("origin").is_some_and(is_here))
        && headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none")
}

/// Redirects to the page, which shows the change.
fn redirect_to_page() -> Response<Body> {
    let mut response = text_response(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, header::HeaderValue::from_static("/"));
    response
}

fn invalid_form() -> Response<Body> {
    text_response(
        StatusCode::BAD_REQUEST,
        "Give your gender, girl or boy, and your age in years, 0 to 130.\n",
    )
}

fn text_response(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
