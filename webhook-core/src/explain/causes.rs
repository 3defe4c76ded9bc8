use super::explanation::Cause;
use crate::registry::Entry;

/// A cause that can be found: its id, what it means, and how it is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownCause {
    /// The id, in kebab case.
    pub id: &'static str,
    /// What it means, in one line.
    pub summary: &'static str,
    /// How it is fixed, without the provider's documentation.
    pub fix: &'static str,
}

const fn known(id: &'static str, summary: &'static str, fix: &'static str) -> KnownCause {
    KnownCause { id, summary, fix }
}

const RAW_BODY: &str = "Verify the bytes that arrived, before anything parses them: put `VerifyWebhook::new(secret)` around the \
     route and take `Verified<T>` in the handler. If you verify by hand, take the body as `Bytes` and call \
     `secret.verify(&head, &body, now)?` before `serde_json::from_slice(&body)`.";
const PROXY_BODY: &str = "Find the proxy, gateway or middleware that changes the body, and turn that off for this route. Verification \
     needs the bytes that the provider sent.";
const FROM_FILE: &str = "Read it with `Secret::from_file(path)?` or `Secret::from_env(\"NAME\")?`: the first removes the newline that \
     editors and secret managers add, and both refuse other copying mistakes when the service starts.";
const COPY_SECRET: &str = "Copy the secret again from the provider's settings, as it is shown there, and pass it unchanged to \
     `Secret::new(text)?`: it reads the text as the provider means it.";
const SENDER_KEY: &str = "The sender makes the key in another way than the provider documents. If it is a sender of your own, sign with \
     `providers::find(name)?.sign(&credentials, &outgoing)?`.";
const OTHER_SECRET: &str = "Configure the secret that fits. While secrets are exchanged, accept both: \
     `Secret::from_env(\"CURRENT\")?.or_previous(previous)?`.";
const SIGNATURE_HEADER: &str = "Pass the header on exactly as it arrived. `VerifyWebhook` reads it itself: do not copy, split or print it.";
const SIGN_AS_DOCUMENTED: &str = "The sender signs in another way than the provider documents. If it is a sender of your own, use \
     `providers::find(name)?.sign(&credentials, &outgoing)?`.";
const PUBLIC_URL: &str = "State the URL exactly as it is registered with the provider: `Key::for_url(text, \"https://...\")?`. The \
     service cannot derive it from the request behind a proxy.";

