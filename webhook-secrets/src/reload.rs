mod error;
mod text;

use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, path};

use tokio::runtime;
use webhook_core::adapter::digest;
use webhook_core::providers::Credentials;
use webhook_core::{SecretError, Verify};
use zeroize::Zeroizing;

use crate::rotating::{OtherProvider, Rotating};
use error::Cause;
pub use error::{ReloadError, ReloadErrorKind};

/// The longest file that is read.
const MAX_BYTES: usize = 64 * 1024;

impl<V: Verify + 'static> Rotating<V> {
    /// Reads secrets from a file, and again when [`Reload`] is asked to.
    ///
    /// The file contains one secret a line: the current one first, then those that are being replaced, four at most. Empty
    /// lines are ignored. A PEM block counts as one secret. A file has at most 64 KiB.
    ///
    /// `make` makes the verifier of these secrets, now and at each reload.
    /// [`Entry::verifier`](webhook_core::providers::Entry::verifier) does it for every provider.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use webhook_core::providers;
    /// use webhook_secrets::Rotating;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let voisnap = providers::find("voisnap").ok_or("no such provider")?;
    /// let (secret, reload) = Rotating::from_file("/run/secrets/voisnap", move |credentials| {
    ///     voisnap.verifier(credentials)
    /// })?;
    /// tokio::spawn(reload.watch(Duration::from_secs(10)));
    /// // `VerifyWebhook::new(secret)`
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or has no secrets that `make` accepts. The error names the file and does not contain
    /// any of it.
    pub fn from_file(
        path: impl AsRef<Path>,
        make: impl Fn(&Credentials) -> Result<V, SecretError> + Send + Sync + 'static,
    ) -> Result<(Self, Reload), ReloadError> {
        // The service may change its working directory later.
        let path = path::absolute(&path).unwrap_or_else(|_| path.as_ref().to_owned());
        let read = || {
            let text = read(&path)?;
            let verify = make(&text::credentials(as_text(&text)?)?).map_err(Cause::Secret)?;
            Ok((verify, content(&text)))
        };
        let (verify, loaded) = read().map_err(|cause| ReloadError::new(&path, cause))?;
        let (rotating, handle) = Self::new(verify);
        let provider = handle.provider();
        let replace = move |credentials: &Credentials| {
            let verify = make(credentials).map_err(Cause::Secret)?;
            let replaced = handle.replace(verify);
            replaced.map_err(|OtherProvider { other }| Cause::OtherProvider { other })
        };
        let state = Mutex::new(State { loaded, failure: None });
        let secrets = Secrets { path, provider, replace: Box::new(replace), state };
        Ok((rotating, Reload(Arc::new(secrets))))
    }
}

/// Reads the file of a [`Rotating::from_file`] again. Clones read the same file.
///
/// A file that cannot be used changes nothing: the secrets in use are kept, and it is tried again next time. The failure is
/// logged as an error, once until the file or the failure changes. The metric `webhook_secret_reloads_total` counts each
/// attempt that failed.
///
/// Replace the file in one step: write another one and rename it. Of a file that is written in place, a part may be read,
/// and may be taken for a shorter secret until the next reload.
#[derive(Clone)]
pub struct Reload(Arc<Secrets>);

impl Reload {
    /// Reads the file again every `interval`, 100 ms at least, as long as the future is polled. It never ends.
    ///
    /// It compares the content of the file, because Kubernetes replaces a directory that the file's path only links to,
    /// and network file systems report no changes. Kubernetes does not update a file that is mounted by `subPath`.
    ///
    /// # Panics
    ///
    /// The future panics outside a tokio runtime, or if the runtime's time driver is disabled.
    pub fn watch(&self, interval: Duration) -> impl Future<Output = ()> + Send + use<> {
        let reload = self.clone();
        let interval = interval.max(Duration::from_millis(100));
        async move {
            loop {
                tokio::time::sleep(interval).await;
                // It is logged, and the file is read again.
                _ = reload.now().await;
            }
        }
    }

    /// Reads the file again now, for example on SIGHUP. Returns whether its content has changed and is in use.
    ///
    /// The file is read on a thread for blocking work; outside a tokio runtime, on this thread.
    ///
    /// # Errors
    ///
    /// If the file cannot be used. The secrets in use are kept.
    pub async fn now(&self) -> Result<bool, ReloadError> {
        let secrets = self.0.clone();
        let Ok(runtime) = runtime::Handle::try_current() else { return secrets.reload() };
        let path = secrets.path.clone();
        let reloading = runtime.spawn_blocking(move || secrets.reload());
        // It does not panic, but a runtime that shuts down does not run it.
        let stopped = |error| ReloadError::new(&path, Cause::Unreadable(io::Error::other(error)));
        reloading.await.unwrap_or_else(|error| Err(stopped(error)))
    }
}

/// Shows the path and the provider.
impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Secrets { path, provider, .. } = &*self.0;
        f.debug_struct("Reload").field("path", path).field("provider", provider).finish()
    }
}

type Replace = dyn Fn(&Credentials) -> Result<(), Cause> + Send + Sync;

/// A file of secrets, and what is known about it.
struct Secrets {
    path: PathBuf,
    provider: &'static str,
    replace: Box<Replace>,
    state: Mutex<State>,
}

struct State {
    /// The content in use.
    loaded: Content,
    /// The last failure, if nothing succeeded since: the content, if it was read, and the error's text.
    failure: Option<(Option<Content>, String)>,
}

/// A digest of a file's content, so that the secrets are not kept as text.
type Content = [u8; 32];

impl Secrets {
    fn reload(&self) -> Result<bool, ReloadError> {
        // A panic of `replace` is caught, and nothing else panics under this lock.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read(&self.path);
        let content = read.as_ref().ok().map(|text| content(text));
        if content == Some(state.loaded) {
            if state.failure.take().is_some() {
                self.log_info("webhook secret file is usable again and has not changed");
            }
            return Ok(false);
        }
        let replaced = read.and_then(|text| {
            let credentials = text::credentials(as_text(&text)?)?;
            catch_unwind(AssertUnwindSafe(|| (self.replace)(&credentials)))
                .unwrap_or(Err(Cause::Panicked))
        });
        #[cfg(feature = "metrics")]
        crate::metrics::count_reload(self.provider, replaced.is_ok());
        if let Err(cause) = replaced {
            let error = ReloadError::new(&self.path, cause);
            let failure = Some((content, error.to_string()));
            if state.failure != failure {
                let provider = self.provider;
                tracing::error!(provider, %error, "webhook secrets kept: the new ones are unusable");
                state.failure = failure;
            }
            return Err(error);
        }
        state.failure = None;
        if let Some(content) = content {
            state.loaded = content;
        }
        self.log_info("webhook secrets replaced");
        Ok(true)
    }

    fn log_info(&self, message: &str) {
        tracing::info!(provider = self.provider, file = %self.path.display(), "{message}");
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Cause> {
    // With room for all of it: a vector that grows leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 64));
    // Opening a pipe would wait for whoever writes to it.
    if !path.metadata().map_err(Cause::Unreadable)?.is_file() {
        return Err(Cause::Unreadable(io::Error::other("not a regular file")));
    }
    let file = File::open(path).map_err(Cause::Unreadable)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(Cause::Unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(Cause::TooLarge { limit: MAX_BYTES });
    }
    Ok(bytes)
}

fn as_text(bytes: &[u8]) -> Result<&str, Cause> {
    std::str::from_utf8(bytes).map_err(|_| Cause::NotText)
}

fn content(bytes: &[u8]) -> Content {
    digest("webhook secret file", &[bytes])
}
