import { z } from 'zod'
import { parseDuration } from '../../kernel/duration.ts'
import {
  documentHead,
  documentName,
  notSupportedYet,
  notSupportedYetCode,
} from '../../control-plane/documents/document-kind.ts'
import { effects } from './define-connector.ts'

const operationName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){0,3}$/, {
    error: 'must be lower-case words joined by dots, like contact.upsert',
  })
  .max(63)
const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be a lower-case word, like sms' })
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be a header name: letters, digits and dashes' })
  .refine(
    (name) => !['host', 'content-length', 'transfer-encoding', 'connection'].includes(name.toLowerCase()),
    {
      error: 'is set by the HTTP client itself',
    },
  )
const templateText = z.string().max(20_000)
const templateObject = z.record(z.string().max(200), z.json())

/** A secret by name. Anything that looks like the secret itself is refused. */
const secretRef = z.strictObject(
  {
    secret: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'must be the name of a secret' }),
  },
  {
    error: 'must be { secret: NAME }: secrets are stored with `neuronx secret set`, never written into files',
  },
)

const duration = (fromMs: number, toMs: number, range: string) =>
  z.string().refine((text) => durationWithin(text, fromMs, toMs), {
    error: `must be a duration from ${range}, like 15s`,
  })

function durationWithin(text: string, fromMs: number, toMs: number): boolean {
  try {
    const ms = parseDuration(text)
    return ms >= fromMs && ms <= toMs
  } catch {
    return false
  }
}

export const baseUrl = z.string().refine(isBaseUrl, {
  error: 'must be an http or https address without user, query or fragment, like https://api.example.com/v1',
})

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return url.username === '' && url.password === '' && !/[?#{}]/.test(text)
}

const limits = z
  .strictObject({
    /** Calls a second of all daemons together. */
    perSecond: z.number().min(0.01).max(100_000).optional(),
    /** Calls under way at once. */
    concurrency: z.int().min(1).max(512).optional(),
    /** From the beginning of a call to the last byte of its answer. */
    timeout: duration(100, 60_000, '100ms to 60s').optional(),
  })
  .optional()

const errorRule = z.strictObject({
  when: z.strictObject({
    status: z
      .union([
        z.int().min(200).max(599),
        z.string().regex(/^[2-5]xx$/),
        z
          .array(z.union([z.int(), z.string().regex(/^[2-5]xx$/)]))
          .min(1)
          .max(20),
      ])
      .optional(),
    body: z.record(z.string(), z.json()).optional(),
  }),
  kind: z.enum(['ok', 'rate_limited', 'credentials', 'transient', 'permanent']),
  notExecuted: z.boolean().optional(),
  retryAfter: z.strictObject({ header: z.string().toLowerCase(), unit: z.enum(['s', 'ms']) }).optional(),
  waitMs: z.int().min(0).max(86_400_000).optional(),
})

const pathPattern = /^\/([^?#\s]|\{\{[^{}]*\}\})*$/
const pathError = "must begin with '/' and hold no query, fragment or space; use `query:`"

const budget = z.strictObject({
  remaining: z.string().min(1).max(64).toLowerCase(),
  reset: z
    .strictObject({ header: z.string().min(1).max(64).toLowerCase(), unit: z.enum(['s', 'ms', 'epoch_s']) })
    .optional(),
})

const operation = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().max(2_000).regex(pathPattern, { error: pathError }),
  effect: z.enum(effects),
  query: templateObject.optional(),
  headers: z.record(headerName, templateText).optional(),
  body: templateObject.optional(),
  encode: z.enum(['json', 'form']).optional(),
  requires: z
    .array(
      z.string().regex(/^(input|entity|connection)(\.[\w-]+)+$/, { error: 'must be a path like input.name' }),
    )
    .max(50)
    .optional(),
  idempotency: z
    .union([z.strictObject({ header: headerName }), z.strictObject({ query: z.string().min(1).max(64) })])
    .optional(),
  errors: z.array(errorRule).max(50).optional(),
  output: templateObject.optional(),
  verify: z
    .strictObject({
      path: z.string().max(2_000).regex(pathPattern, { error: pathError }),
      query: templateObject.optional(),
      headers: z.record(headerName, templateText).optional(),
      list: z.string().max(200).optional(),
      match: z
        .record(z.string().min(1).max(200), templateText)
        .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 20, {
          error: 'must hold 1 to 20 paths',
        }),
      pageSize: z.int().min(1).max(10_000).optional(),
      absentStatus: z.array(z.int().min(400).max(499)).max(5).optional(),
      verifyAfterMs: z.int().min(0).max(600_000).optional(),
    })
    .optional()
    .describe('How to find out whether a call that got no answer took effect.'),
  echoes: z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, {
          error: 'must be a type of event, like contact.updated',
        }),
    )
    .max(20)
    .optional()
    .describe(
      'Types of events that come back because of it, so that rules which set themselves off this way are found.',
    ),
})

