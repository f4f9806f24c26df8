//! `staste serve`: serves the dashboard of a store on this machine.

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
use crate::server::{Server, parse_listen_address};

/// The Metrica that counts the requests for the dashboard itself.
const REQUESTS_METRICA: &str = "staste_requests";
/// The header of requests by which open pages poll for changes.
const POLL_HEADER: &str = "staste-look";
/// Timeout of the commit of the last requests, before the program ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Serve the dashboard of the store on this machine
#[derive(Args, Debug)]
#[command(after_help = "\
The dashboard has an overview, a page with charts for each Metrica, and single charts as pages, SVG, JSON and CSV. \
Pages update while programs count. There is no login, so the server listens on this machine only: on 127.0.0.1 or \
[::1]. Press Ctrl-C to stop it.

Examples:
    staste serve
    staste serve --listen 127.0.0.1:9000 --store redis://localhost")]
pub(crate) struct ServeArguments {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8011", value_parser = parse_listen_address)]
    listen: SocketAddr,

    /// Do not count the requests for the dashboard in the Metrica staste_requests
    #[arg(long)]
    uncounted: bool,

    /// Sites that may embed single charts in a frame: 'self', or a list such as
    /// "https://example.org https://www.example.org"
    #[arg(long, value_name = "SITES", default_value = "'self'")]
    frame_ancestors: String,
}

impl ServeArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // The store need not exist yet: the pages show it once a program counts in it.
        let address = context.address()?;
        let server = Server::listen(self.listen)?;
        let staste = Staste::with(address.store(), Clock::default(), RecorderOptions::default());
        if !address.exists() {
            context.screen.note(format!(
                "note: there is no store {address} yet; the pages show it once something is counted"
            ));
        }
        let mut options = staste_web::WebOptions::default();
        options.frame_ancestors = self.frame_ancestors;
        let pages: Router = Web::new(staste.clone(), options).router();
        let pages = if self.uncounted {
            pages
        } else {
            with_counted_requests(pages, RequestLayer::named(&staste, REQUESTS_METRICA)?)
        };
        let (screen, message) = (&mut context.screen, format!("serving {address} at {}", server.url()));
        let on_ready = || {
            screen.line(message)?;
            screen.flush()
        };
        let code = server.run(pages, on_ready, std::future::pending())?;
        flush_and_close(&context.screen, staste);
        Ok(code)
    }
}

/// Counts all requests except polls for changes. An open page polls every few seconds, and counting the polls would
/// always change the page of this Metrica.
fn with_counted_requests(pages: Router, layer: RequestLayer) -> Router {
    let uncounted = pages.clone();
    pages.layer(layer).layer(middleware::from_fn(move |request: Request, next: Next| {
        let uncounted = uncounted.clone();
        async move {
            if request.headers().contains_key(POLL_HEADER) {
                return uncounted.oneshot(request).await.into_response();
            }
            next.run(request).await
        }
    }))
}

/// Commits the last requests and prints a note if some are lost. A store that fails does not keep the program running.
fn flush_and_close(screen: &Screen, staste: Staste) {
    let is_committed = staste.flush_within(FLUSH_TIMEOUT);
    let health = staste.health();
    let error = health.last_error.or(health.last_refusal);
    if !is_committed || health.refused > 0 {
        let reason = error.map(|error| format!(": {error}")).unwrap_or_default();
        screen.note(format!("note: some requests were not counted in {REQUESTS_METRICA}{reason}"));
    }
    // Dropping the handle would wait for the store again.
    std::mem::forget(staste);
}
