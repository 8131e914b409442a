import { readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { ExpectationSpec } from '../kinds/test-shape.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import { waitingSteps } from '../workflows/workflow-instance.ts'
import { checkEffects } from './check-effects.ts'
import { fits, isMatcher } from './matchers.ts'
import { failure, isNamed, removes, writes } from './test-failure.ts'
import type { TestFailure } from './test-failure.ts'
import type { TestWindow } from './test-window.ts'

/** What was expected of a stretch of a test and did not come; paths are below the expectation. */
export function checkExpectation(
  expect: ExpectationSpec,
  window: TestWindow,
  subject: EntityRef,
  config: SalesConfig,
): readonly TestFailure[] {
  return [
    ...checkRules(expect, window),
    ...checkEffects(expect, window),
    ...checkScores(expect, window, subject, config),
    ...checkBands(expect, window, subject, config),
    ...checkState(expect, window, subject),
    ...checkTags(expect, window, subject),
    ...checkWaiting(expect, window),
    ...checkSteps(expect, window),
    ...checkWorkflows(expect, window),
  ]
}

function checkRules(
  { fired = [], not_fired: notFired = [] }: ExpectationSpec,
  window: TestWindow,
): readonly TestFailure[] {
  const causes = [
    ...new Set(
      window.happened.flatMap(({ decision }) =>
        decision.trace.rules.flatMap(({ outcome, rule }) => (outcome === 'fired' ? [rule] : [])),
      ),
    ),
  ]
  const missing = fired.flatMap((name, index) => {
    if (causes.some((cause) => isNamed(cause, name))) return []
    const path = ['fired', index]
    return [failure(path, `The rule ${name} did not fire`, { expected: name, actual: causes }, removes(path))]
  })
  const unwanted = notFired.flatMap((name, index) => {
    const cause = causes.find((candidate) => isNamed(candidate, name))
    if (cause === undefined) return []
    const path = ['not_fired', index]
    return [
      failure(path, `The rule ${name} fired`, { expected: null, actual: cause }, { cause, ...removes(path) }),
    ]
  })
  return [...missing, ...unwanted]
}

function checkScores(
  { score }: ExpectationSpec,
  { world }: TestWindow,
  subject: EntityRef,
  config: SalesConfig,
): readonly TestFailure[] {
  if (score === undefined) return []
  const models = config.scoresFor(subject.kind)
  const { fields } = world.entity(subject)
  const single = typeof score !== 'object' || isMatcher(score)
  const wanted: ReadonlyArray<readonly [string, JsonValue]> = single
    ? [['', score]]
    : Object.entries(score as JsonObject).map(([name, value]) => [name, value ?? null])
  return wanted.flatMap(([name, value]) => {
    const model = modelOf(models, name)
    const field = model?.field ?? (name === '' ? 'score' : name.replace(`${subject.kind}.`, ''))
    const actual = readPath(fields, field) ?? null
    if (fits(value, actual)) return []
    const path = name === '' ? ['score'] : ['score', name]
    const cause = model === undefined ? null : `LeadScore/${model.name}`
    const values = { expected: value, actual }
    const update = isMatcher(value) ? {} : writes(path, actual)
    return [
      failure(path, `${subject.kind}.${field} is ${JSON.stringify(actual)}`, values, { cause, ...update }),
    ]
  })
}

function modelOf(models: readonly CompiledScore[], name: string): CompiledScore | undefined {
  return name === ''
    ? models[0]
    : models.find((model) => model.name === name || `${model.entityKind}.${model.field}` === name)
}

function checkBands(
  { band }: ExpectationSpec,
  { world }: TestWindow,
  subject: EntityRef,
  config: SalesConfig,
): readonly TestFailure[] {
  if (band === undefined) return []
  const models = config.scoresFor(subject.kind)
  const { scores } = world.entity(subject)
  const wanted: ReadonlyArray<readonly [string, string | null]> =
    typeof band === 'string' || band === null ? [['', band]] : Object.entries(band)
  return wanted.flatMap(([name, value]) => {
    const model = modelOf(models, name)
    const actual = (model === undefined ? null : scores[model.name]?.band) ?? null
    if (actual === value) return []
    const path = name === '' ? ['band'] : ['band', name]
    const cause = model === undefined ? null : `LeadScore/${model.name}`
    return [
      failure(
        path,
        `The band is ${actual ?? 'none'}`,
        { expected: value, actual },
        { cause, ...writes(path, actual) },
      ),
    ]
  })
}

function checkState(
  { state }: ExpectationSpec,
  { world }: TestWindow,
  subject: EntityRef,
): readonly TestFailure[] {
  return Object.entries(state ?? {}).flatMap(([name, wanted]) => {
    const place = placeOf(name, subject)
    const { fields } = world.entity(place.ref)
    const actual = readPath(fields, place.field) ?? null
    if (fits(wanted, actual)) return []
    const path = ['state', name]
    const update = isMatcher(wanted) ? {} : writes(path, actual)
    const message = `${place.ref.kind}.${place.field} is ${JSON.stringify(actual)}`
    return [failure(path, message, { expected: wanted, actual }, update)]
  })
}

/** `score`, `lead.score` of the case's entity, `deal/7.stage` of another one. */
function placeOf(name: string, subject: EntityRef): { readonly ref: EntityRef; readonly field: string } {
  const other = /^([a-z][a-z0-9_]*)\/(.+?)\.([A-Za-z_][\w.]*)$/.exec(name)
  if (other !== null) return { ref: { kind: other[1] ?? '', id: other[2] ?? '' }, field: other[3] ?? '' }
  return {
    ref: subject,
    field: name.startsWith(`${subject.kind}.`) ? name.slice(subject.kind.length + 1) : name,
  }
}

function checkTags(
  expect: ExpectationSpec,
  { world }: TestWindow,
  subject: EntityRef,
): readonly TestFailure[] {
  const { tags: wanted = [], not_tags: unwanted = [] } = expect
  const held = readPath(world.entity(subject).fields, 'tags')
  const tags = Array.isArray(held) ? (held as readonly JsonValue[]) : []
  const wrong = (
    key: 'tags' | 'not_tags',
    list: readonly string[],
    isThere: boolean,
  ): readonly TestFailure[] =>
    list.flatMap((tag, index) => {
      if (tags.includes(tag) === isThere) return []
      const message = isThere ? `The tag ${tag} is not there` : `The tag ${tag} is there`
      const values = { expected: isThere ? tag : null, actual: tags }
      return [failure([key, index], message, values, removes([key, index]))]
    })
  return [...wrong('tags', wanted, true), ...wrong('not_tags', unwanted, false)]
}

function checkWaiting(
  { waiting_at: wanted }: ExpectationSpec,
  { world }: TestWindow,
): readonly TestFailure[] {
  if (wanted === undefined) return []
  const places = world
    .waiting()
    .flatMap(({ workflow, state }) =>
      waitingSteps(state).map((step) => ({ step, cause: `Workflow/${workflow}#${step}` })),
    )
  const steps = places.map(({ step }) => step)
  const where = steps.length === 0 ? 'Nothing waits' : `It waits at ${steps.join(', ')}`
  const path = ['waiting_at']
  const cause = places[0]?.cause ?? null
  const update = writes(path, steps.length > 1 ? steps : (steps[0] ?? null))
  const holds =
    wanted === null
      ? steps.length === 0
      : typeof wanted === 'string'
        ? places.some((place) => place.step === wanted || isNamed(place.cause, wanted))
        : wanted.length === steps.length && wanted.every((step) => steps.includes(step))
  return holds ? [] : [failure(path, where, { expected: wanted, actual: steps }, { cause, ...update })]
}

function checkSteps(
  { ran = [], not_run: notRun = [] }: ExpectationSpec,
  window: TestWindow,
): readonly TestFailure[] {
  const causes = window.happened.flatMap(({ decision }) =>
    decision.trace.workflows.flatMap((trace) =>
      trace.ran.map((step) => `Workflow/${trace.workflow}#${step}`),
    ),
  )
  const check = (key: 'ran' | 'not_run', list: readonly string[]): readonly TestFailure[] =>
    list.flatMap((step, index) => {
      const cause = causes.find((candidate) => isNamed(candidate, step)) ?? null
      if ((cause !== null) === (key === 'ran')) return []
      const path = [key, index]
      return key === 'ran'
        ? [
            failure(
              path,
              `The step ${step} did not run`,
              { expected: step, actual: [...new Set(causes)] },
              removes(path),
            ),
          ]
        : [
            failure(
              path,
              `The step ${step} ran`,
              { expected: null, actual: step },
              { cause, ...removes(path) },
            ),
          ]
    })
  return [...check('ran', ran), ...check('not_run', notRun)]
}

function checkWorkflows(
  { started = [], stopped = [] }: ExpectationSpec,
  window: TestWindow,
): readonly TestFailure[] {
  const traces = window.happened.flatMap(({ decision }) => decision.trace.workflows)
  const begun = new Set(traces.filter(({ from }) => from === null).map(({ workflow }) => workflow))
  const ended = new Set(
    traces.filter(({ to }) => to === 'end' || to === 'failed').map(({ workflow }) => workflow),
  )
  const check = (key: 'started' | 'stopped', list: readonly string[], names: ReadonlySet<string>) =>
    list.flatMap((name, index) => {
      if (names.has(name)) return []
      const values = { expected: name, actual: [...names] }
      const cause = `Workflow/${name}#start`
      return [
        failure([key, index], `The workflow ${name} was not ${key}`, values, {
          cause,
          ...removes([key, index]),
        }),
      ]
    })
  return [...check('started', started, begun), ...check('stopped', stopped, ended)]
}
