"""Answers requests to the providers' SDKs for Python, as driver.mjs does to those for Node."""

import base64
import importlib.metadata
import json
import logging
import sys
from datetime import datetime, timezone
from urllib.parse import parse_qsl

from freezegun import freeze_time

# What SDKs print is not for the reader.
out, sys.stdout = sys.stdout, sys.stderr
logging.disable()


class Form(dict):
    """A form as web frameworks have it: `twilio` asks it for lists."""

    def __init__(self, text):
        fields = parse_qsl(text, keep_blank_values=True)
        super().__init__((name, [v for n, v in fields if n == name]) for name, _ in fields)

    def getlist(self, name):
        return self[name]


def stripe():
    from stripe import WebhookSignature

    return (
        lambda r: WebhookSignature.verify_header(r.text, r.headers["stripe-signature"], r.secret, 300),
        lambda r: {"stripe-signature": WebhookSignature.generate_signature_header(r.text, r.secret)},
    )


def of_standard_webhooks(webhook, prefix):
    def verify(r):
        webhook(r.secret).verify(r.body, r.headers)

    def sign(r):
        return {f"{prefix}-signature": webhook(r.secret).sign(r.id, datetime.now(timezone.utc), r.text)}

    return verify, sign


def standardwebhooks():
    from standardwebhooks import Webhook

    return of_standard_webhooks(Webhook, "webhook")


def svix():
    from svix.webhooks import Webhook

    return of_standard_webhooks(Webhook, "svix")


def slack_sdk():
    from slack_sdk.signature import SignatureVerifier

    def sign(r):
        time = str(int(r.now / 1000))
        signature = SignatureVerifier(r.secret).generate_signature(timestamp=time, body=r.body)
        return {"x-slack-signature": signature}

    return lambda r: SignatureVerifier(r.secret).is_valid_request(r.body, r.headers), sign


def twilio():
    from twilio.request_validator import RequestValidator

    def verify(r):
        signature = r.headers["x-twilio-signature"]
        return RequestValidator(r.secret).validate(r.url, Form(r.text), signature)

    def sign(r):
        return {"x-twilio-signature": RequestValidator(r.secret).compute_signature(r.url, Form(r.text))}

    return verify, sign


def line_bot_sdk():
    from linebot.v3.webhook import SignatureValidator

    return lambda r: SignatureValidator(r.secret).validate(r.text, r.headers["x-line-signature"]), None


def razorpay():
    from razorpay import Utility

    def verify(r):
        return Utility().verify_webhook_signature(r.text, r.headers["x-razorpay-signature"], r.secret)

    return verify, None


def gocardless_pro():
    from gocardless_pro import webhooks

    return lambda r: webhooks.parse(r.body, r.secret, r.headers["webhook-signature"]), None


def paddle_python_sdk():
    from paddle_billing.Notifications import Secret, Verifier

    class Request:
        def __init__(self, r):
            self.headers = {name.title(): value for name, value in r.headers.items()}
            self.body = r.body

    return lambda r: Verifier().verify(Request(r), Secret(r.secret)), None


def discord_interactions():
    from discord_interactions import verify_key

    def verify(r):
        headers = r.headers
        signature, time = headers["x-signature-ed25519"], headers["x-signature-timestamp"]
        return verify_key(r.body, signature, time, r.secret)

    return verify, None


def sendgrid():
    from sendgrid.helpers.eventwebhook import EventWebhook

    def verify(r):
        name = "x-twilio-email-event-webhook"
        signature, time = r.headers[f"{name}-signature"], r.headers[f"{name}-timestamp"]
        return EventWebhook(r.secret).verify_signature(r.text, signature, time)

    return verify, None


class Request:
    def __init__(self, given):
        self.__dict__.update(given)
        self.body = base64.b64decode(given["body"])

    @property
    def text(self):
        return self.body.decode()


def answer(given):
    clock.move_to(datetime.fromtimestamp(given["now"] / 1000, timezone.utc))
    request = Request(given)
    verify, sign = loaded[given["sdk"]]
    if given["sign"]:
        return {"headers": sign(request) if sign else None}
    try:
        return {"accepted": verify(request) is not False}
    except Exception as error:
        return {"accepted": False, "error": f"{type(error).__name__}: {error}"}


def tell(value):
    print(json.dumps(value), file=out, flush=True)


loaded, versions = {}, {}
for load in [
    stripe,
    standardwebhooks,
    svix,
    slack_sdk,
    twilio,
    line_bot_sdk,
    razorpay,
    gocardless_pro,
    paddle_python_sdk,
    discord_interactions,
    sendgrid,
]:
    name = load.__name__.replace("_", "-")
    try:
        loaded[name] = load()
        versions[name] = {"version": importlib.metadata.version(name)}
    except Exception as error:
        versions[name] = {"missing": f"{type(error).__name__}: {error}"}

# SDKs read the clock themselves. What they are told is the request's time.
clock = freeze_time("2026-01-01").start()
tell(versions)
for line in sys.stdin:
    tell(answer(json.loads(line)))
