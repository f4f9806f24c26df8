//! The Store: an address, and the clients of this process.

use std::fmt;
use std::sync::Arc;

use staste_core::fork::PerProcess;
use staste_core::store::{
    Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Scheme, Size, Store,
};
use staste_core::{Choice, Definition, Error, Result, Watermarks};

use crate::address::{self, Address, check_prefix};
use crate::client::{Client, ClientPool};
use crate::connections::failure::Outcome;
use crate::layout;
use crate::metrica::inspection;
use crate::operations::{apply, define, definitions, forget, read, records, size, warnings, watermarks};
use crate::options::RedisOptions;

/// A Store on Redis or Valkey.
///
/// Creating it opens nothing; the first operation connects. A forked child opens its own connections and does not use
/// those of its parent.
///
/// ```no_run
/// use staste_core::{Axis, Staste};
/// use staste_redis::RedisStore;
///
/// let staste = Staste::new(RedisStore::parse("redis://localhost:6379/0")?);
/// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
/// guests.kick([("gender", "girl")])?;
/// assert_eq!(guests.filter([("gender", "girl")])?.total()?, 1);
/// # Ok::<(), staste_core::Error>(())
/// ```
pub struct RedisStore {
    address: Arc<Address>,
    options: Arc<RedisOptions>,
    pool: PerProcess<ClientPool>,
}

impl RedisStore {
    /// The addresses of servers: a server, the primary that sentinels name, a cluster, each also by TLS, and a socket.
    pub const SCHEME: Scheme = Scheme {
        names: &address::SCHEMES,
        example: "redis://HOST",
        open: |address| Ok(Arc::new(RedisStore::parse(address)?)),
        file: |_| None,
    };

    /// Returns the store at an address: `redis://USER:PASSWORD@HOST:PORT/DATABASE` or `unix:PATH?db=DATABASE`.
    ///
    /// Settings follow a question mark: `prefix` for several stores in one database, `layout` (`own` or `legacy`) for the
    /// keys of new metricas, `all` and `choices` for renamed words in the original's keys, `connect-timeout` and `timeout`
    /// in seconds, `reply-limit` in mebibytes, and `evicting=allow` to write to a server that evicts keys. See
    /// [`RedisOptions`].
    ///
    /// ```
    /// use staste_core::store::Store;
    /// use staste_redis::RedisStore;
    /// let store = RedisStore::parse("redis://me:secret@localhost/2")?;
    /// assert_eq!(store.address(), "redis://localhost:6379/2");
    /// assert!(RedisStore::parse("localhost").unwrap_err().to_string().contains("redis://HOST:PORT"));
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the address is invalid; the message shows the valid forms, and no password.
    pub fn parse(address: &str) -> Result<RedisStore> {
        RedisStore::with(address, RedisOptions::default())
    }

    /// Returns the store at an address, with options.
    ///
    /// # Errors
    /// As [`RedisStore::parse`]; and when the prefix is invalid.
    pub fn with(address: &str, options: RedisOptions) -> Result<RedisStore> {
        check_prefix(&options.prefix).map_err(Error::invalid_input)?;
        let address = Arc::new(Address::parse(address)?);
        address.layout.check(&options, &address).map_err(Error::invalid_input)?;
        let options = address.overrides.apply_to(options);
        Ok(RedisStore { address, options: Arc::new(options), pool: PerProcess::new() })
    }

    fn run<T>(&self, mut operation: impl FnMut(&mut Client) -> Outcome<T>) -> Result<T> {
        self.pool.get(ClientPool::default).run(&self.address, &self.options, &mut operation)
    }
}

impl Store for RedisStore {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::everything(self.options.cells_per_batch);
        capabilities.new_axes = false;
        capabilities.one_metrica_per_batch = true;
        capabilities
    }

    fn address(&self) -> String {
        self.address.display.clone()
    }

    fn sibling_address(&self) -> String {
        self.address.sibling()
    }

    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>> {
        self.run(|client| definitions::definitions(client, metrica))
    }

    fn faults(&self, metrica: Option<&str>) -> Result<Vec<(String, Vec<String>)>> {
        self.run(|client| inspection::faults(&mut client.session, metrica))
    }

    fn has_unregistered_data(&self, metrica: &str) -> Result<bool> {
        self.run(|client| layout::has_unregistered_data(&mut client.session, metrica))
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        self.run(|client| define::define(client, definition))
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        self.run(|client| apply::apply(client, batch))
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        self.run(|client| read::read(client, question))
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.run(|client| read::choices(client, definition, axis))
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        self.run(|client| forget::forget(client, forget))
    }

    /// The clock of the server is used instead, which every batch is compared with.
    fn set_clock(&self, _now: i64) -> Result<()> {
        Ok(())
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        self.run(|client| watermarks::set(client, definition, from, to))
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.run(|client| records::records(client, prefix))
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.run(|client| records::put(client, key, value))
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        self.run(|client| size::size(client, metrica))
    }

    fn warnings(&self) -> Result<Vec<String>> {
        self.run(warnings::warnings)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("address", &self.address.display).finish_non_exhaustive()
    }
}
