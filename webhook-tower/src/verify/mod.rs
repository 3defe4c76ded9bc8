//! [`VerifyWebhook`] in its parts: the service and the future behind the layer, and the
//! bodies that go in and come out.

mod body;
mod deadline;
mod future;
mod layer;
mod read;
mod service;

pub use body::{ResponseBody, VerifiedBody};
pub use future::ResponseFuture;
pub use layer::VerifyWebhook;
pub use service::VerifyService;
