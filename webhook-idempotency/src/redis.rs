use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, Script};
use tokio::runtime::Handle;

use crate::keys::{Key, Keys};
use crate::store::{Claim, ClaimStore, StoreError, StoreFuture, Token};

/// Claims in Redis 6 or newer, for a service that runs as several processes.
///
/// Each step is one script. All keys of an endpoint and provider stand in one hash slot, so it works on
/// Redis Cluster too. Redis must be set to `maxmemory-policy noeviction`: an evicted claim is a delivery
/// handled twice. What Redis had not written to its disk or its replicas when it failed is handled again.
///
/// A claim takes a key of its own and one for each of the delivery's. Redis expires them.
#[derive(Clone)]
pub struct RedisStore<C = ConnectionManager> {
    connection: C,
    scripts: Arc<Scripts>,
    /// Where the connection lives: not on whichever runtime happens to ask first, which in actix-web is
    /// a worker's and ends before the others do.
    runtime: Option<Handle>,
}

struct Scripts {
    claim: Script,
    commit: Script,
    release: Script,
    forget: Script,
}

impl RedisStore {
    /// Connects to a URL such as `redis://localhost:6379`, when it is first needed and again whenever the
    /// connection is lost. An attempt to connect and an answer may take a second each, and what fails is
    /// tried once more: while Redis is down, requests are answered 503 within a few seconds.
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
    /// Uses a connection that you made: of a cluster, say. Its time-outs are yours to set; the client's
    /// own would hold requests for many seconds while Redis is down.
    pub fn new(connection: C) -> Self {
        let script = |code: &str| Script::new(&[LIVE, code].concat());
        let scripts = Scripts {
            claim: script(CLAIM),
            commit: script(COMMIT),
            release: script(RELEASE),
            forget: script(FORGET),
        };
        Self { connection, scripts: Arc::new(scripts), runtime: None }
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// Runs a script on the keys, with what is common to all scripts before its own arguments.
    async fn run<T: FromRedisValue + Send + 'static>(
        &self,
        script: fn(&Scripts) -> &Script,
        keys: &Keys,
        args: &[String],
    ) -> Result<T, StoreError> {
        // In braces: what is between them decides about the hash slot.
        let space = format!("webhook:{{{}}}:", short(keys.namespace()));
        let mut all_args = vec![format!("{space}claim:")];
        all_args.extend(keys.all().map(|(_, retention)| millis(retention).to_string()));
        all_args.extend_from_slice(args);
        let keys: Vec<_> = keys.all().map(|(key, _)| format!("{space}{key}")).collect();

        let (scripts, mut connection) = (self.scripts.clone(), self.connection.clone());
        let invoke = async move {
            let mut invocation = script(&scripts).prepare_invoke();
            invocation.key(keys).arg(all_args);
            invocation.invoke_async(&mut connection).await
        };
        let answer = match &self.runtime {
            Some(runtime) => runtime.spawn(invoke).await.map_err(StoreError::unavailable)?,
            None => invoke.await,
        };
        answer.map_err(unavailable)
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
            let has_id = u8::from(keys.id().is_some()).to_string();
            let args = [token.to_string(), millis(lease).to_string(), has_id];
            match self.run(|scripts| &scripts.claim, keys, &args).await? {
                0_u8 => Ok(Claim::Ours),
                1 => Ok(Claim::InFlight),
                2 => Ok(Claim::Committed),
                _ => Err(StoreError::unavailable("an answer that the script does not give")),
            }
        })
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let args = [token.to_string(), millis(keys.longest_retention()).to_string()];
            self.run(|scripts| &scripts.commit, keys, &args).await
        })
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let args = [token.to_string()];
            self.run(|scripts| &scripts.release, keys, &args).await
        })
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        Box::pin(self.run(|scripts| &scripts.forget, keys, &[]))
    }
}

/// A full Redis (`noeviction`) has no room for a claim; whatever else is wrong, it did not answer.
fn unavailable(error: RedisError) -> StoreError {
    match error.code() {
        Some("OOM") => StoreError::full(),
        _ => StoreError::unavailable(error),
    }
}

/// Enough of the namespace to tell endpoints apart in a list of keys; the keys themselves hold all of it.
fn short(namespace: Key) -> String {
    namespace.to_string().chars().take(16).collect()
}

/// Redis takes no expiry of zero.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLIS)
}

/// About 285 years, the most for which Redis can add to its clock without overflow.
const MAX_MILLIS: u64 = i64::MAX as u64 / 1024;

/// Before every script. A key of a delivery holds the token of its claim; the claim's own key holds
/// `0`, in flight, or `1`, committed, and expires with its lease or retention. Where it is gone, the keys
/// that name it are free.
const LIVE: &str = "
local claims = ARGV[1]
local function holder(key)
    local token = redis.call('GET', key)
    if not token then return nil end
    local state = redis.call('GET', claims .. token)
    if state then return token, state end
end
";

/// KEYS: the id, if there is one, then the fingerprints. ARGV: their retentions, then the rest.
const CLAIM: &str = "
local token, lease, has_id = ARGV[#KEYS + 2], ARGV[#KEYS + 3], ARGV[#KEYS + 4]
local first = has_id == '1' and 2 or 1
local function answer(owner, state)
    if state == '1' then return 2 end
    if owner == token then return 0 end
    return 1
end
for i = first, #KEYS do
    local owner, state = holder(KEYS[i])
    if owner then return answer(owner, state) end
end
local owner, state
if has_id == '1' then owner, state = holder(KEYS[1]) end
if owner then
    for i = first, #KEYS do redis.call('SET', KEYS[i], owner, 'PX', ARGV[i + 1]) end
    return answer(owner, state)
end
redis.call('SET', claims .. token, '0', 'PX', lease)
for i = 1, #KEYS do redis.call('SET', KEYS[i], token, 'PX', lease) end
return 0
";

const COMMIT: &str = "
local token, retention = ARGV[#KEYS + 2], ARGV[#KEYS + 3]
local claim = claims .. token
if redis.call('GET', claim) ~= '0' then return 0 end
redis.call('SET', claim, '1', 'PX', retention)
for i = 1, #KEYS do
    if redis.call('GET', KEYS[i]) == token then
        redis.call('PEXPIRE', KEYS[i], ARGV[i + 1])
    end
end
return 1
";

const RELEASE: &str = "
local token = ARGV[#KEYS + 2]
local claim = claims .. token
if redis.call('GET', claim) == '0' then redis.call('DEL', claim) end
for i = 1, #KEYS do
    if redis.call('GET', KEYS[i]) == token and redis.call('EXISTS', claim) == 0 then
        redis.call('DEL', KEYS[i])
    end
end
";

const FORGET: &str = "
local forgotten = 0
for i = 1, #KEYS do
    local owner = holder(KEYS[i])
    if owner then
        redis.call('DEL', claims .. owner)
        forgotten = 1
    end
    redis.call('DEL', KEYS[i])
end
return forgotten
";

/// Names no address: URLs hold passwords.
impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
