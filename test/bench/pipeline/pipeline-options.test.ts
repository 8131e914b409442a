import { expect } from 'chai'
import { pipelineOptions } from '../../../bench/pipeline/pipeline-options.ts'
import { NxError } from '../../../src/kernel/errors.ts'

const contestants = ['neuronx', 'floor']

describe('the options of the pipeline benchmark', () => {
  it('have the defaults that the documented figures are measured with', () => {
    expect(pipelineOptions([], contestants)).to.deep.equal({
      events: 20_000,
      seconds: 20,
      perSecond: 200,
      idleSeconds: 20,
      rounds: 1,
      only: null,
      json: false,
    })
  })

  it('are taken from the command line', () => {
    const words = ['--events', '500', '--rounds', '3', '--only', 'floor', '--json']
    expect(pipelineOptions(words, contestants)).to.include({ events: 500, rounds: 3, json: true })
    expect(pipelineOptions(words, contestants).only).to.deep.equal(['floor'])
  })

  for (const words of [
    ['--events', '5'],
    ['--events', 'x'],
    ['--rounds', '1.5'],
    ['--only', 'kafka'],
    ['--speed', '9'],
  ]) {
    it(`refuse ${words.join(' ')}`, () => {
      expect(() => pipelineOptions(words, contestants))
        .to.throw(NxError)
        .with.property('code', 'NX-BENCH-USAGE')
    })
  }
})
