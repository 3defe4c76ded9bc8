// Samva, "Receive webhooks", 3. Verify the signature in your handler.
import crypto from "crypto";

const secret = process.env.SAMVA_WEBHOOK_SECRET;
const payload = '{"id": "msg_1", "to": "zoë@example.com"}';

const hmac = crypto.createHmac("sha256", secret);
const expected = `sha256=${hmac.update(payload).digest("hex")}`;

const headers = { "X-Webhook-Signature": expected, "X-Webhook-Event": "message.delivered" };
console.log(JSON.stringify({ headers, body: payload }));
