import { expect } from 'chai'
import {
  hiddenText,
  hideSecrets,
  looksSecret,
} from '../../../src/control-plane/plan/difference/hide-secrets.ts'

describe('hideSecrets', () => {
  it('hides texts below credentials and in fields that are named as secrets, and nothing else of them', () => {
    const value = {
      url: 'https://x.test',
      credentials: { user: 'u', retries: 3 },
      apiKey: 'plain',
      tokens: 5,
    }
    expect(hideSecrets(value, ['spec'])).to.deep.equal({
      url: 'https://x.test',
      credentials: { user: hiddenText, retries: 3 },
      apiKey: hiddenText,
      tokens: 5,
    })
    expect(hideSecrets('x', ['credentials', 'user'])).to.equal(hiddenText)
  })

  it('hides what looks like a secret wherever it stands', () => {
    for (const text of [
      ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_'),
      `gh${'p_'}16C7e42F292c6912E7710c838347Ae178B4a`,
      `-----BEGIN ${'PRIVATE'} KEY-----`,
      'postgres://user:hunter2@db.test/x',
      'https://x.test/hook?access_token=hunter2hunter2',
      'q9Zr2LmX81vTnB4sKpW7eYcJ0aHdUf5G',
    ]) {
      expect(looksSecret(text), text).to.equal(true)
      expect(hideSecrets({ note: [text] }, [])).to.deep.equal({ note: [hiddenText] })
    }
  })

  it('shows which stored secret is meant, and hides a secret that stands in place of its name', () => {
    const auth = (secret: string) => hideSecrets({ token: { secret } }, ['auth'])
    expect(auth('crm-token')).to.deep.equal({ token: { secret: 'crm-token' } })
    expect(hideSecrets('ghl-token-2026-production', ['auth', 'token', 'secret'])).to.equal(
      'ghl-token-2026-production',
    )
    for (const leaked of [
      `pit-${'0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d'}`,
      '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'Hunter2!',
    ])
      expect(auth(leaked), leaked).to.deep.equal({ token: { secret: hiddenText } })
  })

  it('leaves names, texts and conditions readable', () => {
    for (const text of [
      'lead.score >= 70 && lead.fields.country == "DE"',
      'speed-to-lead-reminder-after-three-days',
      'https://api.example.test/v1/contacts',
      '123e4567-e89b-12d3-a456-426614174000',
      'Hello {{ lead.firstName }}, thanks for your question',
    ])
      expect(looksSecret(text), text).to.equal(false)
  })
})
