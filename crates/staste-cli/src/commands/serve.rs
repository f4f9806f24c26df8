//! `staste serve`: the pages of a store, for whoever is on this machine.

use std::net::SocketAddr;

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use axum::{Router, middleware};
use clap::Args;
use staste::{Clock, RecorderOptions, Staste};
use staste_tower::RequestLayer;
use staste_web::Web;
use tower::ServiceExt as _;

use crate::context::Context;
use crate::failure::Result;
use crate::output::Screen;
use crate::server::{Server, listen};

/// The Metrica of the requests for the pages themselves.
const OWN: &str = "staste_requests";

/// The header of requests by which pages look whether they changed.
const LOOK: &str = "staste-look";
/// So long the last requests have to be committed in the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Show the counts as pages with charts, on this machine
#[derive(Args, Debug)]
#[command(
    after_help = "The pages are the overview, one of every metrica with its charts, and single charts as pages, pictures, JSON and \
CSV. They show what programs count while they count it. Whoever can reach the address may look: so it is one of \
this machine alone. Ctrl-C stops it.

Examples:
    staste serve
    staste serve --listen 127.0.0.1:9000 --store redis://localhost"
)]
pub(crate) struct ServeArguments {
    /// Where to listen; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8011", value_parser = listen)]
    listen: SocketAddr,

    /// Do not count the requests for these pages; else they are in the metrica staste_requests
    #[arg(long)]
    uncounted: bool,

    /// Which sites may show single charts in a frame: 'self', or such as "https://example.org https://www.example.org"
    #[arg(long, value_name = "SITES", default_value = "'self'")]
    frame_ancestors: String,
}

impl ServeArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // A store that does not exist yet may begin to while it is looked at.
        let address = context.address()?;
        let server = Server::listen(self.listen)?;
        let staste = Staste::with(address.store(), Clock::default(), RecorderOptions::default());
        if !address.exists() {
            context.screen.note(format!(
                "note: there is no store {address} yet: it is shown once something is counted"
            ));
        }
        let mut options = staste_web::WebOptions::default();
        options.frame_ancestors = self.frame_ancestors;
        let pages: Router = Web::new(staste.clone(), options).router();
        let pages = if self.uncounted { pages } else { counted(pages, RequestLayer::named(&staste, OWN)?) };
        let (screen, told) = (&mut context.screen, format!("{address} is shown at {}", server.url()));
        let ready = || {
            screen.line(told)?;
            screen.flush()
        };
        let code = server.run(pages, ready, std::future::pending())?;
        self::close(&context.screen, staste);
        Ok(code)
    }
}

/// Counts requests, but for those of pages that look whether they changed: of an open page there is one every few
/// seconds, and the page of this very Metrica would always have changed.
fn counted(pages: Router, layer: RequestLayer) -> Router {
    let looked = pages.clone();
    pages.layer(layer).layer(middleware::from_fn(move |request: Request, next: Next| {
        let looked = looked.clone();
        async move {
            if request.headers().contains_key(LOOK) {
                return looked.oneshot(request).await.into_response();
            }
            next.run(request).await
        }
    }))
}

/// Commits what was counted last, and says what was not. A store that takes nothing does not keep the program.
fn close(screen: &Screen, staste: Staste) {
    let is_committed = staste.flush_within(PATIENCE);
    let health = staste.health();
    let error = health.last_error.or(health.last_refusal);
    if !is_committed || health.refused > 0 {
        let why = error.map(|error| format!(": {error}")).unwrap_or_default();
        screen.note(format!("note: some requests of the pages are not counted in {OWN}{why}"));
    }
    // Dropping the handle would wait for the store once more.
    std::mem::forget(staste);
}
