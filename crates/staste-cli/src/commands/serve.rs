//! `staste serve`: the pages of a store, for whoever is on this machine.

use std::net::SocketAddr;

use clap::Args;
use staste::{Options, Staste};
use staste_tower::RequestLayer;
use staste_web::Web;

use crate::context::{Context, clock};
use crate::failure::Result;
use crate::server::Server;

/// The Metrica of the requests for the pages themselves.
const OWN: &str = "staste_requests";

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
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8011")]
    listen: SocketAddr,

    /// Do not count the requests for these pages; else they are in the metrica staste_requests
    #[arg(long)]
    uncounted: bool,
}

impl ServeArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        // A store that does not exist yet may begin to while it is looked at.
        let address = context.address()?;
        let server = Server::listen(self.listen)?;
        let staste = Staste::with(address.store(), clock(), Options::default());
        context.screen.line(format!("{address} is shown at {}", server.url()))?;
        context.screen.flush()?;
        let web = Web::new(staste.clone(), staste_web::Options::default());
        let mut pages = web.router();
        if !self.uncounted {
            pages = pages.layer(RequestLayer::named(&staste, OWN)?);
        }
        let code = server.run(pages, std::future::pending())?;
        staste.close()?;
        Ok(code)
    }
}
