use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use webhook_core::UnixTime;
use webhook_core::adapter::{Sampler, Steady};

/// The time since the process first asked.
pub(crate) fn elapsed() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// The time, by a clock that does not run backwards even if the system's does.
pub(crate) fn now() -> UnixTime {
    static CLOCK: Steady = Steady::new();
    static SAMPLER: Sampler = Sampler::new();
    let elapsed = elapsed();
    let reading = CLOCK.read(SystemTime::now().into(), elapsed);
    if reading.is_suspect() && SAMPLER.admit(elapsed).is_some() {
        let behind = reading.behind.as_secs();
        tracing::warn!(
            behind,
            "the system clock was set back, or was ahead before; webhook timestamps are judged by the \
             later time until the process is restarted"
        );
    }
    reading.time
}
