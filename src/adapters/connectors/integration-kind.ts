import type {
  DocumentKind,
  DocumentSet,
  Problem,
  Symbol,
  TypedDocument,
} from '../../control-plane/documents/document-kind.ts'
import { eventReferences } from '../../sales-core/kinds/references.ts'
import { compileConnector } from './compile-connector.ts'
import { integrationFieldHelp } from './editor/integration-field-help.ts'
import { echoesOfSpec } from './catalog/operation-echoes.ts'
import { integrationSchema } from './integration-schema.ts'
import type {
  GohighlevelIntegrationSpec,
  HttpIntegrationSpec,
  IntegrationSpec,
} from './integration-schema.ts'
import { gohighlevel } from './vendors/gohighlevel.ts'
import { httpConnector } from './vendors/http.ts'
import { readPublicKey } from './webhooks/verify-signature.ts'

/** `kind: Integration`: a system outside that commands go to and webhooks come from. */
export const integrationKind: DocumentKind<IntegrationSpec> = {
  kind: 'Integration',
  summary: 'A system outside: how to reach it, what can be asked of it, whose webhooks it sends.',
  schema: integrationSchema,
  fieldHelp: integrationFieldHelp,
  merge: [
    { path: 'auth', policy: 'replace' },
    { path: 'operations.*.idempotency', policy: 'replace' },
  ],
  // Others see its operations and channels, which it provides, and what comes back of them; connection, credentials and limits are
  // its own affair.
  surface: ({ spec }) => echoesOfSpec(spec).map(([operation, echoes]) => [operation, [...echoes]]),
  requires: ({ spec }) =>
    spec.connector !== 'http'
      ? []
      : echoesOfSpec(spec).flatMap(([operation, echoes]) =>
          echoes.flatMap((type, index) => eventReferences(type, ['operations', operation, 'echoes', index])),
        ),
  provides: ({ spec }) => provided(spec),
  check: (typed, set) => [
    ...(typed.spec.connector === 'http' ? httpProblems(typed.spec) : gohighlevelProblems(typed.spec)),
    ...channelProblems(typed, set),
  ],
}

function provided(spec: IntegrationSpec): readonly Symbol[] {
  const operations = spec.connector === 'http' ? spec.operations : gohighlevel.operations
  return [
    ...Object.keys(operations).map((operation) => ({
      space: 'operation',
      name: `${spec.name}.${operation}`,
    })),
    ...channelsOf(spec).map((channel) => ({ space: 'channel', name: channel })),
  ]
}

function channelsOf(spec: IntegrationSpec): readonly string[] {
  return spec.connector === 'http'
    ? Object.keys(spec.channels ?? {})
    : (spec.channels ?? Object.keys(gohighlevel.channels))
}

function httpProblems(spec: HttpIntegrationSpec): readonly Problem[] {
  const problems: Problem[] = [...compileConnector(httpConnector(spec)).problems]
  for (const [channel, operation] of Object.entries(spec.channels ?? {})) {
    if (Object.hasOwn(spec.operations, operation)) continue
    problems.push({
      code: 'NX-INTEGRATION-CHANNEL',
      message: `The channel ${channel} names the operation '${operation}', which this integration does not have`,
      fix: `Name one of ${Object.keys(spec.operations).join(', ')}.`,
      path: ['channels', channel],
    })
  }
  for (const [name, operation] of Object.entries(spec.operations)) {
    if (operation.body === undefined || (operation.method !== 'GET' && operation.method !== 'DELETE'))
      continue
    problems.push({
      code: 'NX-INTEGRATION-BODY',
      message: `${operation.method} requests carry no body`,
      fix: 'Use `query:`, or another method.',
      path: ['operations', name, 'body'],
      key: true,
    })
  }
  return [...problems, ...secretHeaderProblems(spec)]
}

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key'])

/** Headers that exist to carry secrets are written by `auth:`, so that no secret stands in a file. */
function secretHeaderProblems(spec: HttpIntegrationSpec): readonly Problem[] {
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

function gohighlevelProblems(spec: GohighlevelIntegrationSpec): readonly Problem[] {
  const keys = [
    ['ed25519PublicKey', 'ed25519'],
    ['rsaPublicKey', 'rsa'],
  ] as const
  return keys.flatMap(([member, type]) => {
    const text = spec.webhooks?.[member]
    if (text === undefined || keyType(text) === type) return []
    return [
      {
        code: 'NX-INTEGRATION-KEY',
        message: `${member} is not an ${type.toUpperCase()} public key`,
        fix: "Write the vendor's key as PEM (-----BEGIN PUBLIC KEY-----) or as base64 of its DER form.",
        path: ['webhooks', member],
      },
    ]
  })
}

function keyType(text: string): string | undefined {
  try {
    return readPublicKey(text).asymmetricKeyType
  } catch {
    return undefined
  }
}

/** One channel, one integration: which of two would carry a message must not depend on their names. */
function channelProblems(typed: TypedDocument<IntegrationSpec>, set: DocumentSet): readonly Problem[] {
  const others = set.ofKind(integrationKind).filter(({ spec }) => spec.name < typed.spec.name)
  return channelsOf(typed.spec).flatMap((channel) => {
    const other = others.find(({ spec }) => channelsOf(spec).includes(channel))
    if (other === undefined) return []
    return [
      {
        code: 'NX-INTEGRATION-CHANNEL-TWICE',
        message: `The channel ${channel} is served by ${other.spec.name} already`,
        fix: `Name in \`channels:\` of each integration which channels it serves.`,
        path: typed.spec.channels === undefined ? ['connector'] : ['channels'],
      },
    ]
  })
}
