import type { DocumentSet, TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { mutateNumber } from '../../conditions/mutate-literal.ts'
import type { PolicySpec } from '../../kinds/outreach/policy-kind.ts'
import { capsOf } from '../../kinds/outreach/policy-kind.ts'
import { parseClock } from '../../kinds/people/week-hours.ts'
import { compileOnePolicy } from '../../policies/compile-policies.ts'
import { times } from './mutate-memory.ts'
import type { Mutant } from './mutant.ts'

interface PolicyChange {
  readonly path: DocumentPath
  readonly change: string
  /** null: without the policy. */
  readonly spec: PolicySpec | null
}

/**
 * The changes of a Policy: each thing that it forbids left out, caps and what they keep by one, durations that are written half and
 * twice as long, quiet hours by one hour at either end, what becomes of a message.
 */
export function* mutatePolicy(
  { document, spec }: TypedDocument<PolicySpec>,
  documents: DocumentSet,
): Generator<Mutant> {
  const cause = `Policy/${spec.name}`
  for (const { path, change, spec: changed } of changesOf(spec, document.body)) {
    yield {
      document,
      path,
      offset: null,
      change,
      cause,
      touches: cause,
      apply: (config) => {
        const { policies } = config.policies
        const others = policies.filter(({ name }) => name !== spec.name)
        const own = changed === null ? [] : [compileOnePolicy(changed, documents)]
        return { ...config, policies: { ...config.policies, policies: [...others, ...own] } }
      },
    }
  }
}

const demands = ['quiet_hours', 'pack', 'consent', 'window', 'caps'] as const

/** `written`: the document itself; what it leaves out is nothing that a suite should know of. */
function* changesOf(spec: PolicySpec, written: JsonObject): Generator<PolicyChange> {
  const present = demands.filter((key) => spec[key] !== undefined)
  for (const key of present) {
    const without = present.length === 1 ? null : { ...spec, [key]: undefined }
    yield { path: [key], change: `without ${key}`, spec: without }
  }
  const caps = capsOf(spec)
  for (const [index, { cap, path }] of caps.entries())
    for (const { value, at, change } of capChanges(cap)) {
      const all = caps.map((one) => one.cap).with(index, value)
      yield { path: [...path, ...at], change, spec: { ...spec, caps: all } }
    }
  yield* quietChanges(spec, written)
  const { window } = spec
  for (const { text, change } of times(window?.within))
    if (window !== undefined)
      yield { path: ['window', 'within'], change, spec: { ...spec, window: { ...window, within: text } } }
  for (const { text, change } of times('wait_max' in written ? spec.wait_max : undefined))
    yield { path: ['wait_max'], change, spec: { ...spec, wait_max: text } }
  const otherWay = spec.on_block === 'defer' ? 'skip' : 'defer'
  yield {
    path: ['on_block'],
    change: `${spec.on_block} to ${otherWay}`,
    spec: { ...spec, on_block: otherWay },
  }
}

type CapSpec = ReturnType<typeof capsOf>[number]['cap']

function* capChanges(
  cap: CapSpec,
): Generator<{ readonly value: CapSpec; readonly at: DocumentPath; readonly change: string }> {
  for (const max of mutateNumber(cap.max).filter((number) => number >= 1))
    yield { value: { ...cap, max }, at: ['max'], change: `${cap.max} to ${max}` }
  for (const { text, change } of times(cap.within))
    yield { value: { ...cap, within: text }, at: ['within'], change }
  const { priority, over_cap: over } = cap
  for (const level of ['high', 'normal'] as const) {
    const kept = priority?.[level]
    for (const number of kept === undefined ? [] : mutateNumber(kept).filter((other) => other >= 0))
      yield {
        value: { ...cap, priority: { ...priority, [level]: number } },
        at: ['priority', level],
        change: `${kept} to ${number}`,
      }
  }
  if (over === undefined) return
  const otherWay = over === 'wait' ? 'skip' : 'wait'
  yield { value: { ...cap, over_cap: otherWay }, at: ['over_cap'], change: `${over} to ${otherWay}` }
}

/** Quiet that begins or ends an hour earlier or later, and another fate for contacts whose zone is unknown. */
function* quietChanges(spec: PolicySpec, written: JsonObject): Generator<PolicyChange> {
  const { quiet_hours: quiet } = spec
  if (quiet === undefined) return
  const put = (changed: Partial<typeof quiet>): PolicySpec => ({
    ...spec,
    quiet_hours: { ...quiet, ...changed },
  })
  for (const end of ['from', 'to'] as const)
    for (const text of hourBeside(quiet[end]))
      if (text !== quiet[end === 'from' ? 'to' : 'from'])
        yield { path: ['quiet_hours', end], change: `${quiet[end]} to ${text}`, spec: put({ [end]: text }) }
  const body = written['quiet_hours']
  if (!isJsonObject(body) || body['unknown_tz'] === undefined) return
  const unknown = quiet.unknown_tz === 'defer' ? 'skip' : 'defer'
  yield {
    path: ['quiet_hours', 'unknown_tz'],
    change: `${quiet.unknown_tz} to ${unknown}`,
    spec: put({ unknown_tz: unknown }),
  }
}

/** A time of day an hour earlier and an hour later. */
function hourBeside(clock: string): readonly string[] {
  const minutes = parseClock(clock) ?? 0
  return [-60, 60].map((by) => {
    const at = (minutes + by + 24 * 60) % (24 * 60)
    return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`
  })
}
