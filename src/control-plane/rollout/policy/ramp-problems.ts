import type { Problem } from '../../documents/document-kind.ts'
import { policyDefaults as defaults, policyLists } from './policy-bounds.ts'
import { rampPercentages, writtenPercentages } from './ramp.ts'
import type { RolloutPolicySpec } from './rollout-policy-spec.ts'

/** A ramp that goes down, past its own bake, or says two things at once. */
export function rampProblems({ ramp, gate, bake }: RolloutPolicySpec): readonly Problem[] {
  const holdback = bake?.holdback ?? defaults.holdback
  return [
    ...contradictions(ramp),
    ...orderProblems(ramp?.steps ?? []),
    ...bakeProblems(ramp, holdback),
    ...countProblems(ramp, holdback),
    ...unitListProblems(gate?.minUnits, rampPercentages(ramp, holdback).length + 1),
  ]
}

type Ramp = RolloutPolicySpec['ramp']

function contradictions(ramp: Ramp): readonly Problem[] {
  if (ramp === undefined) return []
  const exact = ramp.steps === undefined ? (ramp.preset === 'fast' ? 'preset: fast' : null) : 'steps'
  if (exact === null) return []
  const others = (['preset', 'initialPercentage', 'incrementPercentage'] as const).filter(
    (field) => ramp[field] !== undefined && !(field === 'preset' && exact !== 'steps'),
  )
  return others.map((field) => ({
    code: 'NX-ROLLOUT-RAMP',
    message: `${field} says nothing beside ${exact}, which gives the percentages`,
    fix: `Remove ramp.${field}, or ramp.${exact === 'steps' ? 'steps' : 'preset'}.`,
    path: ['ramp', field],
    key: true,
  }))
}

function orderProblems(steps: readonly number[]): readonly Problem[] {
  return steps.flatMap((percent, index) => {
    const before = steps[index - 1]
    if (before === undefined || percent > before) return []
    return [
      {
        code: 'NX-ROLLOUT-RAMP-ORDER',
        message: `${percent} % comes after ${before} %: a ramp only rises`,
        fix: 'Write the percentages in ascending order, each once.',
        path: ['ramp', 'steps', index],
      },
    ]
  })
}

function bakeProblems(ramp: Ramp, holdback: number): readonly Problem[] {
  const top = 100 - holdback
  const fix = `Lower it below ${top}, or lower bake.holdback (${holdback}).`
  if (ramp?.steps === undefined && ramp?.preset !== 'fast') {
    const initial = ramp?.initialPercentage ?? defaults.initialPercentage
    if (initial <= top) return []
    const message = `The first step (${initial} %) is above the bake (${top} %)`
    return [{ code: 'NX-ROLLOUT-RAMP-BAKE', message, fix, path: ['ramp', 'initialPercentage'] }]
  }
  return writtenPercentages(ramp, top).flatMap((percent, index) =>
    percent <= top
      ? []
      : [
          {
            code: 'NX-ROLLOUT-RAMP-BAKE',
            message: `${percent} % is above the bake (${top} %), which is the last step before 100 %`,
            fix,
            path: ramp.steps === undefined ? ['ramp', 'preset'] : ['ramp', 'steps', index],
          },
        ],
  )
}

function countProblems(ramp: Ramp, holdback: number): readonly Problem[] {
  if (ramp?.steps !== undefined || ramp?.preset === 'fast') return []
  const initial = ramp?.initialPercentage ?? defaults.initialPercentage
  const increment = ramp?.incrementPercentage ?? defaults.incrementPercentage
  const count = Math.ceil((100 - holdback - initial) / increment)
  if (count <= policyLists.steps) return []
  return [
    {
      code: 'NX-ROLLOUT-RAMP-LENGTH',
      message: `Steps of ${increment} % from ${initial} % to ${100 - holdback} % are ${count}: more than ${policyLists.steps}`,
      fix: 'Raise ramp.incrementPercentage, or write ramp.steps.',
      path: ['ramp', ramp?.incrementPercentage === undefined ? 'initialPercentage' : 'incrementPercentage'],
    },
  ]
}

function unitListProblems(
  minUnits: NonNullable<RolloutPolicySpec['gate']>['minUnits'],
  steps: number,
): readonly Problem[] {
  if (typeof minUnits !== 'object' || minUnits.length <= steps) return []
  return [
    {
      code: 'NX-ROLLOUT-MIN-UNITS',
      message: `gate.minUnits has ${minUnits.length} numbers for ${steps} steps (the bake included)`,
      fix: `Remove the last ${minUnits.length - steps}; a shorter list goes on with its last number.`,
      path: ['gate', 'minUnits', steps],
    },
  ]
}
