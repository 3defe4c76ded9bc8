use std::path::PathBuf;

use clap::Args;
use webhook_core::UnixTime;

use super::{Header, header, read_input, target, time};
use crate::failure::Failure;
use crate::request::{self, Captured};

/// The request, whole or in pieces, and when it arrived.
#[derive(Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// A file with the request: raw HTTP/1.1, a HAR file or entry, or a CloudEvent's JSON; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "body")]
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
    /// Judge the signed time as of this moment: seconds since 1970, or as in 2026-11-25T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<UnixTime>,
    /// Judge the signed time as of the moment at which the request arrived
    #[arg(long, conflicts_with = "at")]
    pub(crate) at_arrival: bool,
}

impl RequestArgs {
    /// Reads the request. `url` holds its path and query, if only its body is given.
    pub(crate) fn read(&self, url: Option<&str>) -> Result<Captured, Failure> {
        if let Some(path) = &self.request {
            let bytes = read_input(path)?;
            return request::read(&bytes, self.entry)
                .map_err(|error| Failure::set_up(format!("{}: {error}", path.display())));
        }
        let path = self.body.as_deref();
        let path = path.ok_or_else(|| Failure::set_up("neither --request nor --body is given"))?;
        let headers = self.header.iter().cloned();
        Ok(Captured {
            method: self.method.clone(),
            target: url.map_or("/", target).to_owned(),
            headers: headers.map(|(name, value)| (name, value.into_bytes())).collect(),
            body: read_input(path)?.into(),
            arrived: None,
            doubts: Vec::new(),
        })
    }
}
