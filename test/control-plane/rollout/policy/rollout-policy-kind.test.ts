import { expect } from 'chai'
import type { Scope } from '../../../../src/control-plane/documents/document.ts'
import { parseDocuments } from '../../../../src/control-plane/documents/parse-documents.ts'
import { rolloutPolicyKind } from '../../../../src/control-plane/rollout/policy/rollout-policy-kind.ts'
import { validateDocuments } from '../../../../src/control-plane/validate/validate-documents.ts'

const global: Scope = { level: 'global' }
const acme: Scope = { level: 'tenant', tenant: 'acme' }

function findings(...documents: readonly (readonly [Scope, string])[]): readonly string[] {
  const sources = documents.flatMap(
    ([scope, body], index) =>
      parseDocuments(`f${index}.yaml`, `apiVersion: neuronx/v1\nkind: RolloutPolicy\n${body}\n`, scope)
        .documents,
  )
  return validateDocuments(sources, [rolloutPolicyKind]).findings.map(({ code, path }) => `${code} ${path}`)
}

const found = (body: string, scope: Scope = global): readonly string[] =>
  findings([scope, `name: x\n${body}`])

describe('RolloutPolicy', () => {
  it('finds nothing wrong with the policy of the documentation, nor with an empty one, nor with the preset', () => {
    const documented = `strategy: percentage
ramp: { initialPercentage: 5, incrementPercentage: 5, evaluationPeriod: 30m }
gate: { minUnits: 59, beforeFull: 299, promotion: evidence, maxStepDuration: 24h, onInsufficientData: hold }
successCriteria: { errorRateThreshold: 0.01, performanceDegradation: 0.05 }
signals: { hot_lead_share: { expect: backtest, tolerance: 0.10 } }
caps: { actionsPerUnit: 3 }
bake: { holdback: 5, for: 30m, watch: 24h }
autoRollback: true
shadowFirst: true`
    expect([found(documented), found(''), found('ramp: { preset: fast }')]).to.deep.equal([[], [], []])
    expect(
      found('rings: [ { tenants: [internal] }, { tenants: [volunteer], percentage: 20 } ]'),
    ).to.deep.equal([])
  })

  const wrong: readonly [string, string, string][] = [
    ['a ramp that goes down', 'ramp: { steps: [10, 5] }', 'NX-ROLLOUT-RAMP-ORDER ramp.steps[1]'],
    ['a percentage twice', 'ramp: { steps: [10, 10] }', 'NX-ROLLOUT-RAMP-ORDER ramp.steps[1]'],
    ['a step above the bake', 'ramp: { steps: [10, 97] }', 'NX-ROLLOUT-RAMP-BAKE ramp.steps[1]'],
    [
      'a preset above the bake',
      'ramp: { preset: fast }\nbake: { holdback: 10 }',
      'NX-ROLLOUT-RAMP-BAKE ramp.preset',
    ],
    [
      'a first step above the bake',
      'ramp: { initialPercentage: 96 }',
      'NX-ROLLOUT-RAMP-BAKE ramp.initialPercentage',
    ],
    [
      'a ramp that says two things',
      'ramp: { preset: fast, incrementPercentage: 10 }',
      'NX-ROLLOUT-RAMP ramp.incrementPercentage',
    ],
    ['steps beside a preset', 'ramp: { preset: fast, steps: [5] }', 'NX-ROLLOUT-RAMP ramp.preset'],
    [
      'a ramp without end',
      'ramp: { incrementPercentage: 0.1 }',
      'NX-ROLLOUT-RAMP-LENGTH ramp.incrementPercentage',
    ],
    [
      'more unit counts than steps',
      'ramp: { steps: [5] }\ngate: { minUnits: [59, 59, 59] }',
      'NX-ROLLOUT-MIN-UNITS gate.minUnits[2]',
    ],
    ['a budget that is overspent', 'alpha: { errors: 0.005 }', 'NX-ROLLOUT-ALPHA alpha'],
    ['a step longer than the longest', 'ramp: { evaluationPeriod: 2d }', 'NX-ROLLOUT-STEP-TIME ramp'],
    ['a bake longer than the longest step', 'bake: { for: 2d }', 'NX-ROLLOUT-STEP-TIME bake'],
    [
      'a maturity that outlives the step',
      'maturity: { integrationError: 1h }',
      'NX-ROLLOUT-MATURITY maturity',
    ],
    [
      'units that cannot show the threshold',
      'gate: { beforeFull: 100 }',
      'NX-ROLLOUT-BEFORE-FULL gate.beforeFull',
    ],
    [
      'a last gate below a single step',
      'gate: { beforeFull: 299, minUnits: 500 }',
      'NX-ROLLOUT-BEFORE-FULL gate.beforeFull',
    ],
    ['promotion by time (a warning)', 'gate: { promotion: time }', 'NX-ROLLOUT-BY-TIME gate.promotion'],
    ['59 tenants per step', 'unit: tenant', 'NX-ROLLOUT-FEW-UNITS unit'],
    [
      'a zone that does not exist',
      'windows: [ { tz: Mars/Base, from: "09:00", to: "17:00" } ]',
      'NX-ROLLOUT-WINDOW-ZONE windows[0].tz',
    ],
    [
      'a window without length',
      'windows: [ { tz: UTC, from: "09:00", to: "09:00" } ]',
      'NX-ROLLOUT-WINDOW-EMPTY windows[0].to',
    ],
    [
      'a tenant in two rings',
      'rings: [ { tenants: [aa] }, { tenants: [bb, aa] } ]',
      'NX-ROLLOUT-RING-TWICE rings[1].tenants[1]',
    ],
  ]
  for (const [what, body, finding] of wrong) {
    it(`finds ${what}`, () => {
      expect(found(body)).to.deep.equal([finding])
    })
  }

  const shapes: readonly [string, string][] = [
    ['ramp: { steps: [0] }', 'ramp.steps[0]'],
    ['ramp: { steps: [100] }', 'ramp.steps[0]'],
    ['ramp: { evaluationPeriod: 9s }', 'ramp.evaluationPeriod'],
    ['bake: { holdback: 100 }', 'bake.holdback'],
    ['gate: { beforeFull: 1.5 }', 'gate.beforeFull'],
    ['gate: { onInsufficientData: ship }', 'gate.onInsufficientData'],
    ['successCriteria: { errorRateThreshold: 0 }', 'successCriteria.errorRateThreshold'],
    ['caps: { actionsPerUnit: 0 }', 'caps.actionsPerUnit'],
    ['strategy: blue-green', 'strategy'],
    ['windows: [ { tz: UTC, from: "9:00", to: "17:00" } ]', 'windows[0].from'],
    ['stages: 3', 'stages'],
  ]
  for (const [body, path] of shapes) {
    it(`refuses ${body}`, () => {
      expect(found(body).map((finding) => finding.split(' ')[1])).to.deep.equal([path])
    })
  }

  it('wants one policy per scope, and rings in the global scope only', () => {
    expect(findings([acme, 'name: a'], [acme, 'name: b'])).to.deep.equal(['NX-ROLLOUT-POLICY-TWICE name'])
    expect(findings([global, 'name: a'], [acme, 'name: b'])).to.deep.equal([])
    expect(found('rings: [ { tenants: [acme] } ]', acme)).to.deep.equal(['NX-ROLLOUT-RINGS-SCOPE rings'])
  })
})
