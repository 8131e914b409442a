import { z } from 'zod'
import {
  batchEventsMax,
  cloudEventBatchType,
  cloudEventSchema,
  cloudEventType,
} from '../../messaging/events/cloud-event.ts'
import { acceptedSchema } from './accept-events.ts'
import { problemSchema, problemType } from './problem.ts'
import type { ReadRoute } from './read-routes.ts'

type Json = Readonly<Record<string, unknown>>

/** The API in OpenAPI 3.1, made from the schemas that the routes themselves use. */
export function openApiDocument(version: string, reads: readonly ReadRoute[]): Json {
  const paths: Record<string, Json> = {
    '/v1/events': { post: publishOperation() },
    '/v1/hooks/{tenant}/{integration}': { post: webhookOperation([]), get: greetingOperation([]) },
    '/v1/hooks/{tenant}/{integration}/{secret}': {
      post: webhookOperation(['secret']),
      get: greetingOperation(['secret']),
    },
    '/livez': { get: { summary: 'Is the process alive?', responses: { 200: { description: 'Yes' } } } },
    '/readyz': {
      get: {
        summary: 'Can it take requests?',
        responses: { 200: { description: 'Yes' }, 503: { description: 'Not now' } },
      },
    },
  }
  for (const route of reads) paths[openPath(route.path)] = { get: readOperation(route) }
  return {
    openapi: '3.1.0',
    info: { title: 'neuronx gateway', version },
    paths,
    components: {
      schemas: {
        CloudEvent: schemaOf(cloudEventSchema, 'input'),
        Accepted: schemaOf(acceptedSchema, 'output'),
        Problem: schemaOf(problemSchema, 'output'),
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function publishOperation(): Json {
  const event = { $ref: '#/components/schemas/CloudEvent' }
  return {
    summary: 'Publish events: accepted when committed, all of a request or none',
    security: [{ token: [] }],
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description:
          'Recognises the request when it comes again: the same key and body get the first answer, with Idempotent-Replayed: true; another body gets 409. A quoted string or a token, 1 to 255 characters.',
        schema: { type: 'string', minLength: 1, maxLength: 257 },
      },
    ],
    requestBody: {
      required: true,
      content: {
        [cloudEventType]: { schema: event },
        [cloudEventBatchType]: {
          schema: { type: 'array', items: event, minItems: 1, maxItems: batchEventsMax },
        },
        'application/json': {
          schema: {
            type: 'object',
            description: 'Binary mode: the data; the attributes are in ce-* headers.',
          },
        },
      },
    },
    responses: {
      202: {
        ...accepted(),
        headers: {
          'Idempotent-Replayed': {
            description: 'true: the first answer to this Idempotency-Key, again; nothing was done now.',
            schema: { type: 'string', enum: ['true'] },
          },
          RateLimit: { description: 'What is left of the quota of events.', schema: { type: 'string' } },
          'RateLimit-Policy': { description: 'The quota of events.', schema: { type: 'string' } },
        },
      },
      ...problems(400, 401, 403, 409, 413, 415, 429, 503),
    },
  }
}

function webhookOperation(more: readonly string[]): Json {
  return {
    summary: "A vendor's webhook, signed as the vendor signs",
    parameters: ['tenant', 'integration', ...more].map(pathParameter),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: {} }, 'application/x-www-form-urlencoded': { schema: {} } },
    },
    responses: {
      200: {
        description: 'Committed, told in the words that the vendor expects; or an answer to its question',
      },
      202: accepted(),
      ...problems(400, 401, 403, 404, 413, 415, 429, 503),
    },
  }
}

function greetingOperation(more: readonly string[]): Json {
  return {
    summary: 'The question by which a vendor finds out whose address it is',
    parameters: ['tenant', 'integration', ...more].map(pathParameter),
    responses: {
      200: {
        description: 'The text that it asked for',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
      ...problems(401, 403, 404),
    },
  }
}

function readOperation({ path, summary, query }: ReadRoute): Json {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
  const properties = query === null ? {} : ((schemaOf(query, 'input')['properties'] ?? {}) as Json)
  return {
    summary,
    security: [{ token: [] }],
    parameters: [
      ...names.map(pathParameter),
      ...Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
    ],
    responses: {
      200: { description: 'Found', content: { 'application/json': { schema: { type: 'object' } } } },
      ...problems(400, 401, 403, 404, 503),
    },
  }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  // `unrepresentable: any`: checks that JSON Schema cannot say (well-formed Unicode) are left to the server.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function accepted(): Json {
  return {
    description: 'Committed',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Accepted' } } },
  }
}

function problems(...statuses: readonly number[]): Json {
  const content = { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: 'A problem, with what to do about it',
        ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
        content,
      },
    ]),
  )
}

const retryAfter = {
  'Retry-After': {
    description: 'Seconds until a repeat makes sense.',
    schema: { type: 'integer', minimum: 1 },
  },
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}

function openPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}
