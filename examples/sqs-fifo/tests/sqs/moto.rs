//! A local SQS: moto_server, and a queue of each test's own in it.

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use tokio::runtime::{Builder, Runtime};

use crate::proxy::Proxy;

/// What a program needs to reach it, beside `AWS_ENDPOINT_URL` and `QUEUE_URL`.
pub const CREDENTIALS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];

/// The attributes with which README.md has the queue created.
const SETUP: &str = include_str!("../../queue.json");

/// How often a message of that queue is handed out before it goes to the dead-letter queue.
pub fn max_receive_count() -> usize {
    let (_, count) = SETUP.split_once(r#"maxReceiveCount\":\""#).unwrap();
    count.split_once('\\').unwrap().0.parse().unwrap()
}

pub struct Sqs {
    _server: Arc<Server>,
    pub proxy: Proxy,
    client: Client,
    runtime: Runtime,
    url: String,
    dead_letters: String,
}

impl Sqs {
    /// `None`, with a line that says so, where there is no moto_server; with `CI=true` that is a failure.
    pub fn start(name: &str) -> Option<Self> {
        Self::with_max_receive_count(name, max_receive_count())
    }

    /// One whose messages are handed out so often.
    pub fn with_max_receive_count(name: &str, count: usize) -> Option<Self> {
        let server = Server::shared()?;
        let proxy = Proxy::start(server.address);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .region(Region::new("us-east-1"))
            .endpoint_url(proxy.url())
            .build();
        let client = Client::from_conf(config);
        let (url, dead_letters) = runtime.block_on(queues(&client, name, count));
        Some(Self { _server: server, proxy, client, runtime, url, dead_letters })
    }

    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let credentials = CREDENTIALS.map(|(name, value)| (name, value.to_owned()));
        let own = [("AWS_ENDPOINT_URL", self.proxy.url()), ("QUEUE_URL", self.url.clone())];
        credentials.into_iter().chain(own).collect()
    }

    /// Sends a message past the receiver.
    pub fn send(&self, body: &str, group: &str, deduplication: &str) {
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        let request = request.message_group_id(group).message_deduplication_id(deduplication);
        self.runtime.block_on(request.send()).unwrap();
    }

    /// How many messages there are, also of those that are hidden.
    pub fn len(&self) -> usize {
        self.runtime.block_on(len(&self.client, &self.url))
    }

    pub fn dead_letters(&self) -> usize {
        self.runtime.block_on(len(&self.client, &self.dead_letters))
    }

    /// The body of a message, which is then hidden for a second, and its group.
    pub fn peek(&self) -> (String, String) {
        self.peek_in(&self.url)
    }

    pub fn peek_dead_letter(&self) -> (String, String) {
        self.peek_in(&self.dead_letters)
    }

    fn peek_in(&self, url: &str) -> (String, String) {
        use aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId;
        let request = self.client.receive_message().queue_url(url).visibility_timeout(1);
        let request = request.message_system_attribute_names(MessageGroupId);
        let messages = self.runtime.block_on(request.send()).unwrap().messages.unwrap();
        let [message] = &*messages else { panic!("{messages:?}") };
        let group = message.attributes.as_ref().unwrap()[&MessageGroupId].clone();
        (message.body.clone().unwrap(), group)
    }
}

async fn queues(client: &Client, name: &str, count: usize) -> (String, String) {
    let dead = client.create_queue().queue_name(format!("{name}-dead.fifo"));
    let dead = dead.attributes(Attribute::FifoQueue, "true").send().await.unwrap();
    let dead = dead.queue_url.unwrap();
    let arn = attributes(client, &dead, Attribute::QueueArn).await[&Attribute::QueueArn].clone();
    let setup = SETUP.replace("DEAD_LETTER_ARN", &arn);
    let setup: HashMap<String, String> = serde_json::from_str(&setup).unwrap();
    let redrive = |count: usize| format!(r#""maxReceiveCount":"{count}""#);
    let mut queue = client.create_queue().queue_name(format!("{name}.fifo"));
    for (name, value) in setup {
        let value = value.replace(&redrive(max_receive_count()), &redrive(count));
        queue = queue.attributes(Attribute::from(&*name), value);
    }
    (queue.send().await.unwrap().queue_url.unwrap(), dead)
}

async fn attributes(client: &Client, url: &str, name: Attribute) -> HashMap<Attribute, String> {
    let request = client.get_queue_attributes().queue_url(url).attribute_names(name);
    request.send().await.unwrap().attributes.unwrap()
}

async fn len(client: &Client, url: &str) -> usize {
    let attributes = attributes(client, url, Attribute::All).await;
    let number = |name| attributes[&name].parse::<usize>().unwrap();
    number(Attribute::ApproximateNumberOfMessages)
        + number(Attribute::ApproximateNumberOfMessagesNotVisible)
}

/// One for all the tests that run at a time: it takes a while to start.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        // A test that failed here fails the others too, with its own reason.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let server = shared.upgrade().or_else(|| Self::start().map(Arc::new))?;
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    fn start() -> Option<Self> {
        let mut command = Command::new("moto_server");
        // It takes a free port, and says which.
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
        let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn() else {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "moto_server is not installed");
            println!("skipped: moto_server is not installed");
            return None;
        };
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("no address:\n{said}")).unwrap();
            if let Some((_, address)) = line.split_once("Running on http://") {
                break address.parse().unwrap();
            }
            said = said + &line + "\n";
        };
        // It logs each request, and must not wait for a reader.
        thread::spawn(move || lines.for_each(drop));
        Some(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
