//! Workers that are asked to stop.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use webhook_inbox::Work;
use webhook_inbox::store::State;

use crate::setup::{OTHER, SESSION, Setup, run, worker};

#[tokio::test]
async fn a_worker_that_stops_finishes_what_is_under_way_within_its_grace() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    setup.send("dlv_2", OTHER).await;
    let (begun, mut begins) = mpsc::unbounded_channel();
    let work = worker(&setup.inbox).concurrency(2).grace(Duration::from_millis(300));
    let (task, stop) = run(work.on_any("voisnap", move |_, work| {
        begun.send(()).unwrap();
        async move {
            // One is done within the grace, the other never.
            if work.number() == 1 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                return work.done();
            }
            std::future::pending().await
        }
    }));
    begins.recv().await.unwrap();
    begins.recv().await.unwrap();
    drop(stop);
    task.await.unwrap();
    let rows = setup.rows().await;
    assert_eq!((rows[1].state, rows[0].state), (State::Done, State::Failed));
    assert_eq!(rows[0].error.as_deref(), Some("the worker was stopped"));
}

#[tokio::test]
async fn a_worker_that_cannot_note_what_it_did_stops_all_the_same() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let pool = setup.sqlite.pool().clone();
    let (ended, has_ended) = oneshot::channel();
    let ended = Mutex::new(Some(ended));
    let worker = worker(&setup.inbox).grace(Duration::from_millis(10));
    let (task, stop) = run(worker.on_any("voisnap", move |_, work: Work| {
        let (pool, ended) = (pool.clone(), ended.lock().unwrap().take());
        async move {
            // From here on there is no database.
            tokio::spawn(async move { pool.close().await });
            ended.unwrap().send(()).unwrap();
            work.done()
        }
    }));
    has_ended.await.unwrap();
    drop(stop);
    tokio::time::timeout(Duration::from_mins(1), task).await.unwrap().unwrap();
}
