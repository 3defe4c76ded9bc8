//! The store in Redis. A script lets time pass by shortening every expiry.

use std::time::Duration;

use proptest::test_runner::TestRunner;
use redis::aio::MultiplexedConnection;
use webhook_idempotency::RedisStore;

use super::config;
use super::history::{check, histories};
use super::server::Server;

const PASS: &str = "
local time = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
    local left = redis.call('PTTL', key) - time
    if left <= 0 then
        redis.call('DEL', key)
    else
        redis.call('PEXPIRE', key, left)
        if redis.call('TYPE', key).ok == 'hash' then
            local ends = redis.call('HGET', key, 'until')
            if ends then redis.call('HSET', key, 'until', string.format('%.0f', ends - time)) end
        end
    end
end
";

#[test]
fn the_store_in_redis_agrees_with_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(server) = runtime.block_on(Server::start(&[])) else { return };
    let connection = runtime.block_on(server.connection());
    let store = RedisStore::new(connection.clone());
    let mut runner = TestRunner::new(config(2000));
    runner
        .run(&histories(), |history| {
            runtime.block_on(async {
                let mut flushing = connection.clone();
                redis::cmd("FLUSHALL").query_async::<()>(&mut flushing).await.unwrap();
                check(&store, &history, async |time| pass(&connection, time).await).await;
            });
            Ok(())
        })
        .unwrap();
}

async fn pass(connection: &MultiplexedConnection, time: Duration) {
    let time = u64::try_from(time.as_millis()).unwrap();
    let script = redis::Script::new(PASS);
    script.arg(time).invoke_async::<()>(&mut connection.clone()).await.unwrap();
}
