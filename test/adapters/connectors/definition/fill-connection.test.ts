import { expect } from 'chai'
import {
  fillBaseUrl,
  fillConnection,
  previewBaseUrl,
} from '../../../../src/adapters/connectors/definition/fill-connection.ts'
import { NxError } from '../../../../src/kernel/errors.ts'

const part = 'https://{{ connection.account }}.api.example.com/v1'
const whole = '{{ connection.url }}'

describe('the address of a connection', () => {
  it('is filled in', () => {
    expect(fillBaseUrl(part, { account: 'acme-1' })).to.equal('https://acme-1.api.example.com/v1')
    expect(fillBaseUrl(whole, { url: 'https://eu.example.com/x' })).to.equal('https://eu.example.com/x')
    expect(fillConnection('{{connection.a}}/{{ connection.b }}', { a: 'x', b: 2 })).to.equal('x/2')
  })

  const elsewhere = [
    'evil.example/',
    'evil.example#',
    'evil.example?',
    'a@evil.example',
    'evil.example:8080',
    '..',
    'a/../b',
    '',
    ' ',
    'a b',
    'a\\b',
    'a\n',
    'ä',
    '{{ connection.x }}',
  ]
  for (const account of elsewhere)
    it(`is not led elsewhere by ${JSON.stringify(account)}`, () => {
      expect(() => fillBaseUrl(part, { account }))
        .to.throw(NxError)
        .with.property('code', 'NX-CONNECTOR-CONNECTION')
    })
  for (const url of [
    'file:///etc/passwd',
    'https://user@evil.example',
    'https://a.example/?x',
    'https://a.example/#x',
    'javascript:1',
    'a.example',
  ])
    it(`is not ${url}`, () => {
      expect(() => fillBaseUrl(whole, { url }))
        .to.throw(NxError)
        .with.property('code', 'NX-CONNECTOR-CONNECTION')
    })

  it('needs its fields, own ones', () => {
    for (const name of ['gone', 'constructor', 'toString'])
      expect(() => fillBaseUrl(`https://{{ connection.${name} }}.example`, {})).to.throw(NxError)
  })

  it('can be tried before a token has told it', () => {
    expect(previewBaseUrl(whole, {})).to.equal('https://account.invalid')
    expect(previewBaseUrl(part, { account: 'a' })).to.equal('https://a.api.example.com/v1')
  })
})
