import type { NxError } from '../../kernel/errors.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { ConfigurationInvalid } from '../validate/configuration-invalid.ts'
import { scopeName } from '../documents/document.ts'
import type { RevisionStore } from '../revisions/revision-store.ts'
import { barredContent } from './barred-content.ts'
import type { Barred } from './barred-content.ts'
import type { DifferingScope } from './next-step.ts'
import { nextStep } from './next-step.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { ConfigSource, SourceMemory, SourceOutcome, SourceState } from './source.ts'
import { findingsKept } from './source.ts'
import { isAboutSource } from './source-errors.ts'
import type { SourceHead, SourceReader } from './source-reader.ts'
import { progressOf } from './source-rollouts.ts'
import type { ClaimedSource } from './source-store.ts'
import type { TakePorts } from './take-version.ts'
import { outcome, takeVersion } from './take-version.ts'

export interface FollowPorts extends TakePorts {
  readonly revisions: Pick<RevisionStore, 'activations' | 'heads'>
}

/** What a look came to, and when the next is due. */
export interface FollowedSource {
  readonly outcome: SourceOutcome
  readonly dueInMs: number
}

/** Codes of looks that say nothing of what a source holds. */
const lookFailures = ['NX-SOURCE-MOVING', 'NX-SOURCE-TROUBLE']

/** Who changes the configuration when a source is followed. */
export function sourceActor(name: string): Actor {
  return { kind: 'daemon', name: `gitops/${name}` }
}

/**
 * One look at a source and what follows from it. What is wrong with the source comes back as its state; trouble of our own (the
 * database) is thrown, and so is the abort of the signal.
 */
export async function followSource(
  ports: FollowPorts,
  source: ConfigSource,
  reader: SourceReader,
  { status, forced }: Pick<ClaimedSource, 'status' | 'forced'>,
  signal: AbortSignal,
): Promise<FollowedSource> {
  const { intervalMs } = source
  const { memory } = status
  let head: SourceHead
  try {
    head = await reader.look(memory.seen, signal)
  } catch (error) {
    if (signal.aborted || !isAboutSource(error)) throw error
    const attempts = memory.attempts + 1
    return { outcome: unreadable(error, status, attempts), dueInMs: retryDelayMs(intervalMs, attempts) }
  }
  const { quarantine, tenants } = ports.plan
  const barred = barredContent({ quarantine, tenants, revisions: ports.revisions })
  const facts = await factsOf(ports, memory, barred)
  // That it could not be looked at is over: what stands in its state now must be what is so.
  const overdue = status.state === 'unreachable' || lookFailures.includes(status.code ?? '')
  const step = nextStep({
    ...facts,
    ...{ memory, head, forced: forced || overdue },
    onDrift: source.onDrift,
    nowMs: ports.clock.now().getTime(),
  })
  if (step.step === 'keep') return { outcome: kept(status), dueInMs: intervalMs }
  if (step.step === 'report') {
    const next = reported(memory, head, step.state, ports)
    return { outcome: outcome(step.state, step.message, next), dueInMs: intervalMs }
  }
  const taken = await takeHead(ports, source, reader, {
    ...{ head, memory, restore: step.restore, barred, signal },
  })
  return { outcome: taken, dueInMs: intervalMs }
}

async function takeHead(
  ports: FollowPorts,
  source: ConfigSource,
  reader: SourceReader,
  {
    head,
    memory,
    restore,
    barred,
    signal,
  }: {
    readonly head: SourceHead
    readonly memory: SourceMemory
    readonly restore: readonly DifferingScope[]
    readonly barred: Barred
    readonly signal: AbortSignal
  },
): Promise<SourceOutcome> {
  try {
    await using checkout = await reader.open(head, signal)
    const actor = sourceActor(source.name)
    return await takeVersion(ports, { source, head, checkout, memory, restore, barred, actor })
  } catch (error) {
    if (signal.aborted || !isAboutSource(error)) throw error
    return unopened(ports, source, memory, head, error)
  }
}

