use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use webhook_core::UnixTime;

use super::{Header, header, now, read_input, target, time};
use crate::failure::Failure;
use crate::request::{self, Captured};

/// Longer than any recorded request is old.
const ANY_AGE: Duration = Duration::from_secs(u32::MAX as u64);

/// The request, whole or in pieces, and when it arrived.
#[derive(Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// A file with the request: raw HTTP/1.1, a HAR file or entry, or a CloudEvent's JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Which entry of a HAR file, counted from 1
    #[arg(long, value_name = "N", requires = "request")]
    entry: Option<usize>,
    /// A file with the body, byte for byte; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    body: Option<PathBuf>,
    /// A header of the request. May repeat
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header, conflicts_with = "request")]
    header: Vec<Header>,
    /// The method of the request
    #[arg(long, default_value = "POST", conflicts_with = "request")]
    method: String,
    /// Judge the signed time as of this moment: seconds since 1970, 1700000000000ms, or as in 2026-11-25T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<UnixTime>,
    /// Judge the signed time as of the moment at which the request arrived
    #[arg(long, conflicts_with = "at")]
    at_arrival: bool,
}

impl RequestArgs {
    /// When the request is judged, and a tolerance for one that is judged as of an arrival that nobody recorded.
    pub(crate) fn judged_at(&self, request: &Captured) -> (UnixTime, Option<Duration>) {
        match (self.at, request.arrived) {
            (Some(at), _) => (at, None),
            (None, Some(arrived)) if self.at_arrival => (arrived, None),
            (None, _) => (now(), self.at_arrival.then_some(ANY_AGE)),
        }
    }

    /// Reads the request. `url` holds its path and query, if only its body is given.
    pub(crate) fn read(&self, url: Option<&str>) -> Result<Captured, Failure> {
        if let Some(path) = &self.request {
            let bytes = read_input(path)?;
            return request::read(&bytes, self.entry)
                .map_err(|error| Failure::set_up(format!("{}: {error}", path.display())));
        }
        let path = self.body.as_deref();
        let path = path.ok_or_else(|| {
            Failure::set_up("no request: give --request FILE, or --body FILE and --header")
        })?;
        let headers = self.header.iter().cloned();
        Ok(Captured {
            url: url.map(str::to_owned),
            method: self.method.clone(),
            target: url.map_or("/", target).to_owned(),
            headers: headers.map(|(name, value)| (name, value.into_bytes())).collect(),
            body: read_input(path)?.into(),
            arrived: None,
            doubts: Vec::new(),
        })
    }
}