/// Every cause that can be found.
pub const CAUSES: &[KnownCause] = &[
    known("secret-newline", "The secret ends with a newline.", FROM_FILE),
    known(
        "secret-whitespace",
        "White space or a byte order mark is around or inside the secret.",
        FROM_FILE,
    ),
    known(
        "secret-quotes",
        "The secret is in quotes.",
        "Remove the quotes where the variable or file is set: they belong to a shell, not to the secret.",
    ),
    known(
        "secret-variable-name",
        "The secret starts with its variable's name, as in `NAME=value`.",
        "Keep only what is behind the `=`.",
    ),
    known("secret-case", "The secret's letters have the wrong case.", COPY_SECRET),
    known(
        "secret-utf16",
        "The secret's file is in UTF-16.",
        "Save the file as UTF-8. In PowerShell: `Set-Content -NoNewline -Encoding utf8`.",
    ),
    known(
        "secret-escaped-newlines",
        "The key's line breaks are written as `\\n`.",
        "Write the key with line breaks, or on one line without its PEM armor. `text.replace(\"\\\\n\", \"\\n\")` repairs it.",
    ),
    known("secret-prefix-missing", "The secret lacks its prefix, such as `whsec_`.", COPY_SECRET),
    known(
        "secret-prefix-kept",
        "A prefix stands before the secret that does not belong to it.",
        COPY_SECRET,
    ),
    known(
        "secret-double-encoded",
        "The secret is encoded in base64 once more than the provider shows it.",
        "Decode it once before use. The values of a Kubernetes `Secret` are base64: `kubectl get secret NAME -o jsonpath='{.data.KEY}' | base64 -d`.",
    ),
    known(
        "secret-decoded",
        "The secret was decoded from base64, but is needed as the provider shows it.",
        COPY_SECRET,
    ),
    known("secret-hex", "The secret was converted from or to hexadecimal.", COPY_SECRET),
    known(
        "secret-used-as-text",
        "The sender used the secret's text as the key, but the provider decodes it.",
        SENDER_KEY,
    ),
    known(
        "secret-used-decoded",
        "The sender decoded the secret, but the provider uses its text as the key.",
        SENDER_KEY,
    ),
    known(
        "secret-newline-at-sender",
        "The sender's secret has white space that yours lacks.",
        "Set the secret at the sender again, without a newline: `printf %s \"$SECRET\"` instead of `echo`.",
    ),
    known(
        "secret-is-api-key",
        "The credential is an API key or access token, not the secret that signs.",
        "Use the credential that signs webhooks. API keys authenticate calls to the provider.",
    ),
    known(
        "secret-is-endpoint-id",
        "The credential is the id of an endpoint, account or app, not its secret.",
        "Use the endpoint's secret, which is shown beside its id.",
    ),
    known(
        "secret-format",
        "The credential does not have the format of this provider's credentials.",
        COPY_SECRET,
    ),
    known(
        "secret-missing",
        "No credential was given, or it is empty.",
        "Set the variable or file that the secret is read from. `Secret::from_env(\"NAME\")?` fails at start-up if it is missing.",
    ),
    known(
        "secret-other-mode",
        "The request was signed with the secret of the other mode: test or live.",
        OTHER_SECRET,
    ),
    known(
        "secret-cli",
        "The request was signed with the secret of the command line tool, or yours is that.",
        OTHER_SECRET,
    ),
    known(
        "secret-connect",
        "The request was signed with the secret of the other kind of endpoint: account or Connect.",
        OTHER_SECRET,
    ),
    known(
        "secret-previous",
        "The request was signed with the secret before or after a rotation.",
        OTHER_SECRET,
    ),
    known(
        "secret-other",
        "The request was signed with another one of the secrets given.",
        OTHER_SECRET,
    ),
    known(
        "key-unavailable",
        "The provider's public key is fetched, and was not given.",
        "Fetch the key that the request names, and give it with `Credentials::with_keys(..)`.",
    ),
    known(
        "other-provider",
        "The request is another provider's.",
        "Use that provider's module: `providers::find(name)`. Several providers on one route need one endpoint each.",
    ),
    known(
        "signature-header-missing",
        "The signature header is missing.",
        "Let the header through: proxies and gateways must forward it, and test requests must have it. Check that the sender has a secret configured: many sign only then.",
    ),
    known(
        "signature-header-renamed",
        "A header has another name than the provider gives it.",
        SIGNATURE_HEADER,
    ),
    known(
        "signature-header-repeated",
        "The signature header occurs several times.",
        "Remove the copy: a proxy or a middleware adds the header to the one that is there.",
    ),
    known(
        "signature-header-folded",
        "The signature header has a line break in it.",
        SIGNATURE_HEADER,
    ),
    known("signature-header-quotes", "The signature header has quotes in it.", SIGNATURE_HEADER),
    known(
        "signature-header-spaces",
        "The signature header has spaces around it or in it.",
        SIGNATURE_HEADER,
    ),
    known(
        "signature-header-malformed",
        "The signature header is not one of this provider.",
        SIGNATURE_HEADER,
    ),
    known(
        "signature-prefix-missing",
        "The signature lacks its prefix, such as `v1,` or `sha256=`.",
        SIGNATURE_HEADER,
    ),
    known(
        "signature-prefix-doubled",
        "The signature's prefix, such as `v1,` or `sha256=`, is doubled.",
        SIGNATURE_HEADER,
    ),
    known(
        "signature-case",
        "The signature or its prefix is in the wrong case.",
        SIGN_AS_DOCUMENTED,
    ),
    known(
        "signature-encoding",
        "The signature is in hexadecimal instead of base64, or the reverse.",
        SIGN_AS_DOCUMENTED,
    ),
    known(
        "signature-algorithm",
        "The signature was made with another hash, such as SHA-1 or SHA-512.",
        SIGN_AS_DOCUMENTED,
    ),
    known(
        "header-required",
        "A header that the provider always sends is missing or has another value.",
        SIGNATURE_HEADER,
    ),
    known(
        "content-type-changed",
        "The `Content-Type` is missing or was changed.",
        "Pass the `Content-Type` on: it decides how this provider's body is verified.",
    ),
    known(
        "timestamp-milliseconds",
        "The time is in milliseconds, but the provider sends seconds.",
        "Divide by 1000 in the sender, before it signs: `Outgoing::new(body, now)` does it.",
    ),
    known(
        "timestamp-seconds",
        "The time is in seconds, but the provider sends milliseconds.",
        "Multiply by 1000 in the sender, before it signs: `Outgoing::new(body, now)` does it.",
    ),
    known(
        "timestamp-missing",
        "The time is missing, repeated or malformed.",
        "Pass the header with the time on, exactly as it arrived.",
    ),
    known(
        "timestamp-not-signed",
        "The time is sent, but is missing from what was signed.",
        SIGN_AS_DOCUMENTED,
    ),
    known(
        "timestamp-other-header",
        "The time that was signed is in another header.",
        "Read the time from the provider's header. `VerifyWebhook` does it itself.",
    ),
    known(
        "timestamp-stale",
        "The signed time is too far in the past.",
        "Synchronize the clocks (`chronyc tracking`, `timedatectl`). For an old capture, verify it at the time of its arrival. If deliveries wait in a queue, verify them before they do. `Secret::with_tolerance(..)` accepts more, and lets captured requests be replayed for that long.",
    ),
    known(
        "timestamp-future",
        "The signed time is in the future.",
        "Synchronize the clock of the service (`chronyc tracking`, `timedatectl`): it is behind the sender's.",
    ),
    known(
        "id-wrong",
        "The id that was signed is another one than the header has.",
        "Sign the id that is sent: the delivery's, not the event's. Pass the header on exactly as it arrived.",
    ),
    known(
        "id-missing",
        "The header with the id is missing or malformed, and the id is signed.",
        "Pass the header with the id on, exactly as it arrived.",
    ),
    known(
        "id-not-signed",
        "The id is sent, but is missing from what was signed.",
        SIGN_AS_DOCUMENTED,
    ),
    known("url-missing", "The provider signs its URL, and none was given.", PUBLIC_URL),
    known(
        "url-scheme",
        "The URL was signed with `http` instead of `https`, or the reverse.",
        PUBLIC_URL,
    ),
    known("url-port", "The URL was signed with a port, or without one.", PUBLIC_URL),
    known(
        "url-trailing-slash",
        "The URL was signed with or without a slash at the end.",
        PUBLIC_URL,
    ),
    known("url-host", "The URL was signed with another host.", PUBLIC_URL),
    known(
        "url-query",
        "The URL was signed with another query, or another encoding of it.",
        PUBLIC_URL,
    ),
    known("url-prefix", "A router or proxy cut a prefix from the path of the URL.", PUBLIC_URL),
    known("url-other", "The URL that was signed differs in several parts.", PUBLIC_URL),
    known("url-not-signed", "The URL is missing from what was signed.", SIGN_AS_DOCUMENTED),
    known("body-json-compact", "The body was parsed and printed again without spaces.", RAW_BODY),
    known(
        "body-json-spaced",
        "The body was parsed and printed again with spaces, as Python does.",
        RAW_BODY,
    ),
    known("body-json-pretty", "The body was parsed and printed again on several lines.", RAW_BODY),
    known(
        "body-json-sorted",
        "The body was parsed and printed again in another order of its members.",
        RAW_BODY,
    ),
    known(
        "body-json-escaped",
        "The body was parsed and printed again with escapes, such as `\\u00e9`.",
        RAW_BODY,
    ),
    known(
        "body-json-unescaped",
        "The body was parsed and printed again without its escapes, such as `\\u00e9` or `\\/`.",
        RAW_BODY,
    ),
    known(
        "body-json-numbers",
        "The body was parsed and printed again with other number formats, such as `1.0` for `1`.",
        RAW_BODY,
    ),
    known("body-text-encoding", "The body was decoded and encoded again as text.", RAW_BODY),
    known(
        "body-newline-added",
        "A newline was added at the end of the body.",
        "Send and store the body without it: `printf %s` instead of `echo`, `curl --data-binary @file`, and no editor that ends files with a newline.",
    ),
    known(
        "body-newline-lost",
        "The newline at the end of the body was lost.",
        "Keep the body as bytes: `curl --data-binary @file` instead of `-d`, and no trimming of lines.",
    ),
    known("body-crlf", "The body's line ends were changed to CRLF.", PROXY_BODY),
    known(
        "body-lf",
        "The body's line ends were changed to LF.",
        "Keep the body as bytes: `curl --data-binary @file` instead of `-d @file`, and no files opened as text.",
    ),
    known(
        "body-compressed",
        "The body is compressed, but was signed before that.",
        "Decompress the body before the verification, within a limit: the layer that does it goes outside `VerifyWebhook`.",
    ),
    known(
        "body-decompressed",
        "The body was decompressed before it was verified.",
        "Verify the compressed bytes: the layer that decompresses goes inside `VerifyWebhook`, behind it.",
    ),
    known(
        "body-base64",
        "The body is in base64, as function gateways pass it on.",
        "Decode it first. API Gateway sets `isBase64Encoded`; `lambda_http` and an `HttpApi` with `Body::Binary` give bytes.",
    ),
    known(
        "body-envelope",
        "The body is wrapped in the JSON of a gateway or queue.",
        "Verify the text of the member that holds the body, not the record around it.",
    ),
    known(
        "body-form",
        "The body is a form that was decoded, encoded again, or turned into JSON.",
        RAW_BODY,
    ),
    known(
        "body-empty",
        "The body is empty: something else read it first.",
        "Only one extractor can read the body. Take `Verified<T>` alone, and let `VerifyWebhook` come before anything that reads the body.",
    ),
    known(
        "body-truncated",
        "The body is cut off.",
        "Raise the limit that cuts it (capture tool, proxy buffer, log line), and compare the length with `Content-Length`.",
    ),
];

/// The names of what the caller has found, in full.
pub(super) fn cause(id: &'static str, evidence: String, entry: &Entry) -> Cause {
    let known = CAUSES.iter().find(|known| known.id == id);
    let mut fix = known.map_or(String::new(), |known| known.fix.to_owned());
    if id.starts_with("secret-") {
        let (what, place) = (entry.credential_name(), entry.credential_location());
        fix = format!("{fix} {} needs the {what}, from {place}.", entry.title());
    }
    if let Some(url) = entry.documentation_url() {
        fix = format!("{fix} See {url}");
    }
    Cause { id, evidence, fix }
}
