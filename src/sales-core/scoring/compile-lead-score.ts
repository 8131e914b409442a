import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { ProblemLog, duplicateIds } from '../compile/problem-log.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { variablesFor } from '../compile/type-catalog.ts'
import type { LeadScoreSpec } from '../kinds/lead-score-shape.ts'
import { typeAt, typeText } from '../types/field-type.ts'
import { digestOf } from '../../kernel/digest.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { windowTimesMax } from './held-points.ts'
import type { CompiledBand, CompiledFactor, CompiledScore } from './compiled-score.ts'

type FactorSpec = LeadScoreSpec['factors'][number]

/** Compiles a score, and says what is wrong with it. */
export function compileLeadScore(
  { spec }: TypedDocument<LeadScoreSpec>,
  types: TypeCatalog,
): { score: CompiledScore; problems: readonly Problem[] } {
  const log = new ProblemLog(types)
  const dot = spec.writes.indexOf('.')
  const entityKind = spec.writes.slice(0, dot)
  const field = spec.writes.slice(dot + 1)
  duplicateIds(log, spec.factors, ['factors'])
  checkTarget(spec, entityKind, field, types, log)
  const [min, max] = spec.range
  if (min >= max)
    log.add({
      code: 'NX-SCORE-RANGE',
      message: `The range goes from ${min} to ${max}`,
      fix: 'Write the lower number first.',
      path: ['range'],
    })
  const factors = spec.factors.map((factor, index) => compileFactor(factor, index, entityKind, types, log))
  const score: CompiledScore = {
    name: spec.name,
    cause: `LeadScore/${spec.name}`,
    digest: modelDigest(spec),
    entityKind,
    field,
    min,
    max,
    factors,
    fades: factors.some((factor) => factor.kind === 'event' && factor.halfLifeMs !== null),
    bands: compileBands(spec, log),
  }
  return { score, problems: log.problems }
}

/** Of what decides how a score comes about, 16 characters. */
function modelDigest({ writes, range, factors, bands }: LeadScoreSpec): string {
  return digestOf({ writes, range, factors, bands } as unknown as JsonObject).slice(0, 16)
}

function checkTarget(
  spec: LeadScoreSpec,
  kind: string,
  field: string,
  types: TypeCatalog,
  log: ProblemLog,
): void {
  const entity = types.entities.get(kind)
  // An unknown kind is reported as a reference.
  if (entity === undefined) return
  const type = typeAt(entity, field)
  if (type === null) {
    const near = nearestName(field, entity.fields.keys())
    log.add({
      code: 'NX-SCORE-FIELD',
      message: `${kind} has no field '${field}'`,
      fix:
        near === null
          ? `Declare it in EntityType ${kind}: \`${field}: number\`.`
          : `Did you mean '${kind}.${near}'?`,
      path: ['writes'],
    })
  } else if (type.kind !== 'number') {
    log.add({
      code: 'NX-SCORE-FIELD',
      message: `${spec.writes} is a ${typeText(type)}; a score is a number`,
      fix: `Declare \`${field}: number\`.`,
      path: ['writes'],
    })
  }
  const other = types.scoredFields.get(spec.writes)
  if (other !== undefined && other !== spec.name) {
    log.add({
      code: 'NX-SCORE-FIELD',
      message: `${spec.writes} is written by LeadScore ${other} too`,
      fix: 'Write each score to a field of its own.',
      path: ['writes'],
    })
  }
}

