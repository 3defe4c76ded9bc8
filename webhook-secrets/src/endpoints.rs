mod caches;
mod error;
mod load;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use webhook_core::{Endpoint, Lookup, Verify};

use load::{Loader, Loads};

/// The longest id that is loaded, in bytes.
const MAX_ID_BYTES: usize = 255;

/// A cache of endpoints, in front of a function that loads an endpoint by its id, for example from a database.
///
/// - **A known endpoint** is returned at once. After its [time to live](Self::time_to_live) it is loaded again.
/// - **An unknown one** is remembered, too, in a place of its own: made-up ids never push out known endpoints.
/// - **Concurrent lookups** of one id share one load. It runs in a task of its own, so a client that hangs up does not
///   cancel it.
/// - **A load that fails**, panics or takes too long fails all lookups that wait for it: their requests are answered 503,
///   and the adapter logs why. For the next second the id is not loaded again.
///
/// Ids longer than 255 bytes are unknown. Clones share the cache; choose the settings before you clone it, because each of
/// them starts with an empty one.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use webhook_core::providers::svara;
/// use webhook_secrets::{Endpoint, Endpoints};
///
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn secret(&self, _: &str) -> std::io::Result<Option<String>> { Ok(None) } }
/// type Loaded = Result<Option<svara::Secret>, Box<dyn std::error::Error + Send + Sync>>;
///
/// async fn load(db: Db, tenant: Arc<str>) -> Loaded {
///     let text = db.secret(&tenant).await?;
///     Ok(text.map(svara::Secret::new).transpose()?)
/// }
///
/// # let db = Db;
/// let endpoints = Endpoints::new(move |tenant| load(db.clone(), tenant))
///     .time_to_live(Duration::from_secs(60))
///     .serve_stale(Duration::from_secs(3600));
/// let unknown = Endpoint::unknown(svara::Secret::new("of nobody")?);
///
/// // For each request:
/// let lookup = endpoints.lookup("acme").or(&unknown);
///
/// // When the secret of a tenant was changed:
/// endpoints.invalidate("acme");
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Endpoints {
    loads: Arc<Loads>,
}

/// What the user chose.
#[derive(Debug, Clone, Copy)]
struct Settings {
    capacity: usize,
    time_to_live: Duration,
    unknown_capacity: usize,
    unknown_time_to_live: Duration,
    load_timeout: Duration,
    max_loads: usize,
    serve_stale: Duration,
}

impl Endpoints {
    /// Loads endpoints with `load`, which returns what verifies the requests of the endpoint with this id, or `None` if
    /// there is no such endpoint.
    ///
    /// The id comes from a request and may be any text. `load` runs in a tokio task, and must not block its thread. The
    /// deliveries of the endpoint carry the id that was looked up: `load` must find an endpoint under one spelling only.
    /// Many databases ignore case or trailing spaces. Under another spelling a delivery is claimed anew, so that a stranger
    /// could replay it. Use [`with_ids`](Self::with_ids) where the database decides what is equal.
    pub fn new<L, F, V, E>(load: L) -> Self
    where
        L: Fn(Arc<str>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
        V: Verify + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::with_ids(move |id: Arc<str>| {
            let loading = load(id.clone());
            async move {
                let verify = loading.await.map_err(Into::into)?;
                Ok::<_, Box<dyn Error + Send + Sync>>(verify.map(|it| Endpoint::new(id, it)))
            }
        })
    }

    /// The same for a `load` that returns the [`Endpoint`], with the id that the database has for it. Deliveries carry that
    /// id, however the id in the request was spelled.
    pub fn with_ids<L, F, E>(load: L) -> Self
    where
        L: Fn(Arc<str>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<Endpoint>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        #[cfg(feature = "metrics")]
        crate::metrics::describe_loads();
        let settings = Settings {
            capacity: 10_000,
            time_to_live: Duration::from_secs(5 * 60),
            unknown_capacity: 10_000,
            unknown_time_to_live: Duration::from_secs(10),
            load_timeout: Duration::from_secs(2),
            max_loads: 64,
            serve_stale: Duration::ZERO,
        };
        let load: Arc<Loader> = Arc::new(move |id| {
            let loading = load(id);
            Box::pin(async { loading.await.map_err(Into::into) })
        });
        Self { loads: Arc::new(Loads::new(settings, load)) }
    }

    /// Keeps at most `endpoints` known endpoints; 10,000 unless set.
    #[must_use]
    pub fn capacity(self, endpoints: usize) -> Self {
        self.set(|settings| settings.capacity = endpoints)
    }

    /// Loads a known endpoint again when it was loaded `time` ago; 5 minutes unless set. A secret that was changed is
    /// used after this time at the latest, and after [`invalidate`](Self::invalidate) at once.
    #[must_use]
    pub fn time_to_live(self, time: Duration) -> Self {
        self.set(|settings| settings.time_to_live = time)
    }

    /// Keeps at most `ids` of endpoints that do not exist, and loads each again when it was loaded `time` ago; 10,000 and
    /// 10 s unless set. An endpoint that was created is known after this time at the latest.
    #[must_use]
    pub fn unknown(self, ids: usize, time: Duration) -> Self {
        self.set(|settings| {
            settings.unknown_capacity = ids;
            settings.unknown_time_to_live = time;
        })
    }

    /// Gives a load at most `time`; 2 s unless set. A slower one is cancelled and has failed.
    #[must_use]
    pub fn load_timeout(self, time: Duration) -> Self {
        self.set(|settings| settings.load_timeout = time)
    }

    /// Runs at most `loads` at the same time; 64 unless set. Further ones wait for their turn, which counts towards the
    /// [time](Self::load_timeout) of a load. If 16 times as many wait, a lookup that needs one more fails at once.
    ///
    /// Known endpoints that are loaded again, also after [`invalidate`](Self::invalidate), have as many loads of their own,
    /// so that made-up ids do not take all of them.
    #[must_use]
    pub fn max_loads(self, loads: usize) -> Self {
        self.set(|settings| settings.max_loads = loads)
    }

    /// Uses a known endpoint for up to `time` after its [time to live](Self::time_to_live), if it cannot be loaded again;
    /// not at all unless set. A secret that was revoked in the meantime is then still accepted.
    ///
    /// While loads fail, a warning is logged at most every 10 s.
    #[must_use]
    pub fn serve_stale(self, time: Duration) -> Self {
        self.set(|settings| settings.serve_stale = time)
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.loads.settings;
        change(&mut settings);
        Self { loads: Arc::new(Loads::new(settings, self.loads.load.clone())) }
    }

    /// Looks up the endpoint with this id: [`Lookup::Ready`] if it is in the cache, [`Lookup::Later`] if it has to be
    /// loaded or the lookup fails.
    ///
    /// Call it in a tokio runtime whose time driver is enabled. Elsewhere a lookup that needs a load fails.
    pub fn lookup(&self, id: &str) -> Lookup {
        if id.len() > MAX_ID_BYTES {
            return Lookup::Ready(None);
        }
        self.loads.look_up(id)
    }

    /// Forgets what is known about this id. Lookups that begin after this call see nothing that was loaded before it, not
    /// even the result of a load that is still running.
    ///
    /// Other processes have caches of their own.
    pub fn invalidate(&self, id: &str) {
        self.loads.invalidate(id);
    }

    /// [Invalidates](Self::invalidate) all ids.
    pub fn invalidate_all(&self) {
        self.loads.invalidate_all();
    }
}

/// Shows the settings.
impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").field("settings", &self.loads.settings).finish_non_exhaustive()
    }
}
