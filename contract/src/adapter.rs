use std::net::TcpListener;
use std::sync::Arc;

use crate::route::{Route, Shown};
use crate::site::Site;

/// A framework's adapter, as its test shows it to the contract.
pub trait Adapter: 'static {
    /// A handler of the framework's.
    type Handler;

    /// Where it is documented to differ.
    const DIFFERENCES: Differences;

    /// A handler that takes `Verified<T>` and answers what [`Site::handle`] says for [`Shown::show`].
    fn read<T: Shown>(site: &Arc<Site>) -> Self::Handler;

    /// A handler that takes `Result<Verified<Json<Order>>, VerifiedRejection>` and answers 200 with what
    /// [`Site::caught`] says.
    fn catch(site: &Arc<Site>) -> Self::Handler;

    /// A handler that takes `Verified<Bytes>` and returns [`Site::refused`] as a `VerifiedRejection`.
    fn refuse(site: &Arc<Site>) -> Self::Handler;

    /// Serves these routes until `stopped` is ready: for POST, or for every method where the route says so. Runs in a
    /// thread of its own.
    fn serve(
        listener: TcpListener,
        site: Arc<Site>,
        routes: Vec<Route>,
        stopped: impl Future<Output = ()> + Send + 'static,
    );
}

/// Where an adapter cannot do as the others, because of its framework.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own")]
pub struct Differences {
    /// A client that waits for `100 Continue` is asked for its body before anybody judges its head. The body
    /// is not read all the same.
    pub continues_before_the_head_is_judged: bool,
    /// A request with `Upgrade` has no end, though it declares its length: what comes behind the body makes it
    /// malformed.
    pub reads_on_behind_upgrades: bool,
    /// Requests are observed when they are extracted, before the handler runs: a rejection that the handler
    /// returns is not observed.
    pub observes_before_the_handler: bool,
    /// What verifies requests sees those of every method, also where the handler is for POST only.
    pub verifies_every_method: bool,
}