function compileFactor(
  factor: FactorSpec,
  index: number,
  entityKind: string,
  types: TypeCatalog,
  log: ProblemLog,
): CompiledFactor {
  const path = ['factors', index]
  const { id, points = 0 } = factor
  if (factor.on !== undefined) {
    const event = types.events.get(factor.on)
    const checked = event === undefined ? new ProblemLog(types) : log
    const variables = variablesFor(types, { event, entities: [entityKind] })
    const when =
      factor.when === undefined ? null : checked.condition(factor.when, variables, 'bool', [...path, 'when'])
    checkCap(factor, path, log)
    const { cap, decay } = factor
    return {
      kind: 'event',
      id,
      on: factor.on,
      when,
      points,
      halfLifeMs: decay === undefined ? null : parseDuration(decay.half_life),
      cap:
        cap === undefined
          ? null
          : { points: cap.points, perMs: cap.per === undefined ? null : parseDuration(cap.per) },
    }
  }
  const variables = variablesFor(types, { entities: [entityKind] })
  if (factor.value !== undefined) {
    const value = log.condition(factor.value, variables, 'number', [...path, 'value'])
    return { kind: 'value', id, value, steps: compileSteps(factor.bands ?? {}, [...path, 'bands'], log) }
  }
  return {
    kind: 'state',
    id,
    when: log.condition(factor.when ?? 'false', variables, 'bool', [...path, 'when']),
    points,
  }
}

/** A window remembers each time that points were given, so there is a limit to how many fit into one. */
function checkCap(
  { points = 0, cap }: FactorSpec,
  path: readonly (string | number)[],
  log: ProblemLog,
): void {
  if (cap?.per === undefined || points === 0 || cap.points / Math.abs(points) <= windowTimesMax) return
  log.add({
    code: 'NX-SCORE-CAP',
    message: `${cap.points} points are ${Math.ceil(cap.points / Math.abs(points))} times ${Math.abs(points)}; a window holds ${windowTimesMax}`,
    fix: 'Give more points at a time, lower the cap, or leave out `per`.',
    path: [...path, 'cap', 'points'],
  })
}

function compileSteps(
  bands: Readonly<Record<string, number>>,
  path: readonly (string | number)[],
  log: ProblemLog,
): ReadonlyArray<{ from: number; points: number }> {
  const steps = Object.entries(bands).map(([from, points]) => ({ from: Number(from), points }))
  if (steps.length === 0)
    log.add({
      code: 'NX-SCORE-BANDS',
      message: 'There are no steps',
      fix: 'Write from-value: points, such as { 0: 0, 50: 15 }.',
      path,
    })
  for (const from of Object.keys(bands)) {
    if (from.trim() === '' || !Number.isFinite(Number(from))) {
      log.add({
        code: 'NX-SCORE-BANDS',
        message: `'${from}' is not a number`,
        fix: 'Write from-value: points, such as { 0: 0, 50: 15 }.',
        path: [...path, from],
        key: true,
      })
    }
  }
  return steps.filter(({ from }) => Number.isFinite(from)).sort((a, b) => b.from - a.from)
}

function compileBands(spec: LeadScoreSpec, log: ProblemLog): readonly CompiledBand[] {
  const names = new Set<string>()
  const starts = new Set<number>()
  for (const [index, { name, from, leave_below: leaveBelow }] of spec.bands.entries()) {
    const path = ['bands', index]
    if (names.has(name))
      log.add({
        code: 'NX-DUPLICATE-ID',
        message: `The band '${name}' is there twice`,
        fix: 'Give each its own name.',
        path: [...path, 'name'],
      })
    if (starts.has(from))
      log.add({
        code: 'NX-SCORE-BANDS',
        message: `Two bands begin at ${from}`,
        fix: 'Let each begin at its own score.',
        path: [...path, 'from'],
      })
    if (leaveBelow !== undefined && leaveBelow > from) {
      log.add({
        code: 'NX-SCORE-BANDS',
        message: `The band begins at ${from} and would be left at once below ${leaveBelow}`,
        fix: 'leave_below is at most from.',
        path: [...path, 'leave_below'],
      })
    }
    names.add(name)
    starts.add(from)
  }
  return spec.bands
    .map(({ name, from, leave_below: leaveBelow, emit }) => ({
      name,
      from,
      leaveBelow: leaveBelow ?? from,
      emit: emit ?? null,
    }))
    .sort((a, b) => b.from - a.from)
}
