//! The metrics, for the recorder that the service has installed.

use metrics::{Unit, counter, describe_counter};

const RELOADS: &str = "webhook_secret_reloads_total";
const LOADS: &str = "webhook_endpoint_loads_total";

/// Gives the metric of reloads its description and unit.
pub(crate) fn describe_reloads() {
    describe_counter!(RELOADS, Unit::Count, "Replaced secrets, and attempts that failed.");
}

/// Gives the metric of loads its description and unit.
pub(crate) fn describe_loads() {
    describe_counter!(LOADS, Unit::Count, "Loads of endpoints by their result.");
}

pub(crate) fn count_reload(provider: &'static str, is_ok: bool) {
    let result = if is_ok { "ok" } else { "failed" };
    counter!(RELOADS, "provider" => provider, "result" => result).increment(1);
}

pub(crate) fn count_load(result: &'static str) {
    counter!(LOADS, "result" => result).increment(1);
}
