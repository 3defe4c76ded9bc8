// Svara, "Webhooks", Example: Node.js webhook handler.
import crypto from "crypto";

const WEBHOOK_SECRET = process.env.SVARA_WEBHOOK_SECRET;
const req = { body: Buffer.from('{"event": "voice_note.sent", "data": {"recipient": "Zoë"}}') };

const expectedSignature = crypto
  .createHmac("sha256", WEBHOOK_SECRET)
  .update(req.body)
  .digest("hex");

const headers = { "X-Svara-Signature": expectedSignature };
console.log(JSON.stringify({ headers, body: req.body.toString() }));
