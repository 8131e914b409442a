import { expect } from 'chai'
import { callingCodes } from '../../../src/sales-core/time/calling-codes.ts'
import { contactZone } from '../../../src/sales-core/time/contact-zone.ts'

describe('the zone of a contact', () => {
  it('is what its own field says', () => {
    expect(contactZone({ tz: 'Asia/Dubai', country: 'DE' })).to.deep.equal({
      zone: 'Asia/Dubai',
      source: 'tz',
    })
    expect(contactZone({ timezone: 'Europe/Berlin' })?.zone).to.equal('Europe/Berlin')
  })

  it('is that of a country with one zone', () => {
    expect(contactZone({ country: 'ae' })).to.deep.equal({ zone: 'Asia/Dubai', source: 'country' })
    expect(contactZone({ country: 'DE' })?.zone).to.equal('Europe/Berlin')
    expect(contactZone({ country: 'CN' })?.zone).to.equal('Asia/Shanghai')
    expect(contactZone({ tz: 'nonsense', country: 'AE' })?.zone).to.equal('Asia/Dubai')
  })

  it('is not guessed for a country with several', () => {
    expect(contactZone({ country: 'US' })).to.equal(null)
    expect(contactZone({ country: 'US', phone: '+971500000001' })).to.equal(null)
  })

  it('is that of a number whose code one country has', () => {
    expect(contactZone({ phone: '+971 50 000 0001' })).to.deep.equal({ zone: 'Asia/Dubai', source: 'phone' })
    expect(contactZone({ phone: '+12025550100' })).to.equal(null)
    expect(contactZone({ phone: '0501234567' })).to.equal(null)
    expect(contactZone({ phone: '+971' })).to.equal(null)
  })

  it('is unknown when nothing tells it', () => {
    expect(contactZone({})).to.equal(null)
    expect(contactZone({ tz: 7, country: 'Narnia', phone: null })).to.equal(null)
  })

  it('knows every calling code once, by its country', () => {
    expect(callingCodes.size).to.be.above(165)
    for (const [code, country] of callingCodes) {
      expect(code).to.match(/^[2-9]\d{1,2}$/)
      expect(country).to.match(/^[A-Z]{2}$/)
      expect(callingCodes.has(code.slice(0, -1)), `${code} begins with another code`).to.equal(false)
    }
    expect(new Set(callingCodes.values()).size).to.equal(callingCodes.size)
  })
})
