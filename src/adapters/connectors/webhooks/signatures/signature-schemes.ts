import type { SignatureScheme } from '../signature-scheme.ts'

const base64 = { encoding: 'base64' } as const
const hex = { encoding: 'hex' } as const

/** What is known of how somebody signs. */
export interface KnownSignature {
  /** In order: the first whose signature is present decides. */
  readonly schemes: readonly SignatureScheme[]
  /** Where it was read; `remembered` where no source was at hand. */
  readonly source: string
}

/** HMAC over the raw body in one header. */
function bodyHmac(
  name: string,
  header: string,
  encoding: 'hex' | 'base64',
  prefix?: string,
): SignatureScheme {
  return {
    name,
    algorithm: 'hmac-sha256',
    key: 'secret',
    signature: { header, encoding, ...(prefix === undefined ? {} : { prefix }) },
    signed: ['rawBody'],
  }
}

/** The scheme of Standard Webhooks, whose headers begin in one of two ways. */
function standardWebhooks(name: string, prefix: 'webhook' | 'svix'): SignatureScheme {
  return {
    name,
    algorithm: 'hmac-sha256',
    key: 'secret',
    keyForm: { encoding: 'base64', prefix: 'whsec_' },
    signature: { header: `${prefix}-signature`, split: ' ', prefix: 'v1,', ...base64 },
    signed: [
      { header: `${prefix}-id` },
      { literal: '.' },
      { header: `${prefix}-timestamp` },
      { literal: '.' },
      'rawBody',
    ],
    timestamp: { from: { header: `${prefix}-timestamp` }, unit: 's' },
  }
}

const twilio = {
  algorithm: 'hmac-sha1',
  key: 'authToken',
  signature: { header: 'x-twilio-signature', ...base64 },
  addresses: 'port_and_query',
} as const

