import { CelConditionCompiler } from '../../../src/sales-core/conditions/cel-condition-compiler.ts'
import type { Expected, VariableValues } from '../../../src/sales-core/conditions/condition-compiler.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'
import { scalar } from '../../../src/sales-core/types/field-type.ts'
import type { FieldType } from '../../../src/sales-core/types/field-type.ts'

const lead = {
  id: 'string',
  name: 'string',
  score: 'number',
  visits: 'int',
  budget: 'number?',
  country: 'string?',
  tags: 'list<string>',
  consent: { sms: 'bool?' },
  hot: 'bool',
  seen: 'timestamp?',
  born: 'timestamp',
  cool: 'duration',
  extra: 'json',
  prices: 'map<number>',
  stage: 'string = new',
}
/** The variables of the tests' conditions. */
export const variables = new Map<string, FieldType>([
  ['lead', parseFields(lead).type],
  ['event', parseFields({ text: 'string', amounts: 'list<number>', lines: 'list<list<number>>' }).type],
  ['now', scalar('timestamp')],
  ['tenant', scalar('string')],
])
const compiler = new CelConditionCompiler()

/** Compiles a condition over them. */
export function compile(source: string, expected: Expected = 'bool') {
  return compiler.compile(source, variables, expected)
}

/** Evaluates it at noon of 5 March 2026, UTC. */
export function run(
  source: string,
  leadValue: JsonObject = {},
  event: JsonObject = {},
  expected: Expected = 'bool',
) {
  const compiled = compile(source, expected)
  if (compiled.state === 'problems')
    throw new Error(compiled.problems.map(({ message }) => message).join('; '))
  const values: VariableValues = {
    lead: { id: '42', ...leadValue },
    event,
    now: new Date('2026-03-05T12:00:00Z'),
    tenant: 'acme',
  }
  return compiled.condition.evaluate(values)
}

/** The value it yields, or the code of its failure. */
export function holds(source: string, leadValue: JsonObject = {}, event: JsonObject = {}): unknown {
  const result = run(source, leadValue, event)
  return result.state === 'value' ? result.value : result.code
}

/** The first thing that is wrong with it. */
export function problem(source: string, expected: Expected = 'bool') {
  const compiled = compile(source, expected)
  if (compiled.state === 'compiled') throw new Error('It compiled')
  return compiled.problems[0]
}
