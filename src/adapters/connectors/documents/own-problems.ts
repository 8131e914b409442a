import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import { documentWebhookProblems } from '../webhooks/generic/document-problems.ts'
import { graphqlProblems } from './graphql-problems.ts'
import type { OwnIntegrationSpec } from './own-schemas.ts'

/** What the schema cannot say of a document that brings its own operations. */
export function ownProblems(spec: OwnIntegrationSpec): readonly Problem[] {
  return [
    ...purposeProblems(spec),
    ...namedOperationProblems(spec),
    ...(spec.connector === 'http' ? bodyProblems(spec) : graphqlProblems(spec)),
    ...readingProblems(spec),
    ...secretHeaderProblems(spec),
    ...certificateProblems(spec),
    ...(spec.webhooks === undefined ? [] : documentWebhookProblems(spec.webhooks)),
  ]
}

/** A document that only receives needs no operations; one that does neither is a mistake. */
function purposeProblems({ operations, webhooks }: OwnIntegrationSpec): readonly Problem[] {
  if (Object.keys(operations).length > 0 || webhooks !== undefined) return []
  return [
    {
      code: 'NX-INTEGRATION-OPERATIONS',
      message: 'operations must hold 1 to 200 operations, or webhooks say what the system sends',
      fix: 'Describe under `operations:` what can be asked of it, or under `webhooks:` what it sends.',
      path: ['operations'],
    },
  ]
}

function namedOperationProblems(spec: OwnIntegrationSpec): readonly Problem[] {
  const names = Object.keys(spec.operations)
  const problems: Problem[] = Object.entries(spec.channels ?? {}).flatMap(([channel, operation]) =>
    names.includes(operation)
      ? []
      : [
          {
            code: 'NX-INTEGRATION-CHANNEL',
            message: `The channel ${channel} names the operation '${operation}', which this integration does not have`,
            fix: `Name one of ${names.join(', ')}.`,
            path: ['channels', channel],
          },
        ],
  )
  if (spec.health === undefined || spec.operations[spec.health]?.effect === 'read') return problems
  return [
    ...problems,
    {
      code: 'NX-INTEGRATION-HEALTH',
      message: `'${spec.health}' is no operation that only reads`,
      fix: 'Name an operation with `effect: read`: it is called to see whether the integration works.',
      path: ['health'],
    },
  ]
}

function bodyProblems(spec: Extract<OwnIntegrationSpec, { connector: 'http' }>): readonly Problem[] {
  return Object.entries(spec.operations).flatMap(([name, { body, method }]) =>
    body === undefined || (method !== 'GET' && method !== 'DELETE')
      ? []
      : [
          {
            code: 'NX-INTEGRATION-BODY',
            message: `${method} requests carry no body`,
            fix: 'Use `query:`, or another method.',
            path: ['operations', name, 'body'],
            key: true,
          },
        ],
  )
}

/** Only what reads has further pages. */
function readingProblems(spec: OwnIntegrationSpec): readonly Problem[] {
  return Object.entries(spec.operations).flatMap(([name, operation]) =>
    (['pagination', 'incremental'] as const).flatMap((member) =>
      operation.effect === 'read' || !(member in operation)
        ? []
        : [
            {
              code: 'NX-INTEGRATION-READING',
              message: `${name} does not read, so it has no further pages`,
              fix: `Leave out \`${member}:\`, or say \`effect: read\`.`,
              path: ['operations', name, member],
              key: true,
            },
          ],
    ),
  )
}

/** A client certificate is shown while TLS is set up: without TLS nothing would prove the caller, and nobody would be told. */
function certificateProblems({ auth, connection }: OwnIntegrationSpec): readonly Problem[] {
  if (auth.kind !== 'mtls' || new URL(connection.baseUrl).protocol === 'https:') return []
  return [
    {
      code: 'NX-INTEGRATION-CERTIFICATE',
      message: 'A client certificate cannot be shown over plain http',
      fix: 'Write the https address of the system.',
      path: ['connection', 'baseUrl'],
    },
  ]
}

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key'])

/** Headers that exist to carry secrets are written by `auth:`, so that no secret stands in a file. */
function secretHeaderProblems(spec: OwnIntegrationSpec): readonly Problem[] {
  const places: Array<{ name: string; path: (string | number)[] }> = [
    ...Object.keys(spec.headers ?? {}).map((name) => ({ name, path: ['headers', name] })),
    ...Object.entries(spec.operations).flatMap(([operation, { headers }]) =>
      Object.keys(headers ?? {}).map((name) => ({ name, path: ['operations', operation, 'headers', name] })),
    ),
  ]
  return places
    .filter(({ name }) => secretHeaders.has(name.toLowerCase()))
    .map(({ name, path }) => ({
      code: 'NX-INTEGRATION-SECRET',
      message: `The header ${name} carries a secret`,
      fix: 'Use `auth: { kind: bearer | basic | api_key, … }` with { secret: NAME }.',
      path,
      key: true,
    }))
}
