import type { DocumentKind, DocumentSet, Problem } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { checkValue } from '../types/check-value.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { actionReferences, eventReferences } from './references.ts'
import { scheduleShape } from './outreach/schedule-shape.ts'
import { ruleSetShape } from './rule-set-shape.ts'
import type { ExpectationSpec, TestCaseSpec, TestSpec } from './test-shape.ts'
import { testShape } from './test-shape.ts'
import { eachStep } from './workflow/each-step.ts'
import { workflowShape } from './workflow-shape.ts'
import { testFieldHelp } from './field-help/test-field-help.ts'

/** Declares tests: given an entity and events in virtual time, what must and must not happen. */
export const testKind: DocumentKind<TestSpec> = {
  ...testShape,
  fieldHelp: testFieldHelp,
  requires: ({ spec }) => [
    ...(spec.of === undefined
      ? []
      : [
          {
            space: 'document',
            name: spec.of,
            path: ['of'],
            fix: 'Name a RuleSet, a LeadScore or a Workflow.',
          },
        ]),
    ...spec.cases.flatMap((testCase, index) =>
      testCase.steps.flatMap(({ event }, at) =>
        event === undefined
          ? []
          : eventReferences(event.type, ['cases', index, 'steps', at, 'event', 'type']),
      ),
    ),
    ...spec.calls.flatMap(({ call }, index) => actionReferences({ call }, ['calls', index])),
  ],
  check: ({ spec }, set) => {
    const names = namesIn(set)
    const types = typeCatalogOf(set)
    return [
      ...emptyProblems(spec),
      ...spec.cases.flatMap((testCase, index) => caseProblems(testCase, ['cases', index], types, names)),
    ]
  },
}

function emptyProblems({ cases, calls }: TestSpec): readonly Problem[] {
  if (cases.length + calls.length > 0) return []
  return [
    {
      code: 'NX-TEST-EMPTY',
      message: 'A Test needs cases or calls',
      fix: 'Write under `cases:` what happens with events, or under `calls:` what is asked of an integration.',
      path: [],
    },
  ]
}

interface KnownNames {
  readonly rules: ReadonlySet<string>
  readonly steps: ReadonlySet<string>
  readonly workflows: ReadonlySet<string>
  readonly schedules: ReadonlySet<string>
}

function namesIn(set: DocumentSet): KnownNames {
  const rules = set
    .ofKind(ruleSetShape)
    .flatMap(({ spec }) => spec.rules.flatMap(({ id }) => [id, `${spec.name}/${id}`]))
  const workflows = set.ofKind(workflowShape)
  const steps = workflows.flatMap(({ spec }) =>
    eachStep(spec.steps).flatMap(({ step: { id } }) => [id, `${spec.name}/${id}`]),
  )
  return {
    rules: new Set(rules),
    steps: new Set(steps),
    workflows: new Set(workflows.map(({ spec }) => spec.name)),
    schedules: new Set(set.ofKind(scheduleShape).map(({ spec }) => spec.name)),
  }
}

type What = 'rule' | 'step' | 'Workflow' | 'EntityType' | 'Schedule'

function unknownName(
  name: string,
  all: ReadonlySet<string>,
  what: What,
  path: DocumentPath,
): readonly Problem[] {
  if (all.has(name) || name.includes('{{')) return []
  const near = nearestName(name, all)
  return [
    {
      code: 'NX-TEST-UNKNOWN',
      message: `There is no ${what} '${name}'`,
      fix: near === null ? `Name a ${what} by its id.` : `Did you mean '${near}'?`,
      path,
    },
  ]
}

function caseProblems(
  { given, steps, expect, schedules = [] }: TestCaseSpec,
  path: DocumentPath,
  types: TypeCatalog,
  names: KnownNames,
): readonly Problem[] {
  const kinds = new Set(types.entities.keys())
  const inGiven = Object.entries(given).flatMap(([name, fields]) => {
    const at = [...path, 'given', name]
    if (name === 'flags') return flagProblems(fields as JsonObject, types, at)
    const kind = name.split('/')[0] ?? name
    const unknown = unknownName(kind, kinds, 'EntityType', at)
    return [...unknown, ...givenProblems(kind, fields as JsonObject, types, at)]
  })
  const inSteps = steps.flatMap((step, index) =>
    step.expect === undefined ? [] : expectProblems(step.expect, [...path, 'steps', index, 'expect'], names),
  )
  const inSchedules = schedules.flatMap((name, index) =>
    unknownName(name, names.schedules, 'Schedule', [...path, 'schedules', index]),
  )
  return [...inGiven, ...inSchedules, ...inSteps, ...expectProblems(expect, [...path, 'expect'], names)]
}

function expectProblems(
  expect: ExpectationSpec,
  path: DocumentPath,
  { rules, steps, workflows }: KnownNames,
): readonly Problem[] {
  const named = (key: keyof ExpectationSpec, all: ReadonlySet<string>, what: What): readonly Problem[] => {
    const list = expect[key]
    if (typeof list === 'string') return unknownName(list, all, what, [...path, key])
    if (!Array.isArray(list)) return []
    return list.flatMap((name, index) =>
      typeof name === 'string' ? unknownName(name, all, what, [...path, key, index]) : [],
    )
  }
  return [
    ...named('fired', rules, 'rule'),
    ...named('not_fired', rules, 'rule'),
    ...named('ran', steps, 'step'),
    ...named('not_run', steps, 'step'),
    ...named('waiting_at', steps, 'step'),
    ...named('started', workflows, 'Workflow'),
    ...named('stopped', workflows, 'Workflow'),
  ]
}

function flagProblems(
  flags: JsonObject,
  { flags: declared }: TypeCatalog,
  path: DocumentPath,
): readonly Problem[] {
  return Object.entries(flags).flatMap(([name, value]): readonly Problem[] => {
    const at = [...path, name]
    if (!declared.fields.has(name)) {
      const near = nearestName(name, declared.fields.keys())
      const fix = near === null ? 'Declare it in a FeatureFlags document.' : `Did you mean '${near}'?`
      return [{ code: 'NX-TEST-GIVEN', message: `There is no flag '${name}'`, fix, path: at, key: true }]
    }
    if (typeof value === 'boolean' || typeof value === 'string') return []
    return [
      {
        code: 'NX-TEST-GIVEN',
        message: `The flag ${name} must be true or false`,
        fix: 'Write true or false.',
        path: at,
      },
    ]
  })
}

function givenProblems(
  kind: string,
  fields: JsonObject,
  types: TypeCatalog,
  path: DocumentPath,
): readonly Problem[] {
  const type = types.entities.get(kind)
  if (type === undefined) return []
  const unknown = Object.keys(fields)
    .filter((name) => !type.fields.has(name))
    .map((name): Problem => {
      const near = nearestName(name, type.fields.keys())
      const fix = near === null ? `Declare it in EntityType ${kind}.` : `Did you mean '${near}'?`
      return {
        code: 'NX-TEST-GIVEN',
        message: `${kind} has no field '${name}'`,
        fix,
        path: [...path, name],
        key: true,
      }
    })
  // Cells of a row are known only when the case runs.
  const known = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => !JSON.stringify(value ?? null).includes('{{')),
  )
  const wrong = checkValue(type, known, '').map((message): Problem => ({
    code: 'NX-TEST-GIVEN',
    message,
    fix: `Give a value that EntityType ${kind} allows.`,
    path,
  }))
  return [...unknown, ...wrong]
}
