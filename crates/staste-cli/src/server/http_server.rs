//! `Server`: listens on a loopback address, serves pages, and stops at a signal.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::{Router, middleware};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::{connections, host_check, log};
use crate::failure::{EXIT_SUCCESS, Failure, Result};

/// Timeout of open connections after a signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// A server that is bound to an address.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds a loopback address. Port 0 picks a free port.
    ///
    /// # Errors
    /// When other machines could reach the address, or it is in use.
    pub(crate) fn listen(address: SocketAddr) -> Result<Server> {
        if !address.ip().is_loopback() {
            return Err(Failure::input(format!(
                "other machines could reach {address}, and the pages have no login"
            ))
            .help("listen on 127.0.0.1 or [::1]")
            .help("for access from other machines, put a reverse proxy with a login in front"));
        }
        let failed = |error: &std::io::Error| {
            Failure::failed(format!("cannot listen on {address}"))
                .caused_by(error)
                .help("if another program uses the port, choose another one, such as --listen 127.0.0.1:8012")
        };
        let listener = TcpListener::bind(address).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        log::init_tracing();
        Ok(Server { listener, address })
    }

    /// Returns the URL, such as `http://127.0.0.1:8011/`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until Ctrl-C, SIGTERM or the end of `stop`, and returns the exit code. Calls `on_ready` once the signal
    /// handlers are installed.
    ///
    /// # Errors
    /// When `on_ready` fails or the system refuses to run the server.
    pub(crate) fn run(
        self,
        pages: Router,
        on_ready: impl FnOnce() -> Result<()>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<u8> {
        let failed = |error: &std::io::Error| Failure::failed("the server cannot run").caused_by(error);
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
        let pages = pages.layer(middleware::from_fn(log::log_page_errors));
        let pages = pages.layer(middleware::from_fn(host_check::require_loopback_host));
        let outcome = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let (stop_sender, stop_receiver) = tokio::sync::oneshot::channel::<()>();
            let (mut interrupt, mut terminate) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            if let Err(failure) = on_ready() {
                return Ok(Err(failure));
            }
            let stop = async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    () = stop => {}
                }
                let _ = stop_sender.send(());
            };
            let serving = connections::serve(listener, pages, stop);
            let timeout = async {
                let _ = stop_receiver.await;
                tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
            };
            tokio::select! {
                () = serving => Ok(Ok(())),
                () = timeout => Ok(Ok(())),
            }
        });
        // A thread that waits for the store must not delay the end.
        runtime.shutdown_background();
        outcome.map_err(|error: std::io::Error| failed(&error))??;
        Ok(EXIT_SUCCESS)
    }
}