const laterAuth = ['oauth2', 'oauth2_cc', 'jwt_bearer', 'oauth1', 'two_step', 'mtls'] as const
const auth = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('bearer'), token: secretRef }),
    z.strictObject({
      kind: z.literal('basic'),
      username: z.union([z.string().min(1).max(255), secretRef]),
      password: secretRef,
    }),
    z.strictObject({
      kind: z.literal('api_key'),
      in: z.enum(['header', 'query']).default('header'),
      name: headerName,
      value: secretRef,
    }),
    ...laterAuth.map((kind) =>
      z.looseObject({ kind: z.literal(kind) }).refine(() => false, {
        error: `kind ${kind} is not supported yet`,
        params: { code: notSupportedYetCode },
        path: ['kind'],
      }),
    ),
  ],
  { error: 'kind must be none, bearer, basic or api_key' },
)

const common = {
  ...documentHead('Integration', documentName),
  limits,
  mode: z
    .enum(['live', 'read_only', 'sandbox', 'disabled'])
    .optional()
    .describe(
      'live: calls are made; read_only: only those that read; sandbox: all others end well without a call; disabled: none. Default: live.',
    ),
  failover: notSupportedYet(),
}

/** `connector: http`: any HTTP API, its operations written in the document. */
export const httpIntegrationSchema = z.strictObject({
  ...common,
  connector: z.literal('http'),
  connection: z.strictObject({ baseUrl }),
  auth: auth.default({ kind: 'none' }),
  headers: z.record(headerName, templateText).optional(),
  operations: z
    .record(operationName, operation)
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 200, {
      error: 'must hold 1 to 200 operations',
    }),
  errors: z.array(errorRule).max(50).optional(),
  budget: budget.optional().describe('Headers in which the system says what is left of its budget.'),
  channels: z
    .record(channelName, operationName)
    .optional()
    .describe('Which operation carries send: {channel}.'),
  webhooks: notSupportedYet(),
  credentials: notSupportedYet(),
})

/** `connector: gohighlevel`: a location (sub-account) of GoHighLevel. */
export const gohighlevelIntegrationSchema = z.strictObject({
  ...common,
  connector: z.literal('gohighlevel'),
  connection: z.strictObject({
    locationId: z.string().regex(/^[\w-]{1,64}$/, { error: 'must be the id of a location' }),
    baseUrl: baseUrl.optional().describe('Only for other regions and tests.'),
  }),
  credentials: z.strictObject({ accessToken: secretRef }),
  webhooks: z
    .strictObject({
      ed25519PublicKey: z.string().max(4_000).optional(),
      rsaPublicKey: z.string().max(8_000).optional(),
      tolerance: duration(1_000, 86_400_000, '1s to 1d').optional(),
    })
    .optional(),
  channels: z
    .array(z.enum(['sms', 'whatsapp', 'email']))
    .max(3)
    .optional()
    .describe('Which channels it serves; default all.'),
})

export const integrationSchema = z.discriminatedUnion(
  'connector',
  [httpIntegrationSchema, gohighlevelIntegrationSchema],
  {
    error: 'connector must be http or gohighlevel',
  },
)

export type HttpIntegrationSpec = z.output<typeof httpIntegrationSchema>
export type GohighlevelIntegrationSpec = z.output<typeof gohighlevelIntegrationSchema>
/** An Integration document whose shape was accepted. */
export type IntegrationSpec = z.output<typeof integrationSchema>
