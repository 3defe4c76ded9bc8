mod scripts;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, RedisResult, Script};
use tokio::runtime::Handle;

use crate::keys::{Key, Keys, Note};
use crate::store::{Claim, ClaimStore, StoreError, StoreFuture, Token};
use scripts::Scripts;

/// Keeps claims in Redis 6 or newer, for services that run as several processes.
///
/// Each step is one script. A new delivery takes one round trip and a duplicate two. Redis removes expired claims.
///
/// Configure Redis with `maxmemory-policy noeviction`: if a claim is evicted, its delivery can be handled twice. A full
/// Redis refuses new claims and renewals, and commits existing claims.
///
/// Redis Cluster works too: all keys of an endpoint and provider are in one hash slot. While that slot migrates, steps
/// on it may fail, and the service answers 503.
///
/// If Redis fails, it loses claims that it has not written to its disk or replicas, and their deliveries can be handled
/// again. A delivery that is in flight at that time is still committed, unless a retry arrives before its handler has
/// finished.
#[derive(Clone)]
pub struct RedisStore<C = ConnectionManager> {
    connection: C,
    scripts: Scripts,
    /// The runtime that runs the connection. Without it, the connection would run on the runtime of the first user. In
    /// actix-web that is a worker's, which ends before the others do.
    runtime: Option<Handle>,
}

impl RedisStore {
    /// Connects to a URL such as `redis://localhost:6379` at first use, and again whenever the connection is lost.
    ///
    /// Connecting and answering may take a second each, and a failed attempt is repeated once. So while Redis is down,
    /// requests are answered with 503 within a few seconds.
    ///
    /// The connection runs on the tokio runtime that this function is called on, whichever runtime uses it.
    ///
    /// # Errors
    ///
    /// If the URL is invalid, or there is no tokio runtime.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        const PATIENCE: Duration = Duration::from_secs(1);
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let runtime = Handle::try_current().map_err(StoreError::misconfigured)?;
        let client = Client::open(url).map_err(StoreError::misconfigured)?;
        let connection = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(StoreError::misconfigured)?;
        Ok(Self { runtime: Some(runtime), ..Self::new(connection) })
    }
}

impl<C> RedisStore<C> {
    /// Uses a connection that you created, for example to a cluster.
    ///
    /// Set its timeouts: with the defaults of the client, requests hang for many seconds while Redis is down.
    pub fn new(connection: C) -> Self {
        Self { connection, scripts: Scripts::new(), runtime: None }
    }
}

/// The arguments of a step's script.
struct Step<'a> {
    script: &'a Arc<Script>,
    keys: &'a Keys,
    /// The token of the attempt that takes the step.
    token: Option<Token>,
    /// The identity of the claim, if this step creates one, and unless it has been used.
    new: Token,
    /// A claim that the keys probably belong to.
    likely: Option<Token>,
    lease: Duration,
}

/// The result of a script, and the note of the claim.
type Answer = (i64, Vec<u8>);

/// How often a step is retried because its keys were moved to other claims.
const ATTEMPTS: usize = 8;

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// Runs a step.
    ///
    /// A script may access only declared keys, and the claims that a delivery's keys belong to are not known in advance.
    /// A script that finds an undeclared claim changes nothing and returns its name, and is run again.
    async fn run(&self, step: Step<'_>) -> Result<Answer, StoreError> {
        let space = space(step.keys);
        let name = |claim: &dyn fmt::Display| format!("{space}claim:{claim}");
        let args = step.args(&name(&""));
        let own: Vec<_> = step.keys.all().map(|(key, _)| format!("{space}{key}")).collect();
        let mut new = name(&step.new);
        let mut claims: Vec<_> = step.likely.iter().map(|likely| name(likely)).collect();
        for _ in 0..ATTEMPTS {
            let mut keys = own.clone();
            keys.push(new.clone());
            keys.extend_from_slice(&claims);
            let (answer, note, undeclared) =
                self.invoke(step.script.clone(), keys, args.clone()).await?;
            match answer {
                scripts::UNDECLARED => claims.extend(undeclared),
                scripts::IDENTITY_IN_USE => new = name(&Token::random()?),
                _ => return Ok((answer, note)),
            }
        }
        Err(StoreError::unavailable("the claims of the delivery's keys kept changing"))
    }

    /// Runs a step that follows the claim, which was probably created by this token. A forgotten claim is created again
    /// under another identity: under the old one, its former keys would belong to it again.
    async fn settle(
        &self,
        script: &Arc<Script>,
        keys: &Keys,
        token: Option<Token>,
    ) -> Result<bool, StoreError> {
        let (new, likely, lease) = (Token::random()?, token, Duration::ZERO);
        let (answer, _) = self.run(Step { script, keys, token, new, likely, lease }).await?;
        Ok(answer == scripts::DONE)
    }

    async fn invoke(
        &self,
        script: Arc<Script>,
        keys: Vec<String>,
        args: Vec<Vec<u8>>,
    ) -> Result<(i64, Vec<u8>, Vec<String>), StoreError> {
        let mut connection = self.connection.clone();
        self.on_runtime(async move {
            let mut invocation = script.prepare_invoke();
            invocation.key(keys).arg(args);
            invocation.invoke_async(&mut connection).await
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        self.on_runtime(async move { redis::cmd("PING").query_async(&mut connection).await }).await
    }

    /// Runs a command on the runtime that runs the connection.
    async fn on_runtime<T: Send + 'static>(
        &self,
        command: impl Future<Output = RedisResult<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = match &self.runtime {
            Some(runtime) => runtime.spawn(command).await.map_err(StoreError::unavailable)?,
            None => command.await,
        };
        answer.map_err(unavailable)
    }
}

