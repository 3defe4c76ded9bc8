use std::collections::HashMap;
use std::error::Error;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use arc_swap::ArcSwap;
use tokio::runtime;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use webhook_core::adapter::{Chain, Sampler};
use webhook_core::{Endpoint, Lookup};

use super::Settings;
use super::caches::Caches;
use super::error::LoadError;

/// The user's function.
pub(super) type Loader = dyn Fn(Arc<str>) -> Loading + Send + Sync;

type Loading =
    Pin<Box<dyn Future<Output = Result<Option<Endpoint>, Box<dyn Error + Send + Sync>>> + Send>>;

type Loaded = Result<Option<Endpoint>, LoadError>;

/// What is known and what is being loaded.
pub(super) struct Loads {
    pub(super) settings: Settings,
    pub(super) load: Arc<Loader>,
    /// Changed only under the lock of `running`, read without it. Replaced when all is invalidated.
    caches: ArcSwap<Caches>,
    running: Mutex<Running>,
    /// The turns of loads of ids that are not known, and of those that are.
    first: Semaphore,
    again: Semaphore,
    warnings: Sampler,
    start: Instant,
}

#[derive(Default)]
struct Running {
    /// The load of each id that lookups wait for. One that was invalidated runs on, but is not here.
    registered: HashMap<Arc<str>, Registered>,
    /// How many loads run or wait of ids that are not known.
    first: usize,
    /// How many known endpoints are being loaded again, or wait for it.
    again: usize,
    next_ticket: u64,
}

struct Registered {
    ticket: u64,
    loaded: watch::Receiver<Option<Loaded>>,
}

/// For each load that runs, this many may wait for their turn.
const WAITING: usize = 16;

impl Running {
    fn count(&mut self, is_known: bool) -> &mut usize {
        if is_known { &mut self.again } else { &mut self.first }
    }
}

impl Loads {
    pub(super) fn new(settings: Settings, load: Arc<Loader>) -> Self {
        let caches = ArcSwap::from_pointee(Caches::new(&settings));
        let (running, warnings) = (Mutex::default(), Sampler::new());
        let turns = || Semaphore::new(settings.max_loads.min(Semaphore::MAX_PERMITS));
        let (first, again, start) = (turns(), turns(), Instant::now());
        Self { settings, load, caches, running, first, again, warnings, start }
    }

    pub(super) fn look_up(self: &Arc<Self>, id: &str) -> Lookup {
        let found = self.caches.load().find(id, &self.settings, Instant::now());
        found.unwrap_or_else(|| self.wait_for_load(id))
    }

    fn wait_for_load(self: &Arc<Self>, id: &str) -> Lookup {
        let mut running = self.lock();
        // A load may have ended since the cache was asked.
        let (caches, now) = (self.caches.load(), Instant::now());
        if let Some(found) = caches.find(id, &self.settings, now) {
            return found;
        }
        if let Some((id, Registered { loaded, .. })) = running.registered.get_key_value(id) {
            return self.wait(id.clone(), loaded.clone());
        }
        if let Some(error) = caches.failure(id, now) {
            return self.failed(id, error);
        }
        let is_known = caches.is_known(id);
        let count = running.count(is_known);
        if *count >= self.settings.max_loads.saturating_mul(1 + WAITING) {
            return self.failed(id, LoadError::TooMany(self.settings.max_loads));
        }
        let Ok(runtime) = runtime::Handle::try_current() else {
            return self.failed(id, LoadError::NoRuntime);
        };
        *count += 1;
        let (id, ticket) = (Arc::<str>::from(id), running.next_ticket);
        running.next_ticket += 1;
        let (sender, loaded) = watch::channel(None);
        running.registered.insert(id.clone(), Registered { ticket, loaded: loaded.clone() });
        // A runtime that shuts down drops the task at once, and that takes the lock.
        drop(running);
        let loads = self.clone();
        let load =
            Load { loads, id: id.clone(), ticket, is_known, began: now, sender, is_done: false };
        runtime.spawn(load.run());
        self.wait(id, loaded)
    }

