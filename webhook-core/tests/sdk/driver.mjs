// Answers requests to the providers' SDKs for Node: one JSON value a line, on standard input and output.
//
// The first line out is an object of each SDK's version, or why it cannot be loaded. Every SDK has `verify`, which
// returns `false` or throws if it refuses, and may have `sign`, which returns the headers that it makes.

import { readFileSync } from 'node:fs';
import { parse as parseForm } from 'node:querystring';
import { createInterface } from 'node:readline';

// SDKs read the clock themselves. What they are told is the request's time. What they print is not for the reader.
let now = 0;
const { Date: RealDate } = globalThis;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [now]));
  }
  static now() {
    return now;
  }
};
globalThis.console = new Proxy({}, { get: () => () => {} });

const seconds = () => Math.floor(now / 1000);

const standardWebhooks = (Webhook, prefix) => ({
  verify: ({ secret, text, headers }) => {
    new Webhook(secret).verify(text, headers);
  },
  sign: ({ secret, text, id }) => ({
    [`${prefix}-signature`]: new Webhook(secret).sign(id, new Date(), text),
  }),
});

const sdks = {
  '@elevenlabs/elevenlabs-js': ({ ElevenLabsClient }) => {
    const { webhooks } = new ElevenLabsClient({ apiKey: 'none' });
    return {
      verify: ({ secret, text, headers }) =>
        webhooks.constructEvent(text, headers['elevenlabs-signature'], secret),
    };
  },
  '@hubspot/api-client': ({ Signature }) => {
    const options = ({ secret, text, url, method }, timestamp) =>
      ({ clientSecret: secret, requestBody: text, url, method, timestamp, signatureVersion: 'v3' });
    return {
      verify: (request) => Signature.isValid({
        ...options(request, request.headers['x-hubspot-request-timestamp']),
        signature: request.headers['x-hubspot-signature-v3'],
      }),
      sign: (request) => ({
        'x-hubspot-signature-v3': Signature.getSignature(request.method, 'v3', options(request, now)),
      }),
    };
  },
  '@line/bot-sdk': ({ validateSignature }) => ({
    verify: ({ secret, body, headers }) => validateSignature(body, secret, headers['x-line-signature']),
  }),
  '@linear/sdk': async () => {
    const { LinearWebhookClient } = await import('@linear/sdk/webhooks');
    return {
      verify: ({ secret, body, headers }) =>
        new LinearWebhookClient(secret).verify(body, headers['linear-signature']),
    };
  },
  '@mux/mux-node': ({ default: Mux }) => {
    const { webhooks } = new Mux({ tokenId: 'none', tokenSecret: 'none' });
    return {
      verify: ({ secret, text, headers }) => webhooks.verifySignature(text, headers, secret),
    };
  },
  '@octokit/webhooks-methods': ({ sign, verify }) => ({
    verify: ({ secret, text, headers }) => verify(secret, text, headers['x-hub-signature-256']),
    sign: async ({ secret, text }) => ({ 'x-hub-signature-256': await sign(secret, text) }),
  }),
  '@paddle/paddle-node-sdk': ({ Paddle }) => {
    const { webhooks } = new Paddle('none');
    return {
      verify: ({ secret, text, headers }) =>
        webhooks.isSignatureValid(text, secret, headers['paddle-signature']),
    };
  },
  '@sanity/webhook': ({ encodeSignatureHeader, isValidSignature }) => ({
    verify: ({ secret, text, headers }) =>
      isValidSignature(text, headers['sanity-webhook-signature'], secret),
    sign: async ({ secret, text }) => ({
      'sanity-webhook-signature': await encodeSignatureHeader(text, now, secret),
    }),
  }),
  '@sendgrid/eventwebhook': ({ EventWebhook }) => {
    const webhook = new EventWebhook();
    return {
      verify: ({ secret, text, headers }) => webhook.verifySignature(
        webhook.convertPublicKeyToECDSA(secret),
        text,
        headers['x-twilio-email-event-webhook-signature'],
        headers['x-twilio-email-event-webhook-timestamp'],
      ),
    };
  },
  '@shopify/shopify-api': async ({ ApiVersion, LogSeverity, shopifyApi }) => {
    await import('@shopify/shopify-api/adapters/node');
    const shopify = (secret) => shopifyApi({
      apiKey: 'none',
      apiSecretKey: secret,
      apiVersion: Object.values(ApiVersion).at(-1),
      hostName: 'example.com',
      isEmbeddedApp: false,
      logger: { level: LogSeverity.Error, log: () => {} },
    });
    const required = {
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': 'example.myshopify.com',
      'x-shopify-api-version': '2026-01',
    };
    return {
      verify: async ({ secret, text, headers }) => {
        const rawRequest = { method: 'POST', url: '/', headers: { ...required, ...headers } };
        const { valid } = await shopify(secret).webhooks.validate({ rawBody: text, rawRequest });
        return valid;
      },
    };
  },
  '@slack/bolt': ({ verifySlackRequest, default: bolt }) => ({
    verify: ({ secret, text, headers }) => {
      (verifySlackRequest ?? bolt.verifySlackRequest)({ signingSecret: secret, body: text, headers });
    },
  }),
  '@workos-inc/node': ({ WorkOS }) => {
    const { webhooks } = new WorkOS('none');
    return {
      // It signs what `JSON.stringify` makes of the body.
      verify: ({ secret, text, headers }) => webhooks.verifyHeader({
        payload: JSON.parse(text),
        sigHeader: headers['workos-signature'],
        secret,
      }),
      sign: async ({ secret, text }) => ({
        'workos-signature': `t=${now}, v1=${await webhooks.computeSignature(now, JSON.parse(text), secret)}`,
      }),
    };
  },
  cloudinary: ({ v2: { config, utils } }) => ({
    verify: ({ secret, text, headers }) => {
      config({ api_secret: secret, signature_algorithm: 'sha256' });
      return utils.verifyNotificationSignature(text, headers['x-cld-timestamp'], headers['x-cld-signature']);
    },
    sign: ({ secret, text }) => ({
      'x-cld-signature': utils.webhook_signature(text, seconds(), {
        api_secret: secret,
        signature_algorithm: 'sha256',
      }),
    }),
  }),
  'discord-interactions': ({ verifyKey }) => ({
    verify: ({ secret, body, headers }) =>
      verifyKey(body, headers['x-signature-ed25519'], headers['x-signature-timestamp'], secret),
  }),
  'gocardless-nodejs': async () => {
    const webhooks = await import('gocardless-nodejs/webhooks');
    return {
      verify: ({ secret, body, headers }) => {
        webhooks.verifySignature(body, secret, headers['webhook-signature']);
      },
    };
  },
  'modern-treasury': ({ default: ModernTreasury }) => {
    const { webhooks } = new ModernTreasury({ apiKey: 'none', organizationID: 'none' });
    return {
      verify: ({ secret, text, headers }) => webhooks.validateSignature(text, headers, { key: secret }),
      sign: ({ secret, text }) => ({ 'x-signature': webhooks.getSignature(text, { key: secret }) }),
    };
  },
  openai: ({ OpenAI }) => {
    const { webhooks } = new OpenAI({ apiKey: 'none' });
    return {
      verify: ({ secret, text, headers }) => webhooks.verifySignature(text, headers, secret),
    };
  },
  pusher: ({ default: Pusher }) => ({
    verify: ({ secret, text, headers }) => new Pusher({ appId: '1', key: 'key', secret, cluster: 'eu' })
      .webhook({
        headers: { 'content-type': 'application/json', 'x-pusher-key': 'key', ...headers },
        rawBody: text,
      })
      .isValid(),
  }),
  razorpay: ({ default: Razorpay }) => ({
    verify: ({ secret, text, headers }) =>
      Razorpay.validateWebhookSignature(text, headers['x-razorpay-signature'], secret),
  }),
  replicate: ({ validateWebhook, default: Replicate }) => ({
    verify: ({ secret, text, headers }) =>
      (validateWebhook ?? Replicate.validateWebhook)({ body: text, headers }, secret),
  }),
  square: ({ WebhooksHelper }) => ({
    verify: ({ secret, text, headers, url }) => WebhooksHelper.verifySignature({
      requestBody: text,
      signatureHeader: headers['x-square-hmacsha256-signature'],
      signatureKey: secret,
      notificationUrl: url,
    }),
  }),
  standardwebhooks: ({ Webhook }) => standardWebhooks(Webhook, 'webhook'),
  stripe: ({ default: Stripe }) => {
    const { webhooks } = new Stripe('none');
    return {
      verify: ({ secret, text, headers }) =>
        webhooks.signature.verifyHeader(text, headers['stripe-signature'], secret, 300),
      sign: ({ secret, text }) => ({
        'stripe-signature': webhooks.generateTestHeaderString({ payload: text, secret }),
      }),
    };
  },
  svix: ({ Webhook }) => standardWebhooks(Webhook, 'svix'),
  telnyx: ({ default: Telnyx }) => {
    const { webhooks } = new Telnyx({ apiKey: 'none' });
    return {
      verify: async ({ secret, text, headers }) => {
        await webhooks.unwrap(text, { headers, key: secret });
      },
    };
  },
  twilio: ({ default: twilio }) => ({
    verify: ({ secret, text, headers, url }) =>
      twilio.validateRequest(secret, headers['x-twilio-signature'], url, parseForm(text)),
  }),
};

const versionOf = (name) =>
  JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;

const loaded = {};
const versions = {};
for (const [name, load] of Object.entries(sdks)) {
  try {
    loaded[name] = await load(await import(name));
    versions[name] = { version: versionOf(name) };
  } catch (error) {
    versions[name] = { missing: String(error.message).split('\n')[0] };
  }
}

const answer = async ({ sdk, sign, now: time, ...request }) => {
  now = time;
  const body = Buffer.from(request.body, 'base64');
  const whole = { ...request, body, text: body.toString() };
  if (sign) {
    return { headers: await loaded[sdk].sign?.(whole) };
  }
  try {
    return { accepted: (await loaded[sdk].verify(whole)) !== false };
  } catch (error) {
    return { accepted: false, error: String(error?.message ?? error) };
  }
};

const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
tell(versions);
for await (const line of createInterface({ input: process.stdin })) {
  tell(await answer(JSON.parse(line)));
}
