//! Keeps the receivers up, and tells how to send to them from a shell.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::receivers::Receivers;
use crate::sender::Sender;

pub async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let senders = Sender::with_secrets_from_env()?;
    let receivers = Receivers::start(&senders)?;
    // Before anything is printed: who reads it may end us at once.
    let stop = stop()?;

    let [axum, actix] = [receivers.axum.address, receivers.actix.address];
    let mut text = format!("listening on http://{axum} with axum\n");
    writeln!(text, "listening on http://{actix} with actix-web\n")?;
    writeln!(text, "Paste into a shell, as often as you like; each must print 200 twice.")?;
    for sender in &senders {
        writeln!(text, "\n{}:", sender.provider.name)?;
        for line in shell_lines(sender, &receivers).lines() {
            writeln!(text, "    {line}")?;
        }
    }
    writeln!(text, "\nCtrl-C ends this.")?;
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;

    stop.await;
    Ok(ExitCode::SUCCESS)
}

/// Lines for a POSIX shell that sign an event at the time they run, and send it to both receivers.
fn shell_lines(sender: &Sender, receivers: &Receivers) -> String {
    let provider = sender.provider;
    // The shortest, which is easiest to read.
    let event = provider.events.iter().min_by_key(|event| event.body.len());
    let (event, body) = event.map_or(("", ""), |event| (event.name, event.body));
    // A secret that was given to us is not ours to print.
    let secret = match env::var_os(provider.variable) {
        Some(_) => format!("\"${}\"", provider.variable),
        None => sender.secret.clone(),
    };
    let mut headers = vec![("Content-Type", "application/json".to_owned())];
    headers.extend((provider.unsigned)(event));
    headers.extend(provider.delivery_id.map(|name| (name, "dlv_7".to_owned())));
    headers.extend(provider.timestamp.map(|name| (name, "$TIMESTAMP".to_owned())));
    headers.push((provider.signature, format!("{}$SIGNATURE", provider.prefix)));
    let headers: String =
        headers.iter().map(|(name, value)| format!("    -H \"{name}: {value}\" \\\n")).collect();
    let (clock, signed) = match provider.timestamp {
        Some(_) => ("TIMESTAMP=$(date +%s)\n", "$TIMESTAMP.$BODY"),
        None => ("", "$BODY"),
    };
    format!(
        r#"SECRET={secret}
BODY='{body}'
{clock}SIGNATURE=$(printf %s "{signed}" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')
for RECEIVER in http://{} http://{}; do
  curl -sS -w ' %{{http_code}}\n' "$RECEIVER/webhooks/{}" \
{headers}    --data-binary "$BODY"
done"#,
        receivers.axum.address, receivers.actix.address, provider.name
    )
}

/// Listens from now on for Ctrl-C and, where there is such a thing, SIGTERM.
#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
