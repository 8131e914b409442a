// Runs in a process of its own with little memory; prints one line of JSON for each rule: what became of it.
import { conditions } from '../../../../src/sales-core/conditions/conditions.ts'
import { SlotTable } from '../../../../src/sales-core/conditions/slot-table.ts'
import { scalar, listOf } from '../../../../src/sales-core/types/field-type.ts'
import type { FieldType } from '../../../../src/sales-core/types/field-type.ts'
import { hostileData, hostileRules } from './hostile-rules.ts'

const event: FieldType = {
  kind: 'struct',
  nullable: false,
  fields: new Map<string, FieldType>([
    ['many', listOf(scalar('number'))],
    ['long', scalar('string')],
    ['text', scalar('string')],
    ['mixed', scalar('string')],
    ['json', scalar('json', true)],
    ['deep', scalar('json', true)],
    ['deeper', scalar('json', true)],
  ]),
}
const variables = new Map([['event', event]])

function nested(depth: number): unknown {
  let inner: unknown = 1
  for (let level = 0; level < depth; level += 1) inner = [inner]
  return inner
}

const values = { event: { ...hostileData, json: { a: 1 }, deep: nested(50_000), deeper: nested(50_000) } }

for (const { name, source } of hostileRules) {
  const begun = process.cpuUsage()
  const compiled = conditions.compile(source, variables, 'bool')
  const line: Record<string, unknown> = { name }
  if (compiled.state === 'problems') line['outcome'] = { ends: 'rejected', code: compiled.problems[0]?.code }
  else {
    const slots = SlotTable.of(variables).slots(values)
    const result = compiled.condition.test(slots)
    line['outcome'] =
      result.state === 'error'
        ? { ends: 'stopped', code: result.code }
        : { ends: 'harmless', value: result.value }
    line['steps'] = slots.used
  }
  const { user, system } = process.cpuUsage(begun)
  line['cpuMs'] = (user + system) / 1000
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
