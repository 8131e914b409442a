import { parser } from '@prometheus-io/lezer-promql'
import { expect } from 'chai'
import { checkAlertRules } from '../support/alerts/alert-rules.ts'

/** Where the parser of Prometheus's own editor gives up. */
function errorsIn(expression: string): readonly number[] {
  const errors: number[] = []
  parser.parse(expression).iterate({
    enter: ({ type, from }) => {
      if (type.isError) errors.push(from)
    },
  })
  return errors
}

describe('docs/alerts.yaml under the PromQL grammar', () => {
  it('holds expressions that parse', async () => {
    const { rules } = await checkAlertRules()
    expect(rules).to.not.deep.equal([])
    expect(rules.filter(({ expr }) => errorsIn(expr).length > 0)).to.deep.equal([])
  })

  it('would not pass with a bracket missing', () => {
    expect(errorsIn('sum(rate(neuronx_relay_total[5m)) > 0')).to.not.deep.equal([])
  })
})
