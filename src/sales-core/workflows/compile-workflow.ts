import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { ProblemLog, duplicateIds } from '../compile/problem-log.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { variablesFor } from '../compile/type-catalog.ts'
import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { StepSpec, WorkflowSpec } from '../kinds/workflow-shape.ts'
import { compileCommand } from '../rules/compile-command.ts'
import type { FieldType, StructType } from '../types/field-type.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { CompiledStep, CompiledWorkflow, StepTarget } from './compiled-workflow.ts'
import { varName } from './compiled-workflow.ts'

export const stepsMaxDefault = 200

interface StepContext {
  readonly spec: WorkflowSpec
  readonly types: TypeCatalog
  readonly catalog: IntegrationCatalog | null
  readonly variables: VariableTypes
  readonly vars: StructType
  readonly log: ProblemLog
}

/**
 * Compiles a workflow, and says what is wrong with it. What an instance is pinned to is compiled the same way, against the types
 * of today: a condition that no longer fits them fails the instance when it gets there, and says why.
 */
export function compileWorkflow(
  { document, spec }: TypedDocument<WorkflowSpec>,
  types: TypeCatalog,
  catalog: IntegrationCatalog | null,
): { workflow: CompiledWorkflow; problems: readonly Problem[] } {
  const log = new ProblemLog(types.evaluationFuel)
  duplicateIds(log, spec.steps, ['steps'])
  for (const [index, { id }] of spec.steps.entries()) {
    if (id === 'end')
      log.add({
        code: 'NX-STEP-ID',
        message: "'end' is where a workflow ends: no step has that id",
        fix: 'Choose another id.',
        path: ['steps', index, 'id'],
      })
  }
  const vars = varsOf(spec, types)
  const context: StepContext = {
    spec,
    types,
    catalog,
    vars,
    log,
    variables: variablesFor(types, { entities: [spec.for], vars }),
  }
  const start = compileStart(context)
  const steps = spec.steps.map((step, index) => compileStep(step, index, context))
  checkLoops(steps, log)
  const workflow: CompiledWorkflow = {
    name: spec.name,
    digest: document.digest,
    entityKind: spec.for,
    start,
    steps,
    stepsMax: spec.budget?.steps ?? stepsMaxDefault,
    ageMsMax: spec.budget?.age === undefined ? null : parseDuration(spec.budget.age),
    keepsVars: steps.some((step) => rootsOf(step).includes('vars')),
  }
  return { workflow, problems: log.problems }
}

/** `vars.start` and `vars.<wait_for step>`: the data of those events. Any of them may not have come (yet). */
function varsOf(spec: WorkflowSpec, types: TypeCatalog): StructType {
  const fields = new Map<string, FieldType>()
  const add = (name: string, eventType: string): void => {
    const data = types.events.get(eventType)?.data
    if (data !== undefined) fields.set(name, { ...data, nullable: true })
  }
  if (spec.start !== undefined) add('start', spec.start.on)
  for (const step of spec.steps) if (step.wait_for !== undefined) add(varName(step.id), step.wait_for.event)
  return { kind: 'struct', nullable: false, fields }
}

function compileStart({ spec, types, log }: StepContext): CompiledWorkflow['start'] {
  if (spec.start === undefined) return null
  const event = types.events.get(spec.start.on)
  const checked = event === undefined ? new ProblemLog(types.evaluationFuel) : log
  const variables = variablesFor(types, { event, entities: [spec.for] })
  const when =
    spec.start.when === undefined
      ? null
      : checked.condition(spec.start.when, variables, 'bool', ['start', 'when'])
  return { on: spec.start.on, when }
}

function compileStep(step: StepSpec, index: number, context: StepContext): CompiledStep {
  const path = ['steps', index]
  const { log, variables, catalog, types, spec } = context
  const next = goTarget(step, index, context)
  const { id } = step
  if (step.wait !== undefined) return { id, verb: 'wait', ms: waitMs(step.wait), next }
  if (step.wait_for !== undefined) {
    const event = types.events.get(step.wait_for.event)
    const checked = event === undefined ? new ProblemLog(types.evaluationFuel) : log
    const seen = variablesFor(types, { event, entities: [spec.for], vars: context.vars })
    const source = step.wait_for.where
    return {
      id,
      verb: 'wait_for',
      event: step.wait_for.event,
      where:
        source === undefined ? null : checked.condition(source, seen, 'bool', [...path, 'wait_for', 'where']),
      upToMs: step.up_to === undefined ? null : parseDuration(step.up_to),
      next,
      late:
        step.else === undefined ? following(index, spec) : targetOf(step.else, [...path, 'else'], context),
    }
  }
  if (step.choose !== undefined) return compileChoice(step.choose, id, index, context)
  const commandSpec = { ...step, with: step.with as JsonObject | undefined }
  const command = compileCommand(commandSpec, variables, catalog, log, path)
  // The schema lets no step without a verb through.
  if (command === null) return { id, verb: 'wait', ms: 0, next }
  return { id, verb: 'command', command, next }
}

