//! `staste demo`: guests who come at random, counted and shown as they come.

mod generator;
mod guests;
mod keys;
mod next_steps;
mod open;
mod site;
mod terminal_chart;
mod text;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use staste::{Axis, Clock, Keep, RecorderOptions, Scale, SqliteStore, Staste};

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::server::{Server, listen};
use generator::Generator;
use guests::{GENDERS, Guests};
use site::Site;

/// So long after a page its style and script may be asked for.
const BESIDE: Duration = Duration::from_secs(1);

/// Watch made-up guests being counted
#[derive(Args, Debug)]
#[command(
    after_help = "It counts made-up guests in a temporary store and serves pages on this machine that show them: a form to count \
yourself, charts that change as you do, and the whole dashboard. On a desktop it opens them. Ctrl-C ends it.

With --text it draws on the terminal instead, until a key is pressed or a minute has passed; not on a terminal it \
draws one picture of the history and ends.

Examples:
    staste demo
    staste demo --text"
)]
pub(crate) struct DemoArguments {
    /// Draw on the terminal, without pages
    #[arg(long, conflicts_with_all = ["listen", "once", "no_open"])]
    text: bool,

    /// Where to listen; port 0, unless one is given, takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = listen)]
    listen: SocketAddr,

    /// End a second after the page was served
    #[arg(long)]
    once: bool,

    /// Open no browser
    #[arg(long)]
    no_open: bool,
}

impl DemoArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let folder = tempfile::tempdir()
            .map_err(|error| Failure::failed("no temporary folder can be made").because(&error))?;
        let store = SqliteStore::at(folder.path().join("demo.db"));
        let staste = Staste::with(Arc::new(store), Clock::default(), RecorderOptions::default());
        let metrica = staste
            .metrica("guests")
            .axis("gender", Axis::declared(GENDERS))
            .axis("age", Axis::stored())
            .axis("country", Axis::stored())
            // The history is dated by the minute for a day.
            .keep(Scale::Minute, Keep::days(1))
            .build()?;
        let is_live = context.screen.canvas().is_some();
        let mut guests = if is_live || !self.text { Guests::new() } else { Guests::seeded(7) };
        if self.text {
            guests.were_here(&metrica, staste.clock().now())?;
            return text::run(context, &metrica, guests);
        }
        if context.has_store() {
            context.screen.note("note: the demo counts in a store of its own, which goes when it ends");
        }
        let server = Server::listen(self.listen)?;
        guests.lived_here(&metrica, staste.clock().now())?;
        let traffic = Generator::start(metrica.clone(), guests);
        let (site, was_served) = Site::new(&staste, metrica, traffic)?;
        let url = server.url();
        let is_once = self.once;
        let screen = &mut context.screen;
        let ready = || {
            screen.line(format!("Made-up guests are counted and shown at {url} until Ctrl-C ends it"))?;
            screen.flush()?;
            if is_live && !self.no_open && !is_once {
                open::open(&url);
            }
            Ok(())
        };
        let code = server.run(site.router()?, ready, async move {
            if is_once {
                was_served.notified().await;
                tokio::time::sleep(BESIDE).await;
            } else {
                std::future::pending::<()>().await;
            }
        })?;
        for line in next_steps::lines(&context.screen, context.screen.width()) {
            context.screen.line(line)?;
        }
        Ok(code)
    }
}