/** Every way to sign that is known, by name. One place: connectors and documents take theirs from here. */
export const signatureSchemes = {
  gohighlevel: {
    schemes: [
      {
        name: 'ed25519',
        algorithm: 'ed25519',
        key: 'ed25519PublicKey',
        signature: { header: 'x-ghl-signature', ...base64 },
        signed: ['rawBody'],
      },
      {
        name: 'rsa (legacy)',
        algorithm: 'rsa-sha256',
        key: 'rsaPublicKey',
        signature: { header: 'x-wh-signature', ...base64 },
        signed: ['rawBody'],
      },
    ],
    source: "GoHighLevel/highlevel-api-docs 0af86a4 and the vendor's SDK",
  },
  twilio: {
    schemes: [
      {
        ...twilio,
        name: 'twilio (JSON)',
        only: { query: 'bodySHA256' },
        bodyDigest: { query: 'bodySHA256' },
        signed: ['url'],
      },
      { ...twilio, name: 'twilio', only: { noQuery: 'bodySHA256' }, signed: ['url', 'formSorted'] },
    ],
    source: 'twilio/twilio-node src/webhooks/webhooks.ts; vectors of twilio-python',
  },
  meta: {
    schemes: [{ ...bodyHmac('meta', 'x-hub-signature-256', 'hex', 'sha256='), key: 'appSecret' }],
    source: 'remembered; the algorithm agrees with the published vector of X-Hub-Signature-256',
  },
  slack: {
    schemes: [
      {
        name: 'slack v0',
        algorithm: 'hmac-sha256',
        key: 'signingSecret',
        signature: { header: 'x-slack-signature', prefix: 'v0=', ...hex },
        signed: [{ literal: 'v0:' }, { header: 'x-slack-request-timestamp' }, { literal: ':' }, 'rawBody'],
        timestamp: { from: { header: 'x-slack-request-timestamp' }, unit: 's' },
      },
    ],
    source: 'docs.slack.dev verifying-requests, with its vector',
  },
  'hubspot-v3': {
    schemes: [
      {
        name: 'hubspot v3',
        algorithm: 'hmac-sha256',
        key: 'secret',
        signature: { header: 'x-hubspot-signature-v3', ...base64 },
        signed: ['method', 'url', 'rawBody', { header: 'x-hubspot-request-timestamp' }],
        timestamp: { from: { header: 'x-hubspot-request-timestamp' }, unit: 'ms' },
      },
    ],
    source: 'HubSpot/hubspot-api-nodejs',
  },
  'hubspot-v2': {
    schemes: [
      {
        name: 'hubspot v2',
        algorithm: 'sha256',
        key: 'secret',
        signature: { header: 'x-hubspot-signature', ...hex },
        signed: ['secret', 'method', 'url', 'rawBody'],
      },
    ],
    source: 'HubSpot/hubspot-api-nodejs test/unit/signature.spec.ts, with its vectors',
  },
  'hubspot-v1': {
    schemes: [
      {
        name: 'hubspot v1',
        algorithm: 'sha256',
        key: 'secret',
        signature: { header: 'x-hubspot-signature', ...hex },
        signed: ['secret', 'rawBody'],
      },
    ],
    source: 'HubSpot/hubspot-api-nodejs test/unit/signature.spec.ts, with its vector',
  },
  xero: {
    schemes: [bodyHmac('xero', 'x-xero-signature', 'base64')],
    source: 'XeroAPI/Xero-OpenAPI xero-webhooks.yaml',
  },
  quickbooks: {
    schemes: [bodyHmac('quickbooks', 'intuit-signature', 'base64')],
    source: "the vendor's webhooks page",
  },
  bamboohr: {
    schemes: [
      {
        name: 'bamboohr',
        algorithm: 'hmac-sha256',
        key: 'secret',
        signature: { header: 'x-bamboohr-signature', ...hex },
        signed: ['rawBody', { header: 'x-bamboohr-timestamp' }],
        timestamp: { from: { header: 'x-bamboohr-timestamp' }, unit: 's' },
      },
    ],
    source: "the vendor's webhooks page; that the time follows the body is remembered",
  },
  'standard-webhooks': {
    schemes: [standardWebhooks('standard webhooks', 'webhook')],
    source: 'standard-webhooks, with its vector',
  },
  svix: {
    schemes: [standardWebhooks('svix', 'svix')],
    source: 'remembered: Standard Webhooks under the older names of its headers',
  },
  sendgrid: {
    schemes: [
      {
        name: 'sendgrid',
        algorithm: 'ecdsa-sha256',
        key: 'publicKey',
        signature: { header: 'x-twilio-email-event-webhook-signature', ...base64 },
        signed: [{ header: 'x-twilio-email-event-webhook-timestamp' }, 'rawBody'],
        timestamp: { from: { header: 'x-twilio-email-event-webhook-timestamp' }, unit: 's' },
      },
    ],
    source: 'remembered',
  },
  mailgun: {
    schemes: [
      {
        name: 'mailgun',
        algorithm: 'hmac-sha256',
        key: 'secret',
        signature: { body: 'signature.signature', ...hex },
        signed: [{ body: 'signature.timestamp' }, { body: 'signature.token' }],
        timestamp: { from: { body: 'signature.timestamp' }, unit: 's' },
      },
    ],
    source: 'remembered',
  },
  'teams-outgoing': {
    schemes: [
      {
        ...bodyHmac('teams outgoing', 'authorization', 'base64', 'HMAC '),
        keyForm: { encoding: 'base64' },
      },
    ],
    source: 'remembered',
  },
  'shared-header': {
    schemes: [
      {
        name: 'shared header',
        algorithm: 'equals',
        key: 'secret',
        signature: { header: 'x-webhook-secret', encoding: 'utf8' },
        signed: [],
      },
    ],
    source: 'ours: a secret in a header proves who sent it, not what',
  },
  github: {
    schemes: [bodyHmac('github', 'x-hub-signature-256', 'hex', 'sha256=')],
    source: 'GitHub docs, with its vector',
  },
  'graph-client-state': {
    schemes: [
      {
        name: 'graph client state',
        algorithm: 'equals',
        key: 'clientState',
        signature: { body: 'value.*.clientState', encoding: 'utf8' },
        signed: [],
      },
    ],
    source: 'Microsoft Graph change notifications: compared in every item; they are not signed',
  },
} as const satisfies Readonly<Record<string, KnownSignature>>

export type SignatureName = keyof typeof signatureSchemes
