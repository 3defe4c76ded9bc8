// VoxPria, "Webhooks API", Verifying Webhook Signatures, Node.js.
const crypto = require('crypto');

const secret = process.env.VOXPRIA_WEBHOOK_SECRET;
const payload = { event: 'call.completed', data: { duration: 127.0, transcript: 'Zoë: hello' } };

const hmac = crypto
  .createHmac('sha256', secret)
  .update(JSON.stringify(payload))
  .digest('hex');

const headers = { 'X-Voxpria-Signature': `sha256=${hmac}` };
console.log(JSON.stringify({ headers, body: JSON.stringify(payload) }));
