import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { canonicalJson, isJsonObject, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { ExpectationSpec } from '../kinds/test-shape.ts'
import type { TestWorld } from './test-world.ts'

/** One expectation that was not met. */
export interface TestFailure {
  /** Below the case: `expect.fired[0]`. */
  readonly path: DocumentPath
  readonly message: string
  readonly expected: JsonValue
  readonly actual: JsonValue
  /** The rule, factor or step concerned: `RuleSet/x#y`; null when it is none. */
  readonly cause: string | null
}

/** What a case expected and did not get. */
export function checkExpectation(
  expect: ExpectationSpec,
  world: TestWorld,
  subject: EntityRef,
  config: SalesConfig,
): readonly TestFailure[] {
  return [
    ...checkRules(expect, world),
    ...checkCommands(expect, world),
    ...checkScores(expect, world, subject, config),
    ...checkState(expect.state, world, subject),
    ...checkSteps(expect, world),
  ]
}

function failure(
  path: DocumentPath,
  message: string,
  expected: JsonValue,
  actual: JsonValue,
  cause: string | null = null,
): TestFailure {
  return { path: ['expect', ...path], message, expected, actual, cause }
}

/** `RuleSet/inbound#hot` is named `hot` or `inbound/hot`. */
function isNamed(cause: string, name: string): boolean {
  const [document = '', part = ''] = cause.slice(cause.indexOf('/') + 1).split('#')
  return part === name || `${document}/${part}` === name
}

function checkRules(
  { fired = [], not_fired: notFired = [] }: ExpectationSpec,
  world: TestWorld,
): readonly TestFailure[] {
  const traces = world.decisions.flatMap(({ trace }) => trace.rules)
  const causes = [...new Set(traces.filter(({ outcome }) => outcome === 'fired').map(({ rule }) => rule))]
  const missing = fired.flatMap((name, index) =>
    causes.some((cause) => isNamed(cause, name))
      ? []
      : [failure(['fired', index], `The rule ${name} did not fire`, name, causes)],
  )
  const unwanted = notFired.flatMap((name, index) => {
    const cause = causes.find((candidate) => isNamed(candidate, name))
    return cause === undefined
      ? []
      : [failure(['not_fired', index], `The rule ${name} fired`, null, cause, cause)]
  })
  return [...missing, ...unwanted]
}

function checkCommands({ sent, called }: ExpectationSpec, world: TestWorld): readonly TestFailure[] {
  const isSend = ({ input }: Command): boolean => typeof input['channel'] === 'string'
  const sends = world.commands.filter(isSend)
  const calls = world.commands.filter((command) => !isSend(command))
  const wantedSends = sent?.map((wanted) => wanted as JsonObject)
  const wantedCalls = called?.map((wanted): JsonObject => {
    if (typeof wanted === 'string') return { call: wanted }
    const { with: input, ...rest } = wanted
    return { ...rest, ...(input as JsonObject | undefined) } as JsonObject
  })
  return [...matchCommands('sent', wantedSends, sends), ...matchCommands('called', wantedCalls, calls)]
}

/** Each wanted command takes one that is there; an empty list wants none at all. */
function matchCommands(
  key: 'sent' | 'called',
  wanted: readonly JsonObject[] | undefined,
  actual: readonly Command[],
): readonly TestFailure[] {
  if (wanted === undefined) return []
  const shown = actual.map(shownCommand)
  if (wanted.length === 0 && actual.length > 0) {
    return [
      failure(
        [key],
        `Nothing should have been ${key}, and ${actual.length} ${actual.length === 1 ? 'was' : 'were'}`,
        [],
        shown,
        actual[0]?.cause,
      ),
    ]
  }
  const free = new Set(actual)
  return wanted.flatMap((pattern, index) => {
    const found = [...free].find((command) => fitsCommand(pattern, command))
    if (found === undefined) return [failure([key, index], `Nothing like this was ${key}`, pattern, shown)]
    free.delete(found)
    return []
  })
}

function fitsCommand({ call, rule, step, ...input }: JsonObject, command: Command): boolean {
  if (call !== undefined && call !== `${command.integration}.${command.operation}`) return false
  if (typeof rule === 'string' && !(command.cause.startsWith('RuleSet/') && isNamed(command.cause, rule)))
    return false
  if (typeof step === 'string' && !(command.cause.startsWith('Workflow/') && isNamed(command.cause, step)))
    return false
  return isPart(input, command.input)
}

/** Is everything in `part` in `whole`? Objects may have more members; lists and values must be equal. */
function isPart(part: JsonValue, whole: JsonValue | undefined): boolean {
  if (isJsonObject(part) && isJsonObject(whole)) {
    return Object.entries(part).every(
      ([key, value]) => value === undefined || (Object.hasOwn(whole, key) && isPart(value, whole[key])),
    )
  }
  return canonicalJson(part) === canonicalJson(whole)
}

function shownCommand({ integration, operation, cause, input }: Command): JsonObject {
  return { call: `${integration}.${operation}`, by: cause, ...input }
}

function checkScores(
  { score, band }: ExpectationSpec,
  world: TestWorld,
  subject: EntityRef,
  config: SalesConfig,
): readonly TestFailure[] {
  const entity = world.entity(subject)
  const models = config.scoresFor(subject.kind)
  const [only] = models
  const modelOf = (name: string) =>
    models.find((model) => model.name === name || `${model.entityKind}.${model.field}` === name)
  const wantedScores: ReadonlyArray<readonly [string, number]> =
    typeof score === 'number' ? [['', score]] : Object.entries(score ?? {})
  const wantedBands: ReadonlyArray<readonly [string, string | null]> =
    typeof band === 'string' ? [['', band]] : Object.entries(band ?? {})
  const failures: TestFailure[] = []
  for (const [name, wanted] of wantedScores) {
    const model = name === '' ? only : modelOf(name)
    const field = model?.field ?? (name === '' ? 'score' : name.replace(`${subject.kind}.`, ''))
    const actual = readPath(entity.fields, field) ?? null
    if (actual !== wanted)
      failures.push(
        failure(
          name === '' ? ['score'] : ['score', name],
          `${subject.kind}.${field} is ${JSON.stringify(actual)}`,
          wanted,
          actual,
          model === undefined ? null : `LeadScore/${model.name}`,
        ),
      )
  }
  for (const [name, wanted] of wantedBands) {
    const model = name === '' ? only : modelOf(name)
    const actual = (model === undefined ? null : entity.scores[model.name]?.band) ?? null
    if (actual !== wanted)
      failures.push(
        failure(
          name === '' ? ['band'] : ['band', name],
          `The band is ${actual ?? 'none'}`,
          wanted,
          actual,
          model === undefined ? null : `LeadScore/${model.name}`,
        ),
      )
  }
  return failures
}

function checkState(
  state: ExpectationSpec['state'],
  world: TestWorld,
  subject: EntityRef,
): readonly TestFailure[] {
  const { fields } = world.entity(subject)
  return Object.entries(state ?? {}).flatMap(([path, wanted]) => {
    const field = path.startsWith(`${subject.kind}.`) ? path.slice(subject.kind.length + 1) : path
    const actual = readPath(fields, field) ?? null
    if (isPart(wanted, actual)) return []
    return [failure(['state', path], `${subject.kind}.${field} is ${JSON.stringify(actual)}`, wanted, actual)]
  })
}

function checkSteps(
  { waiting_at: waitingAt, not_run: notRun = [] }: ExpectationSpec,
  world: TestWorld,
): readonly TestFailure[] {
  const failures: TestFailure[] = []
  const places = world.waiting().flatMap(({ state }) => (state.status === 'waiting' ? [state.stepId] : []))
  if (waitingAt !== undefined && !places.includes(waitingAt)) {
    const where = places.length === 0 ? 'Nothing waits' : `It waits at ${places.join(', ')}`
    failures.push(failure(['waiting_at'], where, waitingAt, places))
  }
  const traces = world.decisions.flatMap(({ trace }) => trace.workflows)
  for (const [index, step] of notRun.entries()) {
    const ran = traces.find((trace) => trace.ran.includes(step))
    if (ran !== undefined)
      failures.push(
        failure(['not_run', index], `The step ${step} ran`, null, step, `Workflow/${ran.workflow}#${step}`),
      )
  }
  return failures
}
