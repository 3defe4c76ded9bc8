//! The dashboard's queries, asked of a Prometheus that watches the receiver.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use webhook_tower::providers::svara::Svara;

use crate::service::{PATIENCE, Service};
use crate::{SVARA, sign};

/// One of the test's own, which ends with it.
struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    /// `None`, with a line that says so, where there is none; with `CI=true` that is a failure.
    fn watching(target: SocketAddr) -> Option<Self> {
        if Command::new("prometheus").arg("--version").output().is_err() {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "prometheus is not installed");
            println!("skipped: prometheus is not installed");
            return None;
        }
        let dir = env::temp_dir().join(format!("dashboard-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let config = format!(
            "scrape_configs: [{{job_name: receiver, scrape_interval: 1s, static_configs: \
             [{{targets: ['{target}']}}]}}]"
        );
        fs::write(dir.join("prometheus.yml"), config).unwrap();
        // It cannot say which port it took, so take one that is free now.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { child, address })
    }

    fn query(&self, query: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let mut form = String::from("query=");
        query.bytes().for_each(|byte| write!(form, "%{byte:02X}").unwrap());
        let head = "POST /api/v1/query HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded";
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// How many series a query has, once it has any that is a number.
    fn series(&self, query: &str) -> usize {
        let start = Instant::now();
        loop {
            let answer = self.query(query).unwrap_or_default();
            assert_ne!(answer["status"], "error", "{query}: {answer}");
            let series = answer["data"]["result"].as_array().map_or(0, |series| {
                series.iter().filter(|series| series["value"][1] != "NaN").count()
            });
            if series > 0 || start.elapsed() > PATIENCE {
                return series;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What the panels ask, with the variables as Grafana would fill them in.
fn queries() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(include_str!("../../dashboard.json")).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter();
    let targets = targets.flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries = targets.map(|target| {
        let query = target["expr"].as_str().unwrap();
        query.replace("$__rate_interval", "1m").replace("$__range", "1m").replace("$provider", ".*")
    });
    queries.collect()
}

#[test]
fn every_query_of_the_dashboard_has_an_answer() {
    let dir = env::temp_dir().join(format!("dashboard-secret-{}", std::process::id()));
    fs::write(&dir, "svara-secret\nthe-previous-secret\n").unwrap();
    let secret = dir.to_str().unwrap();
    let variables = [("METRICS_BIND", "127.0.0.1:0"), ("SVARA_WEBHOOK_SECRET_FILE", secret)];
    let service = Service::start_with(&variables);
    let Some(prometheus) = Prometheus::watching(service.metrics()) else { return };

    // Rates need samples before and after.
    let traffic = || {
        let current = sign::<Svara>("svara-secret", SVARA);
        let previous = sign::<Svara>("the-previous-secret", SVARA);
        for headers in [&current, &previous, &vec![]] {
            service.send("POST", "/webhooks/svara", headers, SVARA);
        }
    };
    traffic();
    fs::write(&dir, "").unwrap();
    service.signal("-HUP");
    service.logs("the new ones are unusable");
    assert_eq!(prometheus.series("count_over_time(webhook_deliveries_total[1m]) > 1"), 3);
    traffic();

    for query in queries() {
        // This receiver looks no endpoints up.
        let has_series = !query.contains("webhook_endpoint_loads_total");
        if has_series {
            assert_ne!(prometheus.series(&query), 0, "{query}");
        } else {
            assert_eq!(prometheus.query(&query).unwrap()["status"], "success", "{query}");
        }
    }
}
