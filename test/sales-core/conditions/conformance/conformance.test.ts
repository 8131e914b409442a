import { expect } from 'chai'
import { evaluateDynamic } from '../../../../src/sales-core/conditions/dynamic/evaluate-dynamic.ts'
import { coreTests, typedText } from './core-tests.ts'
import type { CoreTest } from './core-tests.ts'

/** Core tests that are known to end otherwise, each with its reason. None at present. */
const exceptions: Readonly<Record<string, string>> = {}

function passes({ expr, bindings, container, expected }: CoreTest): boolean {
  const result = evaluateDynamic(expr, bindings, { container })
  if (expected === null) return result.state !== 'value'
  return result.state === 'value' && typedText(result.value) === typedText(expected.value)
}

describe('the core of the conformance suite of CEL', () => {
  const tests = coreTests()
  const failing = tests.filter((test) => !passes(test)).map(({ id }) => id)

  it('has more than a thousand tests', () => {
    expect(tests.length).to.be.greaterThan(1_000)
  })

  it('passes to 99 of 100, and what does not is listed with its reason', () => {
    expect(failing).to.have.members(Object.keys(exceptions))
    expect(failing.length).to.be.at.most(tests.length / 100)
  })
})
