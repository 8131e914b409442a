import type { Problem, TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { bringsOperations } from '../integration-schema.ts'
import type { IntegrationSpec } from '../integration-schema.ts'
import { channelsOf, definitionOf } from './definition-of.ts'
import type { FailoverSpec } from './failover.ts'

/** What is wrong with where an integration's messages would go; `all` are the integrations of the set. */
export function failoverProblems(
  { spec }: TypedDocument<IntegrationSpec>,
  all: readonly TypedDocument<IntegrationSpec>[],
): readonly Problem[] {
  const byName = new Map(all.map((one) => [one.spec.name, one.spec]))
  return Object.entries(spec.failover ?? {}).flatMap(([channel, given]) => {
    const problem = problemOf(spec, channel, given, byName)
    return problem === null ? [] : [problem]
  })
}

type ByName = ReadonlyMap<string, IntegrationSpec>

function problemOf(
  spec: IntegrationSpec,
  channel: string,
  { to }: FailoverSpec,
  byName: ByName,
): Problem | null {
  const at: DocumentPath = ['failover', channel]
  if (!serves(spec, channel)) {
    const own = Object.keys(channelsOf(spec, definitionOf(spec)))
    return {
      code: 'NX-INTEGRATION-FAILOVER-CHANNEL',
      message: `${spec.name} does not serve the channel ${channel}`,
      fix: own.length === 0 ? 'Leave it out.' : `It serves ${own.join(', ')}.`,
      path: at,
      key: true,
    }
  }
  if (to === spec.name)
    return {
      code: 'NX-INTEGRATION-FAILOVER-SELF',
      message: `${channel} would go to the integration that it fails over from`,
      fix: 'Name another integration that serves the channel.',
      path: [...at, 'to'],
    }
  const other = byName.get(to)
  if (other === undefined || !serves(other, channel)) return unable(channel, to, other, spec, byName)
  const way = circleFrom(spec.name, channel, byName)
  if (way !== null)
    return {
      code: 'NX-INTEGRATION-FAILOVER-CYCLE',
      message: `The failover of ${channel} goes in a circle: ${way.join(' to ')}`,
      fix: 'One of them must be the last: leave its failover of the channel out.',
      path: [...at, 'to'],
    }
  const mode = other.mode ?? 'live'
  if (mode === 'live') return null
  return {
    code: 'NX-INTEGRATION-FAILOVER-MODE',
    message: `${to} is ${mode.replace('_', '-')}: nothing moves there`,
    fix: `Set mode: live in ${to}.`,
    path: [...at, 'to'],
    severity: 'warning',
  }
}

function unable(
  channel: string,
  to: string,
  other: IntegrationSpec | undefined,
  { name }: IntegrationSpec,
  byName: ByName,
): Problem {
  const able = [...byName.values()].filter((one) => one.name !== name && serves(one, channel))
  const others =
    able.length === 0
      ? `No other integration serves ${channel}: write one, with ${channel} among its channels.`
      : `${able.map((one) => one.name).join(', ')} ${able.length === 1 ? 'does' : 'do'}.`
  return other === undefined
    ? {
        code: 'NX-INTEGRATION-FAILOVER-UNKNOWN',
        message: `There is no integration ${to}`,
        fix:
          able.length === 0
            ? others
            : `Integrations that serve ${channel}: ${able.map((one) => one.name).join(', ')}.`,
        path: ['failover', channel, 'to'],
      }
    : {
        code: 'NX-INTEGRATION-FAILOVER-CHANNEL',
        message: `${to} does not serve the channel ${channel}`,
        fix: others,
        path: ['failover', channel, 'to'],
      }
}

/** Does the integration serve the channel, as its document leaves it? */
export function serves(spec: IntegrationSpec, channel: string): boolean {
  return Object.hasOwn(channelsOf(spec, definitionOf(spec)), channel)
}

/** The way from an integration back to it; null: there is none. */
function circleFrom(name: string, channel: string, byName: ByName): readonly string[] | null {
  const way = [name]
  for (let at = name; ;) {
    const next = byName.get(at)?.failover?.[channel]?.to
    if (next === undefined) return null
    if (next === name) return [...way, next]
    if (way.includes(next)) return null
    way.push(next)
    at = next
  }
}

/** Without a read nothing could tell that the credentials work again. */
export function degradeProblems(spec: IntegrationSpec): readonly Problem[] {
  if (spec.degrade === undefined) return []
  const { health, connector } = definitionOf(spec)
  if (health !== undefined) return []
  return [
    {
      code: 'NX-INTEGRATION-DEGRADE',
      message: `Nothing would tell when the credentials of ${spec.name} work again: it has no harmless read`,
      fix: bringsOperations(spec)
        ? 'Name an operation that reads in `health:`.'
        : `Leave \`degrade:\` out: the connector ${connector} has no health operation.`,
      path: ['degrade', 'readOnlyAfter'],
    },
  ]
}