impl Step<'_> {
    /// The arguments in the order in which `scripts::BEFORE` reads them.
    fn args(&self, claims: &str) -> Vec<Vec<u8>> {
        let keys = self.keys;
        let index = |wanted: Option<Key>| {
            keys.all().position(|(key, _)| Some(key) == wanted).map_or(0, |index| index + 1)
        };
        let token = self.token.map(|token| token.to_string()).unwrap_or_default();
        let numbers = [
            keys.all().count().to_string(),
            index(keys.unsigned_id()).to_string(),
            index(keys.body()).to_string(),
            millis(keys.body_retention()).to_string(),
            millis(self.lease).to_string(),
        ];
        let mut args = vec![claims.into(), token.into(), keys.note().as_ref().to_vec()];
        args.extend(numbers.map(String::into_bytes));
        args.extend(keys.all().map(|(_, retention)| millis(retention).to_string().into_bytes()));
        args
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> ClaimStore for RedisStore<C> {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        Box::pin(async move {
            let script = &self.scripts.claim;
            let (new, likely, token) = (token, None, Some(token));
            match self.run(Step { script, keys, token, new, likely, lease }).await? {
                (scripts::OURS, _) => Ok(Claim::Ours),
                (scripts::IN_FLIGHT, note) => Ok(Claim::InFlight(read_note(&note)?)),
                (scripts::COMMITTED, note) => Ok(Claim::Committed(read_note(&note)?)),
                _ => Err(StoreError::unavailable("the script returned an unknown result")),
            }
        })
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        Box::pin(self.settle(&self.scripts.commit, keys, Some(token)))
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.settle(&self.scripts.release, keys, Some(token)).await?;
            Ok(())
        })
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        Box::pin(self.settle(&self.scripts.forget, keys, None))
    }

    fn ready(&self) -> StoreFuture<'_, ()> {
        Box::pin(self.ping())
    }
}

fn read_note(bytes: &[u8]) -> Result<Note, StoreError> {
    Note::from_bytes(bytes)
        .ok_or_else(|| StoreError::unavailable("the script returned a note of a wrong length"))
}

/// A full Redis (`noeviction`) has no room for a claim. Every other error means that it did not answer.
fn unavailable(error: RedisError) -> StoreError {
    match error.code() {
        Some("OOM") => StoreError::full(),
        _ => StoreError::unavailable(error),
    }
}

/// The common prefix of the names of all keys of an endpoint and provider. The part in braces selects the hash slot: a
/// prefix of the namespace is enough to distribute endpoints, and each key contains the whole namespace.
fn space(keys: &Keys) -> String {
    let namespace: String = keys.namespace().to_string().chars().take(16).collect();
    format!("webhook:{{{namespace}}}:")
}

/// Redis refuses an expiry of zero.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
}

/// About 140 000 years. Lua represents all integers up to twice as much exactly, and Redis can add it to its clock.
const MAX_MILLIS: u64 = 1 << 52;

/// Prints no URL, since it may contain a password.
impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
