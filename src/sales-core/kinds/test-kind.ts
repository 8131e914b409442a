import type { DocumentKind, DocumentSet, Problem } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import type { TypeCatalog } from '../compile/type-catalog.ts'
import { checkValue } from '../types/check-value.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { eventReferences } from './references.ts'
import { ruleSetShape } from './rule-set-shape.ts'
import type { TestCaseSpec, TestSpec } from './test-shape.ts'
import { testShape } from './test-shape.ts'
import { workflowShape } from './workflow-shape.ts'

/** Declares tests: given an entity and events in virtual time, what must and must not happen. */
export const testKind: DocumentKind<TestSpec> = {
  ...testShape,
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
  ],
  check: ({ spec }, set) => {
    const names = namesIn(set)
    const types = typeCatalogOf(set)
    return spec.cases.flatMap((testCase, index) => caseProblems(testCase, ['cases', index], types, names))
  },
}

interface KnownNames {
  readonly rules: ReadonlySet<string>
  readonly steps: ReadonlySet<string>
}

function namesIn(set: DocumentSet): KnownNames {
  const rules = set
    .ofKind(ruleSetShape)
    .flatMap(({ spec }) => spec.rules.flatMap(({ id }) => [id, `${spec.name}/${id}`]))
  const steps = set.ofKind(workflowShape).flatMap(({ spec }) => spec.steps.map(({ id }) => id))
  return { rules: new Set(rules), steps: new Set(steps) }
}

function caseProblems(
  { given, expect }: TestCaseSpec,
  path: DocumentPath,
  types: TypeCatalog,
  names: KnownNames,
): readonly Problem[] {
  const problems: Problem[] = []
  const known = (
    name: string | undefined,
    all: ReadonlySet<string>,
    what: string,
    at: DocumentPath,
  ): void => {
    if (name === undefined || all.has(name)) return
    const near = nearestName(name, all)
    problems.push({
      code: 'NX-TEST-UNKNOWN',
      message: `There is no ${what} '${name}'`,
      fix: near === null ? `Name a ${what} by its id.` : `Did you mean '${near}'?`,
      path: at,
    })
  }
  for (const key of ['fired', 'not_fired'] as const) {
    for (const [index, name] of (expect[key] ?? []).entries())
      known(name, names.rules, 'rule', [...path, 'expect', key, index])
  }
  for (const [index, name] of (expect.not_run ?? []).entries())
    known(name, names.steps, 'step', [...path, 'expect', 'not_run', index])
  known(expect.waiting_at, names.steps, 'step', [...path, 'expect', 'waiting_at'])
  for (const [kind, fields] of Object.entries(given)) {
    known(kind, new Set(types.entities.keys()), 'EntityType', [...path, 'given', kind])
    problems.push(...givenProblems(kind, fields as JsonObject, types, [...path, 'given', kind]))
  }
  return problems
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
  const wrong = checkValue(type, fields, '').map((message): Problem => ({
    code: 'NX-TEST-GIVEN',
    message,
    fix: `Give a value that EntityType ${kind} allows.`,
    path,
  }))
  return [...unknown, ...wrong]
}