/** What may not be taken out of a commit makes the commit broken, as what is wrong in its documents does. */
function unopened(
  { clock }: FollowPorts,
  { intervalMs }: ConfigSource,
  memory: SourceMemory,
  head: SourceHead,
  error: NxError,
): SourceOutcome {
  const attempts = (memory.seen === head.version ? memory.attempts : 0) + 1
  const retryAt = new Date(clock.now().getTime() + retryDelayMs(intervalMs, attempts)).toISOString()
  const unreadableNow = error.kind === 'unreachable' || error.kind === 'timeout'
  return {
    state: unreadableNow ? 'unreachable' : 'broken',
    code: error.code,
    message: `${head.name} is not applied: ${textOf(error)}`,
    findings: error instanceof ConfigurationInvalid ? error.findings.slice(0, findingsKept) : [],
    memory: { ...memory, seen: head.version, attempts, retryAt },
  }
}

function unreadable(error: NxError, { memory }: ClaimedSource['status'], attempts: number): SourceOutcome {
  // What was being written is whole in a moment; nothing is wrong with it.
  const state = error.code === 'NX-SOURCE-MOVING' ? 'pending' : 'unreachable'
  return { ...outcome(state, textOf(error), { ...memory, attempts }), code: error.code }
}

function kept({ state, code, message, findings, memory }: ClaimedSource['status']): SourceOutcome {
  return { state, code, message, findings, memory }
}

function reported(
  memory: SourceMemory,
  { version }: SourceHead,
  state: SourceState,
  { clock }: FollowPorts,
): SourceMemory {
  const calm: SourceMemory = { ...memory, seen: version, attempts: 0, retryAt: null }
  if (state !== 'in_sync') return calm
  const applied =
    memory.applied?.version === version ? memory.applied : { version, at: clock.now().toISOString() }
  return { ...calm, applied, planId: null, rollouts: [] }
}

const none = { rolling: [], ended: [] } as const

async function factsOf(
  ports: FollowPorts,
  memory: SourceMemory,
  barred: Barred,
): Promise<{
  readonly differing: readonly DifferingScope[]
  readonly rolling: readonly string[]
  readonly ended: readonly string[]
  readonly planReady: boolean
}> {
  const wanted = Object.entries(memory.wanted?.scopes ?? {})
  if (wanted.length === 0) return { differing: [], ...none, planReady: false }
  const tenants = await ports.plan.tenants.list()
  const heads = await ports.revisions.heads(tenants.map(({ id }) => id))
  const byScope = new Map(heads.map((head) => [scopeName(head.scope), head]))
  const differing: DifferingScope[] = []
  for (const [scope, digest] of wanted) {
    const head = byScope.get(scope)
    if (head?.digest === digest) continue
    const by = head === undefined ? '' : `by ${head.activatedBy} at ${head.activatedAt}`
    const active = head?.digest ?? null
    differing.push({ scope, wanted: digest, active, by, barred: await barred(scope, digest) })
  }
  const progress = differing.length === 0 ? none : await progressOf(ports.rollouts, memory.rollouts)
  return { differing, ...progress, planReady: await planReady(ports, memory) }
}

/** Is there anything to do about the plan that waits? Not before it is approved, or can never be carried out. */
async function planReady({ plans, clock }: FollowPorts, { planId }: SourceMemory): Promise<boolean> {
  if (planId === null) return false
  const plan = await plans.plan(planId)
  if (plan === null || plan.status.state !== 'open') return true
  return plan.approvals.length >= plan.approvers || Date.parse(plan.expiresAt) <= clock.now().getTime()
}

function textOf({ message, detail }: NxError): string {
  return detail === undefined ? message : `${message}: ${detail.split('\n')[0] ?? ''}`
}

/** Trouble of our own in the middle of a look: the state stays, and says so. */
export function troubled(status: ClaimedSource['status'], error: unknown): SourceOutcome {
  const message = `the last look was broken off: ${errorText(error)}`
  return { ...kept(status), code: 'NX-SOURCE-TROUBLE', message }
}
