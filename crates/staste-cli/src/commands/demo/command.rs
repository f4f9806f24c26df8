//! `DemoArguments`: the command `staste demo`.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use staste::{Axis, Better, Clock, Keep, RecorderOptions, Scale, SqliteStore, Staste};

use super::generator::Generator;
use super::guests::{GENDERS, Guests};
use super::web_page::Site;
use super::{next_steps, terminal};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::server::{Server, parse_listen_address};

/// Time that the server of `--once` leaves for requests for style sheet and script after the page.
const ASSETS_TIMEOUT: Duration = Duration::from_secs(1);
/// Seed of the guests of a chart that is drawn once, so that it is the same in each run.
const SEED: u64 = 7;

/// Count made-up guests and show them as live charts
#[derive(Args, Debug)]
#[command(after_help = "\
The demo counts made-up guests in a temporary store, which is deleted when the demo ends. It serves a page on this \
machine with a form to add yourself, live charts and a link to the dashboard, and opens the page in the browser of the \
desktop. Press Ctrl-C to stop it.

With --text the charts are drawn on the terminal instead, until a key is pressed or a minute has passed. If the output \
is not a terminal, one chart is printed.

Examples:
    staste demo
    staste demo --text")]
pub(crate) struct DemoArguments {
    /// Draw on the terminal instead of serving a page
    #[arg(long, conflicts_with_all = ["listen", "once", "no_open"])]
    text: bool,

    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = parse_listen_address)]
    listen: SocketAddr,

    /// Stop one second after the page was first served
    #[arg(long)]
    once: bool,

    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

impl DemoArguments {
    pub(crate) fn run(self, context: &mut Context) -> Result<u8> {
        let folder = tempfile::tempdir()
            .map_err(|error| Failure::failed("a temporary folder cannot be created").caused_by(&error))?;
        let store = SqliteStore::at(folder.path().join("demo.db"));
        let staste = Staste::with(Arc::new(store), Clock::default(), RecorderOptions::default());
        let metrica = staste
            .metrica("guests")
            .axis("gender", Axis::declared(GENDERS))
            .axis("age", Axis::stored())
            .axis("country", Axis::stored())
            .better(Better::Up)
            // The last day of the history is dated by the minute.
            .keep(Scale::Minute, Keep::days(1))
            .build()?;
        let is_live = context.screen.redrawable_lines().is_some();
        let mut guests = if is_live || !self.text { Guests::new() } else { Guests::seeded(SEED) };
        if self.text {
            guests.count_last_day(&metrica, staste.clock().now())?;
            return terminal::run(context, &metrica, guests);
        }
        if context.has_store() {
            context.screen.note("note: the demo counts in a temporary store, not in the store you named");
        }
        let server = Server::listen(self.listen)?;
        guests.count_last_month(&metrica, staste.clock().now())?;
        let generator = Generator::start(metrica.clone(), guests);
        let (site, page_served) = Site::new(&staste, metrica, generator)?;
        let url = server.url();
        let is_once = self.once;
        let screen = &mut context.screen;
        let on_ready = || {
            screen.line(format!("counting made-up guests at {url}; press Ctrl-C to stop"))?;
            screen.flush()?;
            if is_live && !self.no_open && !is_once {
                open_in_browser(&url);
            }
            Ok(())
        };
        let code = server.run(site.router()?, on_ready, async move {
            if is_once {
                page_served.notified().await;
                tokio::time::sleep(ASSETS_TIMEOUT).await;
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

/// Opens a page in the browser of the desktop, if there is one. A failure is ignored, because the address is printed.
fn open_in_browser(url: &str) {
    let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if has_desktop {
        "xdg-open"
    } else {
        return;
    };
    let _ = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}
