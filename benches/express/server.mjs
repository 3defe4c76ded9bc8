// The handler of Samva's document, "Verify the signature in your handler", 2026-11, word for word but for
// its types, in an app that listens on a free port and prints it.
import crypto from "crypto";
import express from "express";

const app = express();

function verifyWebhookSignature(payload, signature, secret) {
  const hmac = crypto.createHmac("sha256", secret);
  const expected = `sha256=${hmac.update(payload).digest("hex")}`;
  const signatureBuffer = Buffer.from(signature);
  const expectedBuffer = Buffer.from(expected);
  // timingSafeEqual throws on differing lengths — guard before comparing.
  if (signatureBuffer.length !== expectedBuffer.length) return false;
  return crypto.timingSafeEqual(signatureBuffer, expectedBuffer);
}

app.post("/webhooks/samva", express.raw({ type: "application/json" }), (req, res) => {
  const signature = req.headers["x-webhook-signature"];
  const webhookSecret = process.env.WEBHOOK_SECRET;
  const rawBody = req.body.toString("utf8");

  if (typeof webhookSecret !== "string" || webhookSecret.length === 0) {
    return res.status(500).send("Webhook secret is not configured");
  }

  if (
    typeof signature !== "string" ||
    !verifyWebhookSignature(rawBody, signature, webhookSecret)
  ) {
    return res.status(401).send("Invalid signature");
  }

  // Signature verified — parse and handle the event.
  const event = JSON.parse(rawBody);
  res.status(200).send("OK");
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
