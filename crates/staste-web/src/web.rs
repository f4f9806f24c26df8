//! `Web`: the pages of a Store, as a function from request to response.

use std::sync::Arc;

use http::{Request, Response};
use maud::{Markup, html};
use percent_encoding::percent_decode_str;
use staste_core::Staste;

use crate::admission::{Admission, Place};
use crate::assets::{self, VERSION};
use crate::health::Health;
use crate::layout::Layout;
use crate::overview::overview;
use crate::page::{Page, fresh, limited};
use crate::refusal::Refusal;
use crate::reply::{Reply, frame_ancestors};
use crate::single::{Asked, CHARTS, Form};
use crate::state::State;

/// How pages are served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebOptions {
    /// What every address begins with, such as `/staste` where the pages are mounted there; usually nothing.
    pub base: String,
    /// Which sites may frame single charts, as the directive `frame-ancestors` of a content security policy has
    /// it: `'self'`, `*`, or a list such as `https://example.org`.
    pub frame_ancestors: String,
}

impl Default for WebOptions {
    fn default() -> WebOptions {
        WebOptions { base: String::new(), frame_ancestors: "'self'".to_owned() }
    }
}

/// The pages of everything that is counted in a Store. No socket and no runtime: whoever has those hands requests
/// in and sends responses.
///
/// Each request blocks until the Store has answered. Pages know of no user: whoever serves them decides who may see
/// them.
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
    /// The pages of what a handle counts in.
    pub fn new(staste: Staste, options: WebOptions) -> Web {
        let ancestors = frame_ancestors(&options.frame_ancestors);
        let base = options.base.trim_matches('/');
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        Web { staste, base: base.into(), frame_ancestors: ancestors.into() }
    }

    /// What every address begins with: nothing, or such as `/staste`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Answers a request. Whatever it holds, there is a response: a page, or one that says what is wrong, with the
    /// [`Cause`](crate::Cause) in its extensions where it is ours.
    pub fn answer<B>(&self, request: &Request<B>) -> Response<Vec<u8>> {
        let reply = self.route(request).unwrap_or_else(|refusal| {
            let ending = request.uri().path().rsplit_once('.').and_then(|(_, ending)| Form::of(ending));
            // Those who look after the counts begin at the overview, also when the Store is gone.
            let health = match refusal.status.is_server_error() && self.is_overview(request.uri().path()) {
                true => Health::of_process(&self.staste).warning(),
                false => html! {},
            };
            refusal.reply(ending.unwrap_or(Form::Framed), |words| {
                let layout = Layout { base: &self.base, title: "Staste", is_live: false };
                Reply::page(layout.message(&health, words))
            })
        });
        reply.response(request, &self.frame_ancestors)
    }

    /// A page of a site's own within the frame of these, with their style and script.
    pub fn dressed<B>(
        &self,
        request: &Request<B>,
        title: &str,
        heading: &Markup,
        body: &Markup,
    ) -> Response<Vec<u8>> {
        let page = Layout { base: &self.base, title, is_live: true }.page(heading, body);
        Reply::page(page).response(request, &self.frame_ancestors)
    }

    fn is_overview(&self, path: &str) -> bool {
        matches!(path.strip_prefix(&*self.base), Some("" | "/"))
    }

    fn route<B>(&self, request: &Request<B>) -> Result<Reply, Refusal> {
        if let Some(refusal) = Refusal::of(request) {
            return Err(refusal);
        }
        let nowhere = || Refusal::nowhere("There is no such page.");
        let query = request.uri().query().unwrap_or_default();
        let path = request.uri().path().strip_prefix(&*self.base).ok_or_else(nowhere)?;
        if !path.is_empty() && !path.starts_with('/') {
            return Err(nowhere());
        }
        let parts: Option<Vec<String>> = path
            .split('/')
            .skip(1)
            .map(|part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned))
            .collect();
        let parts = parts.ok_or_else(nowhere)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let ["static", version, name] = parts.as_slice() {
            let asset = (*version == *VERSION).then(|| assets::asset(name)).flatten();
            return asset.ok_or_else(nowhere);
        }
        // It may have to wait here until others are made.
        let place = Arc::new(Admission::of_process().enter()?);
        match parts.as_slice() {
            [] | [""] => {
                fresh(&self.staste);
                Ok(overview(&self.staste, &self.base, query)?)
            }
            ["m", name] => Ok(Reply::page(self.page(name, query, &place)?.markup()?)),
            ["m", name, what] => {
                let asked = Asked::below(what, query)?;
                let reply = self.page(name, &asked.query, &place)?.single(&asked)?;
                reply.ok_or_else(|| Refusal::nowhere(format!("There is no such chart: there are {CHARTS}.")))
            }
            _ => Err(nowhere()),
        }
    }

    /// The page of a Metrica, where there is one of this name.
    fn page(&self, name: &str, query: &str, place: &Arc<Place>) -> Result<Page, Refusal> {
        fresh(&self.staste);
        let Some(definition) = limited(|| self.staste.store().definitions(Some(name)))?.pop() else {
            let mut shown: String = name.chars().take(100).collect();
            shown = staste_core::text_format::printable(&shown).into_owned();
            return Err(Refusal::nowhere(format!(
                "There is no metrica {shown}: nothing was counted in one of this name yet."
            )));
        };
        let metrica = self.staste.remembered(&definition);
        let state = State::parse(query, &definition)?;
        Ok(Page::new(&self.base, metrica, definition, state, place)?)
    }
}