    /// Waits for a load.
    fn wait(self: &Arc<Self>, id: Arc<str>, mut loaded: watch::Receiver<Option<Loaded>>) -> Lookup {
        let loads = self.clone();
        Lookup::later(async move {
            let loaded = match loaded.wait_for(Option::is_some).await {
                Ok(loaded) => loaded.clone().unwrap_or(Err(LoadError::Cancelled)),
                Err(_) => Err(LoadError::Cancelled),
            };
            loaded.or_else(|error| loads.stale(&id).map(Some).ok_or(error))
        })
    }

    /// Answers a lookup that cannot be loaded now.
    fn failed(&self, id: &str, error: LoadError) -> Lookup {
        match self.stale(id) {
            Some(stale) => stale.into(),
            None => Lookup::later(ready(Err(error))),
        }
    }

    fn stale(&self, id: &str) -> Option<Endpoint> {
        self.caches.load().stale(id, &self.settings, Instant::now())
    }

    pub(super) fn invalidate(&self, id: &str) {
        let mut running = self.lock();
        running.registered.remove(id);
        self.caches.load().forget(id);
    }

    pub(super) fn invalidate_all(&self) {
        let mut running = self.lock();
        running.registered.clear();
        let caches = self.caches.load().all_forgotten(&self.settings);
        self.caches.store(Arc::new(caches));
    }

    /// Nothing panics under this lock.
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the operator about a failure that no answer shows.
    fn warn_of_stale(&self, endpoint: &Endpoint, error: &LoadError) {
        let elapsed = Instant::now().saturating_duration_since(self.start);
        if let Some(left_out) = self.warnings.admit(elapsed) {
            let (endpoint, cause) = (endpoint.id(), Chain(error));
            tracing::warn!(endpoint, %cause, left_out, "webhook endpoint not loaded: using the last one");
        }
    }
}

/// A load that runs. However it ends, its end is registered and all who wait for it are told.
struct Load {
    loads: Arc<Loads>,
    id: Arc<str>,
    ticket: u64,
    is_known: bool,
    began: Instant,
    sender: watch::Sender<Option<Loaded>>,
    is_done: bool,
}

impl Load {
    async fn run(mut self) {
        let limit = self.loads.settings.load_timeout;
        let id = self.id.clone();
        let turns = if self.is_known { &self.loads.again } else { &self.loads.first };
        // The function itself may panic, too: it is called here.
        let loading = async {
            // An error would mean that it was closed, and nothing closes it.
            let _turn = turns.acquire().await;
            (self.loads.load)(id).await
        };
        let loaded = match timeout(limit, loading).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(LoadError::Failed(error.into())),
            Err(_) => Err(LoadError::TimedOut(limit)),
        };
        self.end(loaded);
    }

    fn end(&mut self, loaded: Loaded) {
        self.is_done = true;
        #[cfg(feature = "metrics")]
        let result = match &loaded {
            Ok(Some(_)) => "found",
            Ok(None) => "unknown",
            Err(_) => "failed",
        };
        let error = loaded.as_ref().err().cloned();
        let mut running = self.loads.lock();
        let count = running.count(self.is_known);
        *count = count.saturating_sub(1);
        let registered = running.registered.get(&self.id).map(|registered| registered.ticket);
        if registered == Some(self.ticket) {
            running.registered.remove(&self.id);
            self.loads.caches.load().keep(self.id.clone(), &loaded, self.began);
        }
        drop(running);
        self.sender.send_replace(Some(loaded));
        // The service's own code, which could panic, comes last.
        #[cfg(feature = "metrics")]
        crate::metrics::count_load(result);
        if let Some((error, stale)) = error.zip(self.loads.stale(&self.id)) {
            self.loads.warn_of_stale(&stale, &error);
        }
    }
}

/// The load panicked, or its runtime has shut down.
impl Drop for Load {
    fn drop(&mut self) {
        if !self.is_done {
            let panicked = thread::panicking();
            self.end(Err(if panicked { LoadError::Panicked } else { LoadError::Cancelled }));
        }
    }
}
