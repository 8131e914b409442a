import type {
  DocumentKind,
  DocumentSet,
  Problem,
  Symbol,
  TypedDocument,
} from '../../control-plane/documents/document-kind.ts'
import { eventReferences } from '../../sales-core/kinds/references.ts'
import { connectorFor } from './compile-connector.ts'
import { integrationFieldHelp } from './editor/integration-field-help.ts'
import { echoesOfSpec } from './catalog/operation-echoes.ts'
import { channelsOf, definitionOf } from './documents/definition-of.ts'
import { degradeProblems, failoverProblems, serves } from './documents/failover-problems.ts'
import { standbysOf } from './documents/failover.ts'
import { ownProblems } from './documents/own-problems.ts'
import { vendorProblems } from './documents/vendor-problems.ts'
import { bringsOperations, integrationSchema } from './integration-schema.ts'
import type { IntegrationSpec } from './integration-schema.ts'

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
    !bringsOperations(spec)
      ? []
      : echoesOfSpec(spec).flatMap(([operation, echoes]) =>
          echoes.flatMap((type, index) => eventReferences(type, ['operations', operation, 'echoes', index])),
        ),
  provides: ({ spec }) => provided(spec),
  check: (typed, set) => [
    ...(bringsOperations(typed.spec)
      ? [
          ...connectorFor(definitionOf(typed.spec)).problems.map(shownInDocument(typed.spec)),
          ...ownProblems(typed.spec),
        ]
      : vendorProblems(typed.spec)),
    ...channelProblems(typed, set),
    ...failoverProblems(typed, set.ofKind(integrationKind)),
    ...degradeProblems(typed.spec),
  ],
}

function provided(spec: IntegrationSpec): readonly Symbol[] {
  const definition = definitionOf(spec)
  return [
    ...Object.keys(definition.operations).map((operation) => ({
      space: 'operation',
      name: `${spec.name}.${operation}`,
    })),
    ...Object.keys(channelsOf(spec, definition)).map((channel) => ({ space: 'channel', name: channel })),
  ]
}

/** What a connector calls the body is `variables:` in a document of a GraphQL endpoint. */
function shownInDocument(spec: IntegrationSpec): (problem: Problem) => Problem {
  return (problem) =>
    spec.connector !== 'graphql' || problem.path[2] !== 'body'
      ? problem
      : { ...problem, path: problem.path.map((part, index) => (index === 2 ? 'variables' : part)) }
}

/** One channel, one integration: which of two would carry a message must not depend on their names. */
function channelProblems(typed: TypedDocument<IntegrationSpec>, set: DocumentSet): readonly Problem[] {
  const all = set.ofKind(integrationKind)
  const standsBy = standbysOf(all.map(({ spec }) => spec))
  const others = all.filter(({ spec }) => spec.name < typed.spec.name)
  const own = Object.keys(channelsOf(typed.spec, definitionOf(typed.spec)))
  return own.flatMap((channel) => {
    if (standsBy(typed.spec.name, channel)) return []
    const other = others.find(({ spec }) => serves(spec, channel) && !standsBy(spec.name, channel))
    if (other === undefined) return []
    return [
      {
        code: 'NX-INTEGRATION-CHANNEL-TWICE',
        message: `The channel ${channel} is served by ${other.spec.name} already`,
        fix: `Name in \`channels:\` of each integration which channels it serves, or in \`failover:\` of one that the other stands by for it.`,
        path: typed.spec.channels === undefined ? ['connector'] : ['channels'],
      },
    ]
  })
}
