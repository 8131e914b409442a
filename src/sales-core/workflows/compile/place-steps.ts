import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { ProblemLog } from '../../compile/problem-log.ts'
import { eachStep, listsIn } from '../../kinds/workflow/each-step.ts'
import { awaits } from '../../kinds/workflow/step-rules.ts'
import type { StepSpec } from '../../kinds/workflow/workflow-spec.ts'
import type { Frame, StepTarget } from '../compiled-workflow.ts'
import { framesOf } from '../compiled-workflow.ts'

/** Parallel steps inside parallel steps. */
export const parallelDepthMax = 3

/** Names that are no step's: `end` and `join` are places to go to, `start` is what `vars` calls the first event. */
const reserved = new Map([
  ['end', "'end' is where a workflow ends"],
  ['join', "'join' is where a branch or a saga ends"],
  ['start', "'start' is what vars calls the event it started with"],
])

/** A step with its place among all others. */
export interface CompilingStep {
  readonly spec: StepSpec
  readonly path: DocumentPath
  /** The key of the innermost frame; null: the main line. */
  readonly frame: string | null
  /** Where it falls through to. */
  readonly following: StepTarget
  /** The first step of each list inside it, by the list's name; what encloses the list follows where it is empty. */
  readonly inner: ReadonlyMap<string, StepTarget>
}

export interface PlacedSteps {
  readonly steps: readonly CompilingStep[]
  readonly frames: ReadonlyMap<string, Frame>
  readonly indexOf: ReadonlyMap<string, number>
}

/** Puts the steps of a workflow into one list and says what each falls through to. */
export function placeSteps(specs: readonly StepSpec[], log: ProblemLog): PlacedSteps {
  const all = eachStep(specs)
  const indexes = new Map(all.map(({ step }, index) => [step, index]))
  const indexOf = new Map<string, number>()
  for (const [index, { step, path }] of all.entries()) {
    const taken = reserved.get(step.id)
    if (taken !== undefined) {
      const message = `${taken}: no step has that id`
      log.add({ code: 'NX-STEP-ID', message, fix: 'Choose another id.', path: [...path, 'id'] })
    }
    const first = indexOf.get(step.id)
    if (first === undefined) indexOf.set(step.id, index)
    else duplicate(step.id, path, log)
  }
  const placed: CompilingStep[] = []
  const frames = new Map<string, Frame>()
  const walk = (
    list: readonly StepSpec[],
    base: DocumentPath,
    frame: string | null,
    exit: StepTarget,
  ): void => {
    for (const [at, spec] of list.entries()) {
      const path = [...base, at]
      const next = list[at + 1]
      const following = next === undefined ? exit : (indexes.get(next) ?? exit)
      const inner = new Map<string, StepTarget>()
      placed.push({ spec, path, frame, following, inner })
      nesting(spec, path, frame, frames, log)
      for (const { kind, name, steps, path: below } of listsIn(spec)) {
        const key = kind === 'arm' ? frame : kind === 'saga' ? spec.id : `${spec.id}.${name}`
        if (key !== frame && key !== null) frames.set(key, frameOf(kind, spec, name, frame))
        const leave = kind === 'arm' ? following : 'join'
        const [first] = steps
        inner.set(name, first === undefined ? leave : (indexes.get(first) ?? leave))
        walk(steps, [...path, ...below], key, leave)
      }
    }
  }
  walk(specs, ['steps'], null, 'end')
  return { steps: placed, frames, indexOf }
}

function frameOf(
  kind: 'branch' | 'saga' | 'arm',
  { id, join = 'all' }: StepSpec,
  name: string,
  parent: string | null,
): Frame {
  return kind === 'saga' ? { kind, saga: id, parent } : { kind: 'branch', parallel: id, name, join, parent }
}

function duplicate(id: string, path: DocumentPath, log: ProblemLog): void {
  log.add({
    code: 'NX-DUPLICATE-ID',
    message: `The id '${id}' is used twice`,
    fix: 'Give each its own id: history and tests refer to it.',
    path: [...path, 'id'],
  })
}

function nesting(
  spec: StepSpec,
  path: DocumentPath,
  frame: string | null,
  frames: ReadonlyMap<string, Frame>,
  log: ProblemLog,
): void {
  const around = framesOf({ frames }, frame)
  const inSaga = around.some(({ kind }) => kind === 'saga')
  const depth = around.filter(({ kind }) => kind === 'branch').length
  const problem = (key: string, message: string, fix: string): void =>
    log.add({ code: 'NX-STEP-NESTING', message, fix, path: [...path, key], key: true })
  if (spec.saga !== undefined && inSaga)
    problem('saga', 'A saga stands inside a saga', 'Put all its calls into one saga.')
  if (spec.saga !== undefined && around.some((one) => one.kind === 'branch' && one.join === 'any'))
    problem(
      'saga',
      'A saga stands in a branch that may be left half done',
      'Write join: all, or put it behind the parallel.',
    )
  if (spec.parallel !== undefined && inSaga)
    problem(
      'parallel',
      'A parallel stands inside a saga',
      'The calls of a saga are undone in order: list them.',
    )
  if (spec.parallel !== undefined && depth >= parallelDepthMax)
    problem(
      'parallel',
      `Parallel steps stand ${parallelDepthMax} deep already`,
      'Make a workflow of the inner one and start it.',
    )
  for (const key of ['up_to', 'else'] as const) {
    if (spec[key] === undefined || spec.call === undefined || inSaga || awaits(spec)) continue
    problem(key, `${key} belongs to a call that is waited for`, 'Write wait: result, or leave it out.')
  }
  if (spec.undo !== undefined && !inSaga)
    problem('undo', 'undo belongs to a call of a saga', 'Put the call into a saga, or leave undo out.')
}
