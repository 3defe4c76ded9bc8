// Voisnap, "Handle Webhooks", Express.js handler.
import crypto from 'crypto';

const WEBHOOK_SECRET = process.env.VOISNAP_WEBHOOK_SECRET;
const body = Buffer.from('{"type": "AnalysisCompleted", "data": {"summary": "Zoë moved"}}');
const timestamp = String(Math.floor(Date.now() / 1000));

const signedContent = `${timestamp}.${body.toString()}`;
const expected = 'sha256=' + crypto
  .createHmac('sha256', WEBHOOK_SECRET)
  .update(signedContent)
  .digest('hex');

const headers = {
  'X-Webhook-Signature': expected,
  'X-Webhook-Timestamp': timestamp,
  'X-Webhook-Delivery-Id': 'dlv_1',
};
console.log(JSON.stringify({ headers, body: body.toString() }));
