# Voisnap, "Handle Webhooks", FastAPI handler.
import hashlib
import hmac
import json
import os
import time

WEBHOOK_SECRET = os.environ["VOISNAP_WEBHOOK_SECRET"]
body = '{"type": "AnalysisCompleted", "data": {"summary": "Zoë moved"}}'.encode()
timestamp = str(int(time.time()))

signed = f"{timestamp}.{body.decode()}"
expected = "sha256=" + hmac.new(
    WEBHOOK_SECRET.encode(), signed.encode(), hashlib.sha256
).hexdigest()

headers = {
    "X-Webhook-Signature": expected,
    "X-Webhook-Timestamp": timestamp,
    "X-Webhook-Delivery-Id": "dlv_1",
}
print(json.dumps({"headers": headers, "body": body.decode()}))
