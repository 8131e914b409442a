import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { parseDuration } from '../../../kernel/duration.ts'
import { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { variablesFor } from '../../compile/type-catalog.ts'
import type { VariableTypes } from '../../conditions/condition-compiler.ts'
import type { IntegrationCatalog } from '../../decide/sales-config.ts'
import { awaits } from '../../kinds/workflow/step-rules.ts'
import type { StepSpec } from '../../kinds/workflow/workflow-spec.ts'
import { compileAssign } from '../../people/compile/compile-assign.ts'
import { compileTask } from '../../people/compile/compile-task.ts'
import { compileAction } from '../../rules/compile-action.ts'
import { compileCommand } from '../../rules/compile-command.ts'
import type { CompiledCommand } from '../../rules/compiled-rule.ts'
import { wallWait } from '../../time/wait-spec.ts'
import type { StructType } from '../../types/field-type.ts'
import type { CommandStep, CompiledStep, Frame, StepAction, StepRetry } from '../compiled-workflow.ts'
import { sagaOf } from '../compiled-workflow.ts'
import { checkClock } from './check-clock.ts'
import type { CompilingStep } from './place-steps.ts'
import type { StepTargets } from './step-targets.ts'
import { upToOf, waitOf } from './wait-length.ts'

/** What a step is compiled with. */
export interface StepContext {
  readonly entityKind: string
  readonly types: TypeCatalog
  readonly catalog: IntegrationCatalog | null
  readonly variables: VariableTypes
  readonly vars: StructType
  readonly targets: StepTargets
  readonly frames: ReadonlyMap<string, Frame>
  readonly log: ProblemLog
}

const retryDefault = { minMs: 30_000, maxMs: 3_600_000 }

/** Compiles one step. Problems are logged where they stand; a part that does not compile fails when it runs. */
export function compileStep(placed: CompilingStep, context: StepContext): CompiledStep {
  const { spec, frame, path } = placed
  const base = { id: spec.id, frame }
  const { targets } = context
  checkClock(spec, path, context)
  if (spec.wait_for !== undefined) return compileWaitFor(placed, spec.wait_for, context)
  if (spec.choose !== undefined) return compileChoice(placed, spec.choose, context)
  if (spec.split !== undefined || spec.parallel !== undefined || spec.saga !== undefined)
    return compileBlock(placed, context)
  const next = targets.next(placed)
  if (spec.assign !== undefined) {
    const people = { types: context.types, log: context.log, subjects: [context.entityKind] }
    const { assign } = compileAssign(spec.assign, people, [...path, 'assign'])
    return { ...base, verb: 'assign', assign, next, late: targets.late(placed) }
  }
  if (spec.task !== undefined) {
    const task = compiledTask(spec.task, context, [...path, 'task'])
    const waits = { awaits: awaits(spec), upTo: upToOf(spec), late: targets.late(placed) }
    return { ...base, verb: 'task', task, next, ...waits }
  }
  if (spec.start !== undefined) return compileStart(placed, spec.start, context)
  if (spec.stop !== undefined) return { ...base, verb: 'stop', workflow: spec.stop, next }
  const command = compileCommandStep(placed, context)
  if (command !== null) return command
  if (typeof spec.wait === 'object') return { ...base, verb: 'wait', wait: waitOf(spec.wait, spec), next }
  const actions = compileActions(spec, path, context)
  // The schema lets no step without a verb through.
  if (actions.length === 0) return { ...base, verb: 'wait', wait: wallWait(0), next }
  return { ...base, verb: 'act', actions, next }
}

export function compiledTask(
  spec: NonNullable<StepSpec['task']>,
  { types, log, entityKind, variables }: StepContext,
  path: DocumentPath,
): ReturnType<typeof compileTask>['task'] {
  return compileTask(spec, { types, log, subjects: [entityKind], variables }, path).task
}

function compileWaitFor(
  placed: CompilingStep,
  spec: NonNullable<StepSpec['wait_for']>,
  { types, log, entityKind, vars, targets }: StepContext,
): CompiledStep {
  const path = [...placed.path, 'wait_for']
  const event = types.events.get(spec.event)
  // An undeclared event is reported as an unknown reference; its conditions cannot be checked.
  const checked = event === undefined ? new ProblemLog(types) : log
  const seen = variablesFor(types, { event, entities: [entityKind], vars })
  const { where, since } = spec
  if (since !== undefined && targets.exists(since, [...path, 'since']) && since === placed.spec.id)
    log.add({
      code: 'NX-STEP-SINCE',
      message: 'A wait_for looks back to itself',
      fix: 'Name an earlier step, or leave since out.',
      path: [...path, 'since'],
    })
  return {
    id: placed.spec.id,
    frame: placed.frame,
    verb: 'wait_for',
    event: spec.event,
    where: where === undefined ? null : checked.condition(where, seen, 'bool', [...path, 'where']),
    upTo: upToOf(placed.spec),
    since: since ?? null,
    next: targets.next(placed),
    late: targets.late(placed),
  }
}

function compileChoice(
  placed: CompilingStep,
  branches: NonNullable<StepSpec['choose']>,
  { log, variables, targets }: StepContext,
): CompiledStep {
  const path = [...placed.path, 'choose']
  const fallback = branches.findIndex((branch) => branch.else !== undefined)
  if (fallback >= 0 && fallback !== branches.length - 1) {
    const message = 'What comes after else is never reached'
    log.add({ code: 'NX-STEP-ELSE', message, fix: 'Put else last.', path: [...path, fallback] })
  }
  const otherwise = branches[fallback]?.else
  return {
    id: placed.spec.id,
    frame: placed.frame,
    verb: 'choose',
    branches: branches.flatMap(({ when, go }, at) =>
      when === undefined || go === undefined
        ? []
        : [
            {
              when: log.condition(when, variables, 'bool', [...path, at, 'when']),
              go: targets.named(go, placed, [...path, at, 'go']),
            },
          ],
    ),
    otherwise:
      otherwise === undefined
        ? placed.following
        : targets.named(otherwise, placed, [...path, fallback, 'else']),
  }
}

function compileBlock(placed: CompilingStep, context: StepContext): CompiledStep {
  const { spec, frame, path, inner, following } = placed
  const base = { id: spec.id, frame }
  const next = context.targets.next(placed)
  // What falls out of an arm goes where the split itself goes on.
  const entry = (name: string) => {
    const go = inner.get(name) ?? 'join'
    return spec.split !== undefined && go === following ? next : go
  }
  if (spec.split !== undefined) {
    const arms = Object.entries(spec.split).map(([name, weight]) => ({ name, weight, go: entry(name) }))
    return { ...base, verb: 'split', arms }
  }
  if (spec.saga === undefined) {
    const branches = Object.keys(spec.parallel ?? {}).map((name) => ({ name, go: entry(name) }))
    return { ...base, verb: 'parallel', branches, join: spec.join ?? 'all', next }
  }
  const failure = spec.on_failure
  const at = [...path, 'on_failure']
  const onFailure =
    failure === undefined
      ? null
      : {
          task: failure.task === undefined ? null : compiledTask(failure.task, context, [...at, 'task']),
          go: failure.go === undefined ? 'end' : context.targets.named(failure.go, placed, [...at, 'go']),
        }
  return { ...base, verb: 'saga', first: entry(spec.id), onFailure, next }
}

function compileStart(placed: CompilingStep, workflow: string, context: StepContext): CompiledStep {
  const { spec, frame, path } = placed
  const kind = context.types.workflows.get(workflow)
  if (kind !== undefined && kind !== context.entityKind)
    context.log.add({
      code: 'NX-STEP-ENTITY',
      message: `Workflow ${workflow} is for ${kind}, this one for ${context.entityKind}`,
      fix: `Emit an event about the ${kind} that starts it.`,
      path: [...path, 'start'],
    })
  return {
    id: spec.id,
    frame,
    verb: 'start',
    workflow,
    awaits: awaits(spec),
    upTo: upToOf(spec),
    next: context.targets.next(placed),
    late: context.targets.lateOrNull(placed),
  }
}

function compileCommandStep(placed: CompilingStep, context: StepContext): CommandStep | null {
  const { spec, frame, path } = placed
  const { variables, catalog, log, targets, frames, types } = context
  const command = compileCommand(spec, variables, catalog, log, path, types.templates)
  if (command === null) return null
  const inSaga = sagaOf({ frames }, frame) !== null
  return {
    id: spec.id,
    frame,
    verb: 'command',
    command,
    fallback: fallbackOf(spec, path, context),
    awaits: awaits(spec) || (inSaga && spec.call !== undefined),
    retry: retryOf(spec),
    undo:
      spec.undo === undefined
        ? null
        : {
            command: compileCommand(spec.undo, variables, catalog, log, [...path, 'undo']) ?? command,
            plain: spec.undo.with === undefined,
          },
    upTo: upToOf(spec),
    next: targets.next(placed),
    late: targets.lateOrNull(placed),
  }
}

/** Compiled as a send of its own; what is wrong with it is told where it stands. */
function fallbackOf(
  { fallback, priority }: StepSpec,
  path: DocumentPath,
  { variables, catalog, log, types }: StepContext,
): CompiledCommand | null {
  if (fallback === undefined) return null
  const own = new ProblemLog(types)
  const compiled = compileCommand(
    { send: fallback, priority },
    variables,
    catalog,
    own,
    path,
    types.templates,
  )
  for (const problem of own.problems)
    log.add({ ...problem, path: [...path, 'fallback', ...problem.path.slice(path.length + 1)] })
  return compiled
}

function retryOf({ retry }: StepSpec): StepRetry | null {
  if (retry === undefined) return null
  if (retry.backoff === undefined) return { max: retry.max, ...retryDefault }
  const [min = '', max = min] = retry.backoff.split('..')
  return { max: retry.max, minMs: parseDuration(min), maxMs: parseDuration(max) }
}

function compileActions(spec: StepSpec, path: DocumentPath, context: StepContext): readonly StepAction[] {
  const { set, add_tag, remove_tag, emit } = spec
  const { types, variables, catalog, log, entityKind } = context
  const actions = { types, variables, subjects: [entityKind], catalog, log }
  return compileAction({ set, add_tag, remove_tag, emit }, actions, path).flatMap(
    ({ action, kinds }): readonly StepAction[] => {
      const stranger = kinds.find((kind) => kind !== entityKind)
      if (stranger !== undefined)
        log.add({
          code: 'NX-STEP-ENTITY',
          message: `A workflow for ${entityKind} has no ${stranger} to change or read`,
          fix: `Emit an event about the ${stranger}, and let a rule change it.`,
          path,
        })
      switch (action.verb) {
        case 'set':
        case 'add_tag':
        case 'remove_tag':
        case 'emit':
          return [action]
        default:
          return []
      }
    },
  )
}
