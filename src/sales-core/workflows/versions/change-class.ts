import { canonicalJson } from '../../../kernel/json.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { listsIn } from '../../kinds/workflow/each-step.ts'
import type { StepSpec, WorkflowSpec } from '../../kinds/workflow/workflow-spec.ts'

/**
 * What a change means for instances in flight, from light to heavy.
 *   none       nothing: how it starts, who is enrolled
 *   text       what is said: inputs of sends and calls, titles of tasks
 *   timing     how long is waited, until when something is due
 *   structure  everything else: which steps there are, what they do, where they lead, what ends an instance
 */
export type ChangeClass = 'none' | 'text' | 'timing' | 'structure'

const order: readonly ChangeClass[] = ['none', 'text', 'timing', 'structure']

export interface StepChange {
  readonly step: string
  readonly change: 'added' | 'removed' | 'text' | 'timing' | 'structure'
}

export interface WorkflowChange {
  /** The heaviest of all. */
  readonly class: ChangeClass
  /** Every class that occurs. */
  readonly classes: ReadonlySet<ChangeClass>
  /** Steps that changed, nested ones included, in the order of the new document; removed ones last. */
  readonly steps: readonly StepChange[]
}

/** What changed between two versions of a workflow. A step is the same step when its id is. */
export function changeClass(before: WorkflowSpec, after: WorkflowSpec): WorkflowChange {
  const old = partsOf(before)
  const now = partsOf(after)
  const steps: StepChange[] = []
  for (const [step, parts] of now) {
    const was = old.get(step)
    if (was === undefined) steps.push({ step, change: 'added' })
    else
      for (const change of ['structure', 'timing', 'text'] as const)
        if (was[change] !== parts[change]) steps.push({ step, change })
  }
  for (const step of old.keys()) if (!now.has(step)) steps.push({ step, change: 'removed' })
  const classes = new Set<ChangeClass>(
    steps.map(({ change }) => (change === 'added' || change === 'removed' ? 'structure' : change)),
  )
  if (wholeOf(before) !== wholeOf(after)) classes.add('structure')
  if (before.budget?.age !== after.budget?.age) classes.add('timing')
  const heaviest = order.findLast((candidate) => classes.has(candidate)) ?? 'none'
  return { class: heaviest, classes, steps }
}

/** What of the workflow as a whole concerns those who are in it. */
function wholeOf({ for: kind, stop_when, goal, policies, budget }: WorkflowSpec): string {
  return text([kind, stop_when ?? null, goal ?? null, policies ?? null, budget?.steps ?? null])
}

interface StepParts {
  readonly text: string
  readonly timing: string
  readonly structure: string
}

function partsOf({ steps }: WorkflowSpec): ReadonlyMap<string, StepParts> {
  const parts = new Map<string, StepParts>()
  const walk = (list: readonly StepSpec[], place: string): void => {
    for (const [at, step] of list.entries()) {
      parts.set(step.id, partsOfStep(step, place, list[at + 1]?.id ?? null))
      for (const inner of listsIn(step)) walk(inner.steps, `${place}/${step.id}.${inner.name}`)
    }
  }
  walk(steps, '')
  return parts
}

/** `place`: what encloses it; `next`: what it falls through to there. */
function partsOfStep(step: StepSpec, place: string, next: string | null): StepParts {
  const {
    send,
    fallback,
    with: input,
    undo,
    task,
    on_failure: failure,
    wait,
    up_to,
    clock,
    calendar,
    retry,
    ...rest
  } = step
  const { channel, ...sent } = send ?? { channel: null }
  const { channel: other, ...sentInstead } = fallback ?? { channel: null }
  const {
    title,
    text: more,
    due,
    clock: taskClock,
    calendar: taskCalendar,
    escalate,
    ...taskRest
  } = task ?? {}
  const { title: failTitle, text: failText, ...failTask } = failure?.task ?? {}
  const own: Record<string, unknown> = { ...rest }
  for (const { kind, name } of listsIn(step)) if (kind === 'arm') delete own[name]
  return {
    text: text([sent, sentInstead, input, undo?.with, title, more, failTitle, failText]),
    timing: text([lengthOf(wait), up_to, clock, calendar, retry, due, taskClock, taskCalendar, escalate]),
    structure: text([
      place,
      // Where it says itself where it leads, what stands behind it does not matter.
      step.then === undefined && step.go === undefined ? next : null,
      { ...own, parallel: Object.keys(step.parallel ?? {}), saga: step.saga === undefined ? null : true },
      [channel, other, undo?.call, taskRest, failTask, failure?.go],
      [typeof wait === 'string' ? wait : wait !== undefined, up_to !== undefined, retry !== undefined],
    ]),
  }
}

function lengthOf(wait: StepSpec['wait']): unknown {
  return typeof wait === 'object' ? wait : null
}

function text(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value)) as JsonValue)
}
