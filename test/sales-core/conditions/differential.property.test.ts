import { run } from '@bufbuild/cel'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { conditions } from '../../../src/sales-core/conditions/conditions.ts'
import { evaluateDynamic } from '../../../src/sales-core/conditions/dynamic/evaluate-dynamic.ts'
import { explainCondition } from '../../../src/sales-core/conditions/explain-condition.ts'
import { conditionCost } from '../../../src/sales-core/conditions/facts/condition-cost.ts'
import { SlotTable } from '../../../src/sales-core/conditions/slot-table.ts'
import { parseCel } from '../../../src/sales-core/conditions/syntax/parse-cel.ts'
import type { Value } from '../../../src/sales-core/conditions/values/value.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'
import { boolExpression, leadData } from './expressions.ts'

const fields = {
  score: 'number',
  visits: 'number',
  name: 'string',
  country: 'string',
  hot: 'bool',
  odd: 'json',
  amounts: 'list<number>',
  tags: 'list<string>',
}
const variables = new Map([['lead', parseFields(fields).type]])

function compiled(source: string) {
  const result = conditions.compile(source, variables, 'bool')
  if (result.state === 'problems') throw new Error(`${source}: ${JSON.stringify(result.problems)}`)
  return result.condition
}

/** What an engine makes of it; all failures are alike. */
type Outcome = boolean | 'failed'

function byPeer(source: string, lead: object): Outcome {
  const result = run(source, { lead: lead as never })
  return typeof result === 'boolean' ? result : 'failed'
}

function byUs(source: string, lead: object): Outcome {
  const result = evaluateDynamic(source, { lead: lead as Value })
  return result.state === 'value' && typeof result.value === 'boolean' ? result.value : 'failed'
}

describe('expressions in general', function () {
  this.timeout(120_000)

  it('as plain CEL, yield what another implementation yields', () => {
    fc.assert(
      fc.property(boolExpression, leadData, ({ plain }, lead) => {
        expect(byUs(plain, lead)).to.equal(byPeer(plain, lead))
      }),
      { numRuns: 1_500 },
    )
  })

  it('as conditions, yield what they yield as plain CEL', () => {
    fc.assert(
      fc.property(boolExpression, leadData, ({ profile, plain }, lead) => {
        const result = compiled(profile).evaluate({ lead })
        const outcome = result.state === 'value' ? result.value : 'failed'
        expect(outcome).to.equal(byUs(plain, lead))
      }),
      { numRuns: 1_500 },
    )
  })

  it('yield the same one by one and on values that are read once for all', () => {
    fc.assert(
      fc.property(fc.array(boolExpression, { minLength: 1, maxLength: 8 }), leadData, (many, lead) => {
        const slots = SlotTable.of(variables).slots({ lead })
        for (const { profile } of many) {
          const condition = compiled(profile)
          expect(condition.test(slots)).to.deep.equal(condition.evaluate({ lead }))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are explained with the result that they have', () => {
    fc.assert(
      fc.property(boolExpression, leadData, ({ profile }, lead) => {
        const condition = compiled(profile)
        const { outcome, children, kind } = explainCondition(condition, { lead })
        expect(outcome).to.deep.equal(condition.evaluate({ lead }))
        const [only] = children
        if (kind === 'not' && only?.outcome.state === 'value' && typeof only.outcome.value === 'boolean')
          expect(outcome).to.deep.equal({ state: 'value', value: !only.outcome.value })
      }),
      { numRuns: 500 },
    )
  })

  it('take no more steps than was estimated without the data', () => {
    fc.assert(
      fc.property(boolExpression, leadData, ({ profile }, lead) => {
        const parsed = parseCel(profile)
        if ('problems' in parsed) throw new Error(profile)
        const slots = SlotTable.of(variables).slots({ lead })
        compiled(profile).test(slots)
        expect(slots.used).to.be.at.most(conditionCost(parsed.ast))
      }),
      { numRuns: 1_000 },
    )
  })
})
