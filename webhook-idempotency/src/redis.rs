mod scripts;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};
use tokio::runtime::Handle;

use crate::keys::{Key, Keys, Note};
use crate::store::{Claim, ClaimStore, StoreError, StoreFuture, Token};
use scripts::Scripts;

/// Claims in Redis 6 or newer, for a service that runs as several processes.
///
/// Each step is one script, which for a new delivery is one round trip and for a duplicate two. Redis expires what is
/// over. Redis must be set to `maxmemory-policy noeviction`: an evicted claim is a delivery handled twice. A full Redis
/// refuses new claims, and commits those that it has.
///
/// It works on Redis Cluster too: all keys of an endpoint and provider are in one hash slot. While that slot migrates,
/// steps on it may fail, and the service answers 503.
///
/// What Redis had not written to its disk or its replicas when it failed is handled again. A delivery in flight at that
/// time is committed all the same, unless a retry of it arrives before its handler has finished.
#[derive(Clone)]
pub struct RedisStore<C = ConnectionManager> {
    connection: C,
    scripts: Scripts,
    /// Where the connection lives: not on whichever runtime happens to ask first, which in actix-web is a worker's and
    /// ends before the others do.
    runtime: Option<Handle>,
}

impl RedisStore {
    /// Connects to a URL such as `redis://localhost:6379`, when it is first needed and again whenever the connection
    /// is lost. An attempt to connect and an answer may take a second each, and what fails is tried once more: while
    /// Redis is down, requests are answered 503 within a few seconds.
    ///
    /// The connection lives on the tokio runtime that this is called on, whichever uses it.
    ///
    /// # Errors
    ///
    /// If the URL is not one, or there is no tokio runtime.
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
    /// Uses a connection that you made: of a cluster, say. Its time-outs are yours to set; the client's own would hold
    /// requests for many seconds while Redis is down.
    pub fn new(connection: C) -> Self {
        Self { connection, scripts: Scripts::new(), runtime: None }
    }
}

/// What a step asks of its script.
struct Step<'a> {
    script: &'a Arc<Script>,
    keys: &'a Keys,
    /// Of whoever takes the step.
    token: Option<Token>,
    /// A claim that is made by this step gets this identity.
    new: Token,
    /// A claim that the keys are likely to belong to.
    likely: Option<Token>,
    lease: Duration,
}

/// What a script answers, and the note of the claim.
type Answer = (i64, Vec<u8>);

/// How often a step is begun anew because its keys have come to belong to other claims.
const ATTEMPTS: usize = 8;

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// Takes a step. A script may touch only what it declares, and which claims the keys belong to is not known
    /// beforehand: a script that meets an undeclared claim changes nothing and names it, and is run again.
    async fn run(&self, step: Step<'_>) -> Result<Answer, StoreError> {
        let space = space(step.keys);
        let name = |claim: &dyn fmt::Display| format!("{space}claim:{claim}");
        let args = step.args(&name(&""));
        let own: Vec<_> = step.keys.all().map(|(key, _)| format!("{space}{key}")).collect();
        let new = name(&step.new);
        let mut claims: Vec<_> = step.likely.iter().map(|likely| name(likely)).collect();
        for _ in 0..ATTEMPTS {
            let mut keys = own.clone();
            keys.push(new.clone());
            keys.extend_from_slice(&claims);
            let (answer, note, undeclared) =
                self.invoke(step.script.clone(), keys, args.clone()).await?;
            if answer != scripts::UNDECLARED {
                return Ok((answer, note));
            }
            claims.extend(undeclared);
        }
        Err(StoreError::unavailable("the delivery's keys change all the time"))
    }

    /// Takes a step after the claim, which most likely was made by this token. A claim that was forgotten is made anew
    /// under another identity: under the old one, keys that it had would be its own again.
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
        let invoke = async move {
            let mut invocation = script.prepare_invoke();
            invocation.key(keys).arg(args);
            invocation.invoke_async(&mut connection).await
        };
        let answer = match &self.runtime {
            Some(runtime) => runtime.spawn(invoke).await.map_err(StoreError::unavailable)?,
            None => invoke.await,
        };
        answer.map_err(unavailable)
    }
}

impl Step<'_> {
    /// In the order in which `scripts::BEFORE` reads them.
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
                _ => Err(StoreError::unavailable("an answer that the script does not give")),
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
}

fn read_note(bytes: &[u8]) -> Result<Note, StoreError> {
    Note::from_bytes(bytes).ok_or_else(|| StoreError::unavailable("a note of another length"))
}

/// A full Redis (`noeviction`) has no room for a claim; whatever else is wrong, it did not answer.
fn unavailable(error: RedisError) -> StoreError {
    match error.code() {
        Some("OOM") => StoreError::full(),
        _ => StoreError::unavailable(error),
    }
}

/// What the names of all keys of an endpoint and provider begin with. What is in braces decides about the hash slot: it
/// is enough of the namespace to tell endpoints apart, and the keys themselves hold all of it.
fn space(keys: &Keys) -> String {
    let namespace: String = keys.namespace().to_string().chars().take(16).collect();
    format!("webhook:{{{namespace}}}:")
}

/// Redis takes no expiry of zero.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
}

/// About 140 000 years: Lua counts in steps of one up to twice as much, and Redis can add it to its clock.
const MAX_MILLIS: u64 = 1 << 52;

/// Names no address: URLs hold passwords.
impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
