import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { StepSpec, WorkflowSpec } from '../../kinds/workflow-shape.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import { compileWorkflow } from '../../workflows/compile-workflow.ts'
import { touchedCondition } from '../coverage/watch-coverage.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import { mutateDuration, mutateNumber } from '../../conditions/mutate-literal.ts'
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
  for (const [index, step] of spec.steps.entries()) {
    const cause = `${name}#${step.id}`
    const path = ['steps', index]
    for (const { step: changed, at, change, offset = null, condition } of mutateStep(step, texts)) {
      const touches = condition === undefined ? cause : touchedCondition(cause, condition)
      const apply = compiling(typed, { ...spec, steps: spec.steps.with(index, changed) })
      yield { document, path: [...path, ...at], offset, change, cause, touches, apply }
    }
    if (step.call === undefined && step.send === undefined) continue
    const change = `without ${step.call === undefined ? 'send' : 'call'}`
    yield {
      document,
      path,
      offset: null,
      change,
      cause,
      touches: cause,
      apply: withoutCommand(spec.name, step.id),
    }
  }
}

function compiling({ document }: TypedDocument<WorkflowSpec>, spec: WorkflowSpec): Mutant['apply'] {
  return (config) => {
    const { workflow, problems } = compileWorkflow({ document, spec }, config.types, config.catalog)
    return problems.length > 0 ? null : withWorkflow(config, workflow)
  }
}

/** The step is passed over: it goes on where it would have gone. */
function withoutCommand(name: string, stepId: string): Mutant['apply'] {
  return (config: SalesConfig) => {
    const workflow = config.workflow(name)
    if (workflow === null) return null
    const steps = workflow.steps.map((step): CompiledWorkflow['steps'][number] =>
      step.id === stepId && step.verb === 'command'
        ? { id: step.id, verb: 'choose', branches: [], otherwise: step.next }
        : step,
    )
    return withWorkflow(config, { ...workflow, steps })
  }
}

function* mutateStep(step: StepSpec, texts: readonly string[]): Generator<StepChange> {
  if (step.wait !== undefined) yield* mutateWait(step, step.wait)
  const { up_to: upTo, wait_for: waitFor, choose } = step
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

function* mutateWait(step: StepSpec, wait: NonNullable<StepSpec['wait']>): Generator<StepChange> {
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
