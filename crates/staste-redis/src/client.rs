//! The clients of a process: each is a session with the servers, and what it has learned of metricas over it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use staste_core::store::TimeLimit;
use staste_core::{Definition, Error, Result};

use crate::address::Address;
use crate::catalog::{Catalog, CatalogEntry};
use crate::connections::failure::{Failure, Outcome};
use crate::connections::reply;
use crate::connections::servers::KnownNodes;
use crate::connections::session::Session;
use crate::layout::Layout;
use crate::metrica::inspection;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::state::StoredState;
use crate::options::RedisOptions;
use crate::scripts;

/// Number of idle clients that are kept.
const MAX_IDLE: usize = 8;
/// How often an operation is run again at once because keys have moved: each time more is known.
const MAX_RERUNS: u32 = 3;
/// Pause before an operation is run again while a cluster is moving keys.
const PAUSE: Duration = Duration::from_millis(5);

/// A session with what was learned over it. One thread uses it at a time.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) session: Session,
    /// Valid for as long as the connections of the session.
    pub(crate) catalog: Catalog,
}

impl Client {
    fn new(address: &Arc<Address>, options: &Arc<RedisOptions>, known_nodes: KnownNodes) -> Client {
        let session = Session::new(address, options, known_nodes);
        let catalog = Catalog::new(session.layout, &session.prefix);
        Client { session, catalog }
    }

    /// Returns what is needed to work on a Metrica, if it is known to have the definition of the caller.
    pub(crate) fn agreeing(&mut self, asked: &Arc<Definition>) -> Option<OnMetrica<'_>> {
        let CatalogEntry { known, layout } = self.catalog.agreeing(asked)?;
        Some(OnMetrica { session: &mut self.session, known, layout: &**layout })
    }

    /// Returns what is needed to work on a Metrica, if it is known.
    pub(crate) fn on(&mut self, metrica: &str) -> Option<OnMetrica<'_>> {
        let CatalogEntry { known, layout } = self.catalog.get(metrica)?;
        Some(OnMetrica { session: &mut self.session, known, layout: &**layout })
    }

    /// Reads the state of a Metrica, as far as it is not known. Returns false when the Metrica does not exist.
    pub(crate) fn refresh(&mut self, metrica: &str) -> Outcome<bool> {
        let mut call = self.session.call(metrica);
        self.catalog.push_known(metrica, &mut call.arguments);
        let (status, mut items) = reply::with_status(self.session.run(&scripts::STATE, &call)?)?;
        match status.as_str() {
            "gone" => {
                self.catalog.forget(metrica);
                Ok(false)
            }
            "state" => {
                self.catalog.learn(metrica, StoredState::parse(reply::next(&mut items)?)?)?;
                Ok(true)
            }
            other => reply::unknown_status(other),
        }
    }

    /// Returns the failure of an operation that did not find its Metrica: it was forgotten meanwhile, or only half of it
    /// is left.
    pub(crate) fn gone(&mut self, metrica: &str) -> Failure {
        self.catalog.forget(metrica);
        match inspection::check(&mut self.session, metrica) {
            Ok(()) => Error::stale(metrica).into(),
            Err(failure) => failure,
        }
    }

    /// Runs an operation. When the connection fails, what was learned over it is forgotten: another server may have
    /// taken over.
    fn attempt<T>(&mut self, operation: &mut dyn FnMut(&mut Client) -> Outcome<T>) -> Outcome<T> {
        let outcome = operation(self);
        if outcome.as_ref().is_err_and(Failure::is_fatal) {
            self.catalog.clear();
        }
        outcome
    }
}

/// A known Metrica, and the session to work on it.
pub(crate) struct OnMetrica<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) known: &'a mut KnownMetrica,
    pub(crate) layout: &'a dyn Layout,
}

/// The idle clients of one process. The one used last is used first, as it has learned most.
#[derive(Debug, Default)]
pub(crate) struct ClientPool {
    idle: Mutex<Vec<Client>>,
    known_nodes: KnownNodes,
}

impl ClientPool {
    /// Runs an operation on a client.
    ///
    /// It is run again where it is certain that its last request was not executed: an operation reads before it
    /// writes, so that what it did before that request does no harm.
    pub(crate) fn run<T>(
        &self,
        address: &Arc<Address>,
        options: &Arc<RedisOptions>,
        operation: &mut dyn FnMut(&mut Client) -> Outcome<T>,
    ) -> Result<T> {
        // An operation that panics drops its client.
        let mut client =
            self.idle().pop().unwrap_or_else(|| Client::new(address, options, Arc::clone(&self.known_nodes)));
        let deadline = Instant::now() + TimeLimit::shorten(options.command_timeout);
        let mut reruns = 0;
        let outcome = loop {
            match client.attempt(operation) {
                Err(Failure::Again(_)) if reruns < MAX_RERUNS => reruns += 1,
                Err(failure) if failure.is_transient() && Instant::now() < deadline => {
                    std::thread::sleep(PAUSE);
                }
                outcome => break outcome,
            }
        };
        let result = outcome.map_err(|failure| failure.into_error(&client.session.place()));
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(client);
        }
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Client>> {
        // A client is taken out while it is used, so that the list is whole even after a panic.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
