import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { ProblemLog } from '../compile/problem-log.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { variablesFor } from '../compile/type-catalog.ts'
import type { Condition } from '../conditions/condition-compiler.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { WorkflowSpec } from '../kinds/workflow/workflow-spec.ts'
import { compileStep } from './compile/compile-step.ts'
import type { StepContext } from './compile/compile-step.ts'
import { idleCircle } from './compile/idle-circle.ts'
import type { PlacedSteps } from './compile/place-steps.ts'
import { placeSteps } from './compile/place-steps.ts'
import { StepTargets } from './compile/step-targets.ts'
import { varsOf } from './compile/step-vars.ts'
import type { CompiledStep, CompiledWorkflow, Enroll, OnChange, StopWhen } from './compiled-workflow.ts'

export const stepsMaxDefault = 200

/**
 * Compiles a workflow, and says what is wrong with it. What an instance is pinned to is compiled the same way, against the types
 * of today: a condition that no longer fits them fails the instance when it gets there, and says why.
 */
export function compileWorkflow(
  { document, spec }: TypedDocument<WorkflowSpec>,
  types: TypeCatalog,
  catalog: IntegrationCatalog | null,
): { workflow: CompiledWorkflow; problems: readonly Problem[] } {
  const log = new ProblemLog(types)
  const placed = placeSteps(spec.steps, log)
  const vars = varsOf(spec, types)
  const context: StepContext = {
    entityKind: spec.for,
    types,
    catalog,
    vars,
    log,
    frames: placed.frames,
    targets: new StepTargets(placed, log),
    variables: variablesFor(types, { entities: [spec.for], vars }),
  }
  const steps = placed.steps.map((step) => compileStep(step, context))
  checkLoops(steps, placed, log)
  const workflow: CompiledWorkflow = {
    name: spec.name,
    digest: document.digest,
    entityKind: spec.for,
    start: compileStart(spec, context),
    enroll: enrollOf(spec),
    onChange: onChangeOf(spec),
    stopWhen: compileStops(spec, context),
    goal: spec.goal === undefined ? null : log.condition(spec.goal, context.variables, 'bool', ['goal']),
    policies: spec.policies ?? [],
    steps,
    frames: placed.frames,
    lookbacks: lookbacksOf(steps),
    stepsMax: spec.budget?.steps ?? stepsMaxDefault,
    ageMsMax: spec.budget?.age === undefined ? null : parseDuration(spec.budget.age),
    // A text that only looks as if it read them costs some bytes in the row.
    keepsVars: /\bvars\b/.test(JSON.stringify([spec.steps, spec.goal, spec.stop_when])),
  }
  return { workflow, problems: log.problems }
}

function compileStart(spec: WorkflowSpec, context: StepContext): CompiledWorkflow['start'] {
  if (spec.start === undefined) return null
  const { on, when } = spec.start
  return { on, when: when === undefined ? null : onEvent(on, when, ['start', 'when'], context, false) }
}

/** A condition on an event. That of an undeclared one is not checked: it is reported as an unknown reference. */
function onEvent(
  type: string,
  source: string,
  path: readonly (string | number)[],
  { types, log, entityKind, vars }: StepContext,
  withVars: boolean,
): Condition {
  const event = types.events.get(type)
  const checked = event === undefined ? new ProblemLog(types) : log
  const variables = variablesFor(types, {
    event,
    entities: [entityKind],
    ...(withVars ? { vars } : {}),
  })
  return checked.condition(source, variables, 'bool', path)
}

function compileStops(spec: WorkflowSpec, context: StepContext): readonly StopWhen[] {
  return (spec.stop_when ?? []).map(({ on, when, except = [] }, index) => {
    const path = ['stop_when', index]
    for (const [at, step] of except.entries()) context.targets.exists(step, [...path, 'except', at])
    return {
      on,
      when: when === undefined ? null : onEvent(on, when, [...path, 'when'], context, true),
      except: new Set(except),
    }
  })
}

function enrollOf({ enroll }: WorkflowSpec): Enroll {
  const { while_running: whileRunning = 'ignore', again } = enroll ?? {}
  return {
    whileRunning,
    afterMs: again?.after === undefined ? null : parseDuration(again.after),
    max: again?.max ?? null,
  }
}

function onChangeOf({ on_change: change }: WorkflowSpec): OnChange {
  return {
    text: change?.text ?? 'follow',
    timing: change?.timing ?? 'follow',
    structure: change?.structure ?? 'pin',
    map: change?.map ?? {},
  }
}

function lookbacksOf(steps: readonly CompiledStep[]): ReadonlyMap<string, readonly string[]> {
  const lookbacks = new Map<string, string[]>()
  for (const step of steps) {
    if (step.verb !== 'wait_for' || step.since === null) continue
    const list = lookbacks.get(step.since)
    if (list === undefined) lookbacks.set(step.since, [step.id])
    else list.push(step.id)
  }
  return lookbacks
}

/** A circle without a wait would spin until the step limit stops it: an error of the document. */
function checkLoops(steps: readonly CompiledStep[], placed: PlacedSteps, log: ProblemLog): void {
  const index = idleCircle(steps)
  if (index === null) return
  log.add({
    code: 'NX-STEP-LOOP',
    message: `From step '${steps[index]?.id}' the workflow goes round without ever waiting`,
    fix: 'Put a wait or wait_for into the circle.',
    path: placed.steps[index]?.path ?? ['steps'],
  })
}
