//! The providers' own SDKs against this crate, both ways, over random bodies and damage.
//!
//! `WEBHOOK_SDKS` names a directory with `node_modules` and a Python environment `venv`, which hold what
//! `package.json` and `requirements.txt` list. `.ci/run` makes one.
#![cfg(all(feature = "ed25519", feature = "p256", feature = "rsa", feature = "serde"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod damage;
mod driver;
mod known;
mod request;
mod table;

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use damage::Damage;
use driver::Driver;
use known::Side;
use request::{Dice, Request};
use table::Sdk;
use webhook_core::providers::{self, Entry};

const BODIES: usize = 36;
const AT_LEAST: usize = 300;

#[test]
fn those_from_npm_agree() {
    run("npm", table::NPM, Driver::node);
}

#[test]
fn those_from_pypi_agree() {
    run("pypi", table::PYPI, Driver::python);
}

fn skip(what: &str) {
    println!("skipped: {what}");
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{what}");
}

fn run(registry: &str, sdks: &[Sdk], start: impl Fn(&Path) -> Option<Driver>) {
    let Some(directory) = env::var_os("WEBHOOK_SDKS") else {
        return skip("WEBHOOK_SDKS is not set");
    };
    let Some(mut driver) = start(Path::new(&directory)) else {
        return skip(&format!("what runs SDKs from {registry} is not installed"));
    };
    let mut failures = Vec::new();
    for sdk in sdks {
        let name = format!("{registry}:{}", sdk.name);
        let entry = providers::find(sdk.provider)
            .unwrap_or_else(|| panic!("{name}: {} is no provider of this crate", sdk.provider));
        match driver.version(sdk.name) {
            Err(why) => skip(&format!("{name}: {why}")),
            Ok(version) => {
                let (count, found) = Comparison::new(sdk, entry, &mut driver).run();
                failures.extend(report(&name, &version, count, found));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Prints what was found, and returns what is wrong with it.
fn report(name: &str, version: &str, count: usize, found: Disagreements) -> Vec<String> {
    let all: usize = found.values().map(|(count, _)| count).sum();
    println!("{name} {version}: {count} comparisons, {all} disagreements");
    let mut failures = Vec::new();
    if count < AT_LEAST {
        failures.push(format!("{name}: {count} of at least {AT_LEAST} comparisons ran"));
    }
    let mut stale = known::of(name);
    for ((accepts, damage), (count, example)) in found {
        match stale.remove(&(accepts, damage)) {
            Some(reason) => println!("  {accepts:?} accepts {damage:?}, {count} times: {reason}"),
            None => failures
                .push(format!("{name}: {accepts:?} accepts {damage:?}, {count} times: {example}")),
        }
    }
    let unseen = |(accepts, damage)| format!("{name}: {accepts:?} accepts no {damage:?} any more");
    failures.extend(stale.into_keys().map(unseen));
    failures
}

/// How often the two disagreed, with the last example.
type Disagreements = BTreeMap<(Side, Damage), (usize, String)>;

struct Comparison<'a> {
    sdk: &'a Sdk,
    entry: &'a Entry,
    driver: &'a mut Driver,
    count: usize,
    found: Disagreements,
}

impl<'a> Comparison<'a> {
    const fn new(sdk: &'a Sdk, entry: &'a Entry, driver: &'a mut Driver) -> Self {
        Self { sdk, entry, driver, count: 0, found: BTreeMap::new() }
    }

    fn run(mut self) -> (usize, Disagreements) {
        let mut dice = Dice::new();
        for index in 0..BODIES {
            let request = dice.request(self.sdk.secret, self.sdk.bodies, index);
            let now = request.now;
            let genuine = request.signed(self.entry, now);
            if genuine.body.is_empty() {
                self.compare(Damage::EmptyBody, &genuine);
                continue;
            }
            self.compare(Damage::Nothing, &genuine);
            if let Some(signed) = self.driver.sign(self.sdk.name, &genuine) {
                self.compare(Damage::SignedBySdk, &signed);
            }
            for damage in damage::ALL {
                if let Some(damaged) = damage.of(&genuine, self.entry, self.sdk, &mut dice) {
                    self.compare(*damage, &damaged);
                }
            }
        }
        (self.count, self.found)
    }

    fn compare(&mut self, damage: Damage, request: &Request) {
        let ours = request.verify(self.entry);
        let theirs = self.driver.verify(self.sdk.name, request);
        self.count += 1;
        let name = self.sdk.name;
        assert!(ours.is_err() || damage.is_harmless(), "{name}: {damage:?} is accepted here");
        if ours.is_ok() != theirs.is_ok() {
            let side = if ours.is_ok() { Side::ThisCrate } else { Side::TheSdk };
            let found = self.found.entry((side, damage)).or_default();
            let headers = &request.headers;
            *found = (found.0 + 1, format!("here {ours:?}, there {theirs:?}: {headers:?}"));
        }
    }
}
