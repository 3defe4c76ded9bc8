use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The reason why a lookup failed. All lookups that wait for a load get a clone.
///
/// The text does not contain the id, which a stranger may have chosen.
#[derive(Debug, Clone)]
pub(super) enum LoadError {
    Failed(Arc<dyn Error + Send + Sync>),
    TimedOut(Duration),
    Panicked,
    Cancelled,
    TooMany(usize),
    NoRuntime,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the endpoint could not be loaded"),
            Self::TimedOut(limit) => write!(f, "loading the endpoint took longer than {limit:?}"),
            Self::Panicked => f.write_str("the function that loads endpoints panicked"),
            Self::Cancelled => {
                f.write_str("loading the endpoint was cancelled: its tokio runtime has shut down")
            }
            Self::TooMany(limit) => {
                write!(
                    f,
                    "too many endpoints wait to be loaded, {limit} at a time: see `Endpoints::max_loads`"
                )
            }
            Self::NoRuntime => f.write_str(
                "endpoints are loaded in a tokio runtime, and there is none on this thread",
            ),
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(source) => Some(&**source),
            _ => None,
        }
    }
}
