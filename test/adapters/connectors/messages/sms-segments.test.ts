import { expect } from 'chai'
import { smsSegments } from '../../../../src/adapters/connectors/messages/sms-segments.ts'

const short = (text: string) => {
  const { encoding, segments, units } = smsSegments(text)
  return [encoding, segments, units]
}

describe('a text as SMS', () => {
  it('has 160 characters of the GSM alphabet in one segment, 153 in each of several', () => {
    expect(short('')).to.deep.equal(['GSM-7', 0, 0])
    expect(short('a'.repeat(160))).to.deep.equal(['GSM-7', 1, 160])
    expect(short('a'.repeat(161))).to.deep.equal(['GSM-7', 2, 161])
    expect(short('a'.repeat(306))).to.deep.equal(['GSM-7', 2, 306])
    expect(short('a'.repeat(307))).to.deep.equal(['GSM-7', 3, 307])
    expect(short('@£ÄÖÜñß\r\nΩ')).to.deep.equal(['GSM-7', 1, 10])
  })

  it('counts characters of the extension twice, and cuts none of them in two', () => {
    expect(short('€'.repeat(80))).to.deep.equal(['GSM-7', 1, 160])
    // 76 of them and a space of one septet that nothing fits in, twice.
    expect(short('€'.repeat(153))).to.deep.equal(['GSM-7', 3, 306])
  })

  it('is UCS-2 because of one character, and says which', () => {
    expect(smsSegments('It’s €5 – ok’')).to.deep.include({ encoding: 'UCS-2', because: ['’', '–'] })
    expect(short('ş'.repeat(70))).to.deep.equal(['UCS-2', 1, 70])
    expect(short('ş'.repeat(71))).to.deep.equal(['UCS-2', 2, 71])
    // A character outside of the first plane is two units, and stays whole.
    expect(short('🐉'.repeat(67))).to.deep.equal(['UCS-2', 3, 134])
    expect(smsSegments('`').encoding).to.equal('UCS-2')
  })
})
