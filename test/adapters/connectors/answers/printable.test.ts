import { expect } from 'chai'
import { printable } from '../../../../src/adapters/connectors/answers/printable.ts'
import { judgeTokenAnswer } from '../../../../src/adapters/connectors/auth/oauth/token-answer.ts'

const steering = ['\n', '\u001b', '\u0085', '\u2028', '\u2029', '\u202a', '\u202e', '\u2066', '\u2069']

describe('text with words of a stranger in it', () => {
  it('steers nothing that shows it, and is Unicode; all else stays', () => {
    const text = `Zo\u00eb \u{1f44d} ${steering.join('')}\ud800.`
    expect(printable(text)).to.equal(`Zo\u00eb \u{1f44d} ${'\uFFFD'.repeat(steering.length + 1)}.`)
    expect(printable('a\n\u202eb', (sign) => (sign === '\n' ? sign : '?'))).to.equal('a\n?b')
  })

  it('is so in what a token endpoint says', () => {
    const body = JSON.stringify({ error: 'invalid_grant', error_description: `no${steering.join('')}on` })
    const answered = { state: 'answered', status: 400, headers: {}, body, cut: null, latencyMs: 1 } as const
    const options = { capture: {}, redact: (text: string) => text, now: new Date(0) }
    const judged = judgeTokenAnswer(answered, options)
    const message = `It answered 400: invalid_grant: no${'\uFFFD'.repeat(steering.length)}on`
    expect(judged).to.deep.include({ state: 'refused', message })
  })
})
