# Svara, "Webhooks", Example: Python webhook handler.
import hashlib
import hmac
import json
import os
from types import SimpleNamespace

WEBHOOK_SECRET = os.environ["SVARA_WEBHOOK_SECRET"]
request = SimpleNamespace(data='{"event": "voice_note.sent", "data": {"recipient": "Zoë"}}'.encode())

expected = hmac.new(
    WEBHOOK_SECRET.encode(),
    request.data,
    hashlib.sha256,
).hexdigest()

headers = {"X-Svara-Signature": expected}
print(json.dumps({"headers": headers, "body": request.data.decode()}))
