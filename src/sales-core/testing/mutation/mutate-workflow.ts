import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { eachStep } from '../../kinds/workflow/each-step.ts'
import type { StepSpec, WaitLengthSpec, WorkflowSpec } from '../../kinds/workflow/workflow-spec.ts'
import type { CompiledStep } from '../../workflows/compiled-workflow.ts'
import { compileWorkflow } from '../../workflows/compile-workflow.ts'
import { touchedCondition } from '../coverage/watch-coverage.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import { mutateDuration, mutateNumber } from '../../conditions/mutate-literal.ts'
import { mutateAssign, mutateTask } from './mutate-people.ts'
import type { Mutant } from './mutant.ts'
import { withWorkflow } from './mutant.ts'

interface StepChange {
  readonly step: StepSpec
  readonly at: DocumentPath
  readonly change: string
  readonly offset?: number
  /** The condition that is changed, below the step. */
  readonly condition?: DocumentPath
}

/** The changes of a Workflow: conditions, waits, commands left out. */
export function* mutateWorkflow(
  typed: TypedDocument<WorkflowSpec>,
  texts: readonly string[],
): Generator<Mutant> {
  const { document, spec } = typed
  const name = `Workflow/${spec.name}`
  const { start } = spec
  if (start?.when !== undefined) {
    for (const { offset, text, change } of mutateCondition(start.when, texts)) {
      const touches = touchedCondition(`${name}#start`, ['when'])
      const apply = compiling(typed, { ...spec, start: { ...start, when: text } })
      yield { document, path: ['start', 'when'], offset, change, cause: `${name}#start`, touches, apply }
    }
  }
  yield* mutateEnds(typed, texts)
  for (const { step, path } of eachStep(spec.steps)) {
    const cause = `${name}#${step.id}`
    for (const { step: changed, at, change, offset = null, condition } of mutateStep(step, texts)) {
      const touches = condition === undefined ? cause : touchedCondition(cause, condition)
      const apply = compiling(typed, withStep(spec, path, changed))
      yield { document, path: [...path, ...at], offset, change, cause, touches, apply }
    }
    const verb = effectVerbs.find((candidate) => step[candidate] !== undefined)
    if (verb === undefined) continue
    const change = `without ${verb}`
    yield {
      document,
      path,
      offset: null,
      change,
      cause,
      touches: cause,
      apply: withoutEffect(spec.name, step.id),
    }
  }
}

function compiling({ document }: TypedDocument<WorkflowSpec>, spec: WorkflowSpec): Mutant['apply'] {
  return (config) => {
    const { workflow, problems } = compileWorkflow({ document, spec }, config.types, config.catalog)
    return problems.length > 0 ? null : withWorkflow(config, workflow)
  }
}

/** The document with one step, however deep, replaced. */
function withStep(spec: WorkflowSpec, path: DocumentPath, step: StepSpec): WorkflowSpec {
  return withPath(spec as unknown as JsonValue, path, step as unknown as JsonValue) as unknown as WorkflowSpec
}

function withPath(value: JsonValue, [key, ...rest]: DocumentPath, leaf: JsonValue): JsonValue {
  if (key === undefined) return leaf
  if (Array.isArray(value))
    return (value as JsonValue[]).with(Number(key), withPath(value[Number(key)] ?? null, rest, leaf))
  const object = value as JsonObject
  return { ...object, [key]: withPath(object[key] ?? null, rest, leaf) }
}

/** What ends an instance from outside its steps: conditions of stop_when, the goal, and each stop_when left out. */
function* mutateEnds(typed: TypedDocument<WorkflowSpec>, texts: readonly string[]): Generator<Mutant> {
  const { document, spec } = typed
  const { goal, stop_when: stops = [] } = spec
  const of = (name: string) => `Workflow/${spec.name}#${name}`
  for (const { offset, text, change } of goal === undefined ? [] : mutateCondition(goal, texts)) {
    const touches = touchedCondition(of('goal'), ['goal'])
    const apply = compiling(typed, { ...spec, goal: text })
    yield { document, path: ['goal'], offset, change, cause: of('goal'), touches, apply }
  }
  for (const [index, stop] of stops.entries()) {
    const path = ['stop_when', index, 'when']
    for (const { offset, text, change } of stop.when === undefined ? [] : mutateCondition(stop.when, texts)) {
      const touches = touchedCondition(of('stop_when'), path)
      const apply = compiling(typed, { ...spec, stop_when: stops.with(index, { ...stop, when: text }) })
      yield { document, path, offset, change, cause: of('stop_when'), touches, apply }
    }
  }
}

/** Steps that do something, which a good suite misses when it is left out. */
const effectVerbs = [
  'call',
  'send',
  'set',
  'add_tag',
  'remove_tag',
  'emit',
  'task',
  'start',
  'stop',
  'assign',
] as const

/** The step is passed over: it goes on where it would have gone. */
function withoutEffect(name: string, stepId: string): Mutant['apply'] {
  return (config: SalesConfig) => {
    const workflow = config.workflow(name)
    if (workflow === null) return null
    const steps = workflow.steps.map((step): CompiledStep =>
      step.id === stepId && 'next' in step
        ? { id: step.id, frame: step.frame, verb: 'choose', branches: [], otherwise: step.next }
        : step,
    )
    return withWorkflow(config, { ...workflow, steps })
  }
}

function* mutateStep(step: StepSpec, texts: readonly string[]): Generator<StepChange> {
  if (typeof step.wait === 'object') yield* mutateWait(step, step.wait)
  const { up_to: upTo, wait_for: waitFor, choose, assign, task } = step
  for (const { value, path, change } of assign === undefined ? [] : mutateAssign(assign))
    yield { step: { ...step, assign: value }, at: ['assign', ...path], change }
  for (const { value, path, change } of task === undefined ? [] : mutateTask(task))
    yield { step: { ...step, task: value }, at: ['task', ...path], change }
  for (const text of upTo === undefined ? [] : mutateDuration(upTo))
    yield { step: { ...step, up_to: text }, at: ['up_to'], change: `${upTo} to ${text}` }
  if (waitFor?.where !== undefined) {
    const at = ['wait_for', 'where']
    for (const { offset, text, change } of mutateCondition(waitFor.where, texts))
      yield { step: { ...step, wait_for: { ...waitFor, where: text } }, at, change, offset, condition: at }
  }
  for (const [index, branch] of (choose ?? []).entries()) {
    if (branch.when === undefined || choose === undefined) continue
    // Compiled branches leave else out; it stands last, so that the indexes are the same.
    const at = ['choose', index, 'when']
    for (const { offset, text, change } of mutateCondition(branch.when, texts))
      yield {
        step: { ...step, choose: choose.with(index, { ...branch, when: text }) },
        at,
        change,
        offset,
        condition: at,
      }
  }
}

function* mutateWait(step: StepSpec, wait: WaitLengthSpec): Generator<StepChange> {
  const { duration } = wait
  if (duration !== undefined) {
    for (const text of mutateDuration(duration))
      yield {
        step: { ...step, wait: { ...wait, duration: text } },
        at: ['wait'],
        change: `${duration} to ${text}`,
      }
    return
  }
  for (const unit of ['days', 'hours', 'minutes', 'seconds'] as const) {
    const value = wait[unit]
    for (const number of value === undefined ? [] : mutateNumber(value).filter((other) => other >= 0))
      yield {
        step: { ...step, wait: { ...wait, [unit]: number } },
        at: ['wait', unit],
        change: `${value} to ${number}`,
      }
  }
}