function compileChoice(
  branches: NonNullable<StepSpec['choose']>,
  id: string,
  index: number,
  context: StepContext,
): CompiledStep {
  const path = ['steps', index, 'choose']
  const fallback = branches.findIndex((branch) => branch.else !== undefined)
  if (fallback >= 0 && fallback !== branches.length - 1) {
    context.log.add({
      code: 'NX-STEP-ELSE',
      message: 'What comes after else is never reached',
      fix: 'Put else last.',
      path: [...path, fallback],
    })
  }
  const elseTarget = branches[fallback]?.else
  return {
    id,
    verb: 'choose',
    branches: branches.flatMap(({ when, go }, at) =>
      when === undefined || go === undefined
        ? []
        : [
            {
              when: context.log.condition(when, context.variables, 'bool', [...path, at, 'when']),
              go: targetOf(go, [...path, at, 'go'], context),
            },
          ],
    ),
    otherwise:
      elseTarget === undefined
        ? following(index, context.spec)
        : targetOf(elseTarget, [...path, fallback, 'else'], context),
  }
}

function goTarget(step: StepSpec, index: number, context: StepContext): StepTarget {
  const name = step.then ?? step.go
  if (name === undefined) return following(index, context.spec)
  return targetOf(name, ['steps', index, step.then === undefined ? 'go' : 'then'], context)
}

function following(index: number, spec: WorkflowSpec): StepTarget {
  return index + 1 < spec.steps.length ? index + 1 : 'end'
}

function targetOf(name: string, path: DocumentPath, { spec, log }: StepContext): StepTarget {
  if (name === 'end') return 'end'
  const index = spec.steps.findIndex(({ id }) => id === name)
  if (index >= 0) return index
  const near = nearestName(name, [...spec.steps.map(({ id }) => id), 'end'])
  log.add({
    code: 'NX-STEP-UNKNOWN',
    message: `There is no step '${name}'`,
    fix: near === null ? 'Name a step of this workflow, or end.' : `Did you mean '${near}'?`,
    path,
  })
  return 'end'
}

function waitMs(wait: NonNullable<StepSpec['wait']>): number {
  if (wait.duration !== undefined) return parseDuration(wait.duration)
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = wait
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

function rootsOf(step: CompiledStep): readonly string[] {
  if (step.verb === 'command') return [...step.command.input.roots]
  if (step.verb === 'wait_for') return [...(step.where?.roots ?? [])]
  if (step.verb === 'choose') return step.branches.flatMap(({ when }) => [...when.roots])
  return []
}

/** A circle without a wait would spin until the step limit stops it: an error of the document. */
function checkLoops(steps: readonly CompiledStep[], log: ProblemLog): void {
  const done = new Set<number>()
  const onPath = new Set<number>()
  const visit = (index: number): boolean => {
    if (onPath.has(index)) return true
    const step = steps[index]
    if (step === undefined || done.has(index)) return false
    onPath.add(index)
    const circles = immediateTargets(step).some((target) => target !== 'end' && visit(target))
    onPath.delete(index)
    done.add(index)
    return circles
  }
  for (const index of steps.keys()) {
    if (!visit(index)) continue
    log.add({
      code: 'NX-STEP-LOOP',
      message: `From step '${steps[index]?.id}' the workflow goes round without ever waiting`,
      fix: 'Put a wait or wait_for into the circle.',
      path: ['steps', index],
    })
    return
  }
}

/** Steps that may run in the same advance. */
function immediateTargets(step: CompiledStep): readonly StepTarget[] {
  switch (step.verb) {
    case 'command':
      return [step.next]
    case 'choose':
      return [...step.branches.map(({ go }) => go), step.otherwise]
    case 'wait':
    case 'wait_for':
      return []
  }
}
