import { expect } from 'chai'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { parseDocuments } from '../../../../src/control-plane/documents/parse-documents.ts'
import { findSecrets } from '../../../../src/control-plane/validate/secrets/find-secrets.ts'

async function found(fields: Readonly<Record<string, unknown>>) {
  const text = stringify({ apiVersion: 'neuronx/v1', kind: 'X', name: 'x', ...fields })
  const { documents } = parseDocuments('f.yaml', text, { level: 'global' })
  return { text, findings: await findSecrets(documents) }
}

// Made up for this test, in the shape of real ones; written in two parts so that no scanner takes this file for a leak.
const secrets: Readonly<Record<string, string>> = {
  'a GitHub token': `ghp_${'16C7e42F292c6912E7710c838347Ae178B4a'}`,
  'a Slack token': `xoxb-${'123456789012-1234567890123-abcdefghijABCDEFGHIJklmn'}`,
  'an AWS access key': `AKIA${'IOSFODNN7ABCDEFG'}`,
  'a JWT': `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P`,
  'a GoHighLevel token': `pit-${'0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d'}`,
  'a Stripe key': `sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`,
}

describe('secrets in plain text', () => {
  for (const [name, secret] of Object.entries(secrets)) {
    it(`finds ${name} inside a text, at its very character, and never repeats it`, async () => {
      const { text, findings } = await found({ connection: { header: `Bearer ${secret}` } })
      expect(findings.map(({ code, severity, path }) => `${code} ${severity} ${path}`)).to.deep.equal([
        'NX-CONFIG-SECRET error connection.header',
      ])
      const [finding] = findings
      const line = text.split('\n')[(finding?.line ?? 0) - 1] ?? ''
      expect(line.slice((finding?.column ?? 0) - 1)).to.match(new RegExp(`^${secret.slice(0, 8)}`))
      expect(JSON.stringify(findings)).not.to.contain(secret.slice(0, 6))
    })
  }

  it('finds a password in a URL, and leaves URLs without one alone', async () => {
    const { findings } = await found({ baseUrl: `https://robot:${'hunter22'}@db.example.com/x` })
    expect(findings.map(({ code }) => code)).to.deep.equal(['NX-CONFIG-SECRET'])
    expect(JSON.stringify(findings)).not.to.contain('hunter')
    const { findings: none } = await found({
      baseUrl: 'https://db.example.com/v2/aB3dE5fG7hJ9kL1mN3pQ5/leads',
    })
    expect(none).to.deep.equal([])
  })

  it('finds a credential among the parameters of an address, and takes no page number or template for one', async () => {
    const { findings } = await found({ path: `/v2/leads?page=2&api_key=${'c0ffee1234'}&x=1` })
    expect(findings.map(({ code, path }) => `${code} ${path}`)).to.deep.equal(['NX-CONFIG-SECRET path'])
    const { findings: none } = await found({
      path: '/v2/leads?page_token=next&token={{ secrets.crm_token_2026 }}&key=customer-2026&q=tokens',
    })
    expect(none).to.deep.equal([])
  })

  it('finds a random text by its entropy: an error where a credential belongs, else a warning', async () => {
    const { findings } = await found({ token: 'abc123DEF456ghi7', note: 'q8ZkX2mP0vL9sTt4RbWc' })
    expect(findings.map(({ path, severity }) => `${path} ${severity}`)).to.deep.equal([
      'token error',
      'note warning',
    ])
  })

  it('leaves names, ids, digests, public keys, templates and references to secrets alone', async () => {
    const { findings } = await found({
      locationId: 've9EPM428h8vShlRW1KT',
      digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      ed25519PublicKey: 'MCowBQYDK2VwAyEA6uTBKeOQVjSNUIv113xLUUpIbNOo0hMscW/oaUwmrDo=',
      request: '123e4567-e89b-12d3-a456-426614174000',
      accessToken: { secret: 'ghl-token-2026-production' },
      token: '{{ secrets.crm_token_2026 }}',
      text: "{{ lead.first_name | default: 'there' }} InboundReplies2FollowUpSequenceMail",
      when: 'event.direction == "inbound" && lead.score >= 50 && lead.consent.whatsapp_2026',
      phone: '+971500000001',
      workflow: 'follow-up-2026-q3-dubai-marina-leads',
    })
    expect(findings).to.deep.equal([])
  })

  it('takes no words of a language for a secret', async () => {
    const word = fc.stringMatching(/^[A-Z]?[a-z]{3,9}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('-', '_', ' ', '/', ''),
        fc.nat(99),
        async (words, joiner, n) => {
          const { findings } = await found({ note: `${words.join(joiner)}${joiner}${n}` })
          expect(findings).to.deep.equal([])
        },
      ),
      { numRuns: 200 },
    )
  })
})
