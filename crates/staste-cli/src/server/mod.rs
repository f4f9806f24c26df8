//! The server of the pages: listens on this machine alone, answers, and stops when it is told to.

mod connections;
mod descriptors;
mod error_log;
mod host;
mod listen;
mod log;

pub(crate) use listen::listen;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::{Router, middleware};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{DONE, Failure, Result};

/// How long connections have to finish once it is told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens at an address of this machine; port 0 takes one that is free.
    ///
    /// # Errors
    /// When the address can be reached from elsewhere, or is taken.
    pub(crate) fn listen(address: SocketAddr) -> Result<Server> {
        if !address.ip().is_loopback() {
            return Err(Failure::input(format!("{address} could be reached from other machines"))
                .help("pages are for whoever is on this machine: listen at 127.0.0.1 or [::1]")
                .help("to show them elsewhere, put a server that asks for a password before it"));
        }
        let failed = |error: &std::io::Error| {
            Failure::failed(format!("{address} cannot be listened at"))
                .because(error)
                .help("another program may use the port: give another one, as --listen 127.0.0.1:8012")
        };
        let listener = TcpListener::bind(address).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        log::to_standard_error();
        Ok(Server { listener, address })
    }

    /// Where it is reached: `http://127.0.0.1:8011/`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers until Ctrl-C, SIGTERM, or `stop` comes to an end; the exit code. `ready` says that it does, once it can
    /// be told to stop.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn run(
        self,
        pages: Router,
        ready: impl FnOnce() -> Result<()>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<u8> {
        let refused = |error: &std::io::Error| Failure::failed("the server cannot run").because(error);
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(|error| refused(&error))?;
        let pages = pages.layer(middleware::from_fn(error_log::are_said));
        let pages = pages.layer(middleware::from_fn(host::is_ours));
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let (told, tell) = tokio::sync::oneshot::channel::<()>();
            let (mut interrupt, mut terminate) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            if let Err(failure) = ready() {
                return Ok(Err(failure));
            }
            let until = async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    () = stop => {}
                }
                let _ = told.send(());
            };
            let serving = connections::serve(listener, pages, until);
            let patience = async {
                let _ = tell.await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                () = serving => Ok(Ok(())),
                () = patience => Ok(Ok(())),
            }
        });
        // Threads that still wait for the store are not waited for.
        runtime.shutdown_background();
        served.map_err(|error: std::io::Error| refused(&error))??;
        Ok(DONE)
    }
}
