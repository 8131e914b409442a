import type { DocumentSet, TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { mutateNumber } from '../../conditions/mutate-literal.ts'
import type { PolicySpec } from '../../kinds/outreach/policy-kind.ts'
import { capsOf } from '../../kinds/outreach/policy-kind.ts'
import { compileOnePolicy } from '../../policies/compile-policies.ts'
import { times } from './mutate-memory.ts'
import type { Mutant } from './mutant.ts'

interface PolicyChange {
  readonly path: DocumentPath
  readonly change: string
  /** null: without the policy. */
  readonly spec: PolicySpec | null
}

/** The changes of a Policy: each thing that it forbids left out, caps by one, times half and twice as long, what becomes of a message. */
export function* mutatePolicy(
  { document, spec }: TypedDocument<PolicySpec>,
  documents: DocumentSet,
): Generator<Mutant> {
  const cause = `Policy/${spec.name}`
  for (const { path, change, spec: changed } of changesOf(spec)) {
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

function* changesOf(spec: PolicySpec): Generator<PolicyChange> {
  const present = demands.filter((key) => spec[key] !== undefined)
  for (const key of present) {
    const without = present.length === 1 ? null : { ...spec, [key]: undefined }
    yield { path: [key], change: `without ${key}`, spec: without }
  }
  for (const [index, { cap, path }] of capsOf(spec).entries()) {
    const withCap = (changed: Partial<typeof cap>): PolicySpec => {
      const caps = capsOf(spec).map((one) => one.cap)
      return { ...spec, caps: caps.with(index, { ...cap, ...changed }) }
    }
    for (const max of mutateNumber(cap.max).filter((number) => number >= 1))
      yield { path: [...path, 'max'], change: `${cap.max} to ${max}`, spec: withCap({ max }) }
    for (const { text, change } of times(cap.within))
      yield { path: [...path, 'within'], change, spec: withCap({ within: text }) }
  }
  const { window } = spec
  for (const { text, change } of times(window?.within))
    if (window !== undefined)
      yield { path: ['window', 'within'], change, spec: { ...spec, window: { ...window, within: text } } }
  const otherWay = spec.on_block === 'defer' ? 'skip' : 'defer'
  yield {
    path: ['on_block'],
    change: `${spec.on_block} to ${otherWay}`,
    spec: { ...spec, on_block: otherWay },
  }
}
