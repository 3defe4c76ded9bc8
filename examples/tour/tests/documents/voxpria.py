# VoxPria, "Webhooks API", Verifying Webhook Signatures, Python.
import hashlib
import hmac
import json
import os

secret = os.environ["VOXPRIA_WEBHOOK_SECRET"]
payload = {"event": "call.completed", "data": {"duration": 127.0, "transcript": "Zoë: hello"}}

computed = hmac.new(
    secret.encode(),
    json.dumps(payload).encode(),
    hashlib.sha256
).hexdigest()

headers = {"X-Voxpria-Signature": f"sha256={computed}"}
print(json.dumps({"headers": headers, "body": json.dumps(payload)}))
