import { expect } from 'chai'
import { retentionSchema, retentionSettings } from '../../../src/app/config/retention-settings.ts'

const dayMs = 86_400_000

describe('the retention section of the settings', () => {
  it('keeps events for 400 days when it says nothing', () => {
    expect(retentionSettings(undefined)).to.deep.equal({ eventsMs: 400 * dayMs })
    expect(retentionSettings(retentionSchema.parse({}))).to.deep.equal({ eventsMs: 400 * dayMs })
  })

  it('takes a duration between a week and ten years, and nothing else', () => {
    expect(retentionSettings(retentionSchema.parse({ events: '30d' }))).to.deep.equal({
      eventsMs: 30 * dayMs,
    })
    for (const events of ['6d', '3651d', 'forever', '', 30])
      expect(retentionSchema.safeParse({ events }).success, String(events)).to.be.false
  })
})
