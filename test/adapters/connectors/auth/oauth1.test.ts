import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { oauth1Header, signatureBase } from '../../../../src/adapters/connectors/auth/oauth1.ts'

// RFC 5849, 3.1 and 3.4.1.1: the request of the standard and the base string that it must give.
const request = {
  method: 'post',
  url: new URL('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
  form: 'c2&a3=2+q',
}
const parameters = [
  ['oauth_consumer_key', '9djdj82h48djs9d2'],
  ['oauth_token', 'kkk9d7dh3k39sjv7'],
  ['oauth_signature_method', 'HMAC-SHA1'],
  ['oauth_timestamp', '137131201'],
  ['oauth_nonce', '7d8f3e4a'],
] as const
const base =
  'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
  'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
  'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7'

describe('OAuth 1', () => {
  it('signs the base string of RFC 5849', () => {
    expect(signatureBase(request, parameters)).to.equal(base)
  })

  it('writes a header whose signature an independent reader finds right', () => {
    const keys = {
      consumerKey: 'ck',
      consumerSecret: 'c&s',
      token: 'to',
      tokenSecret: 't/s',
      realm: '123_SB1',
    }
    const url = new URL("https://123.example/rest?q=it's%20(odd)*!")
    const header = oauth1Header({ method: 'GET', url, form: null }, keys, {
      timestamp: 1_700_000_000,
      nonce: 'n0nce',
    })
    expect(header).to.match(/^OAuth realm="123_SB1", /)
    const read = new Map(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        decodeURIComponent(value),
      ]),
    )
    const text =
      'GET&https%3A%2F%2F123.example%2Frest&' +
      encodeURIComponent(
        'oauth_consumer_key=ck&oauth_nonce=n0nce&oauth_signature_method=HMAC-SHA256&oauth_timestamp=1700000000&oauth_token=to&oauth_version=1.0&q=it%27s%20%28odd%29%2A%21',
      )
    expect(read.get('oauth_signature')).to.equal(
      createHmac('sha256', 'c%26s&t%2Fs').update(text).digest('base64'),
    )
    expect(header).to.not.contain('c&s').and.to.not.contain('t/s')
  })

  it('sorts equal names by their values, and names before longer ones', () => {
    const url = new URL('https://a.b/?a10=1&a1=2&a1=10&a=9')
    expect(
      decodeURIComponent(signatureBase({ method: 'GET', url, form: null }, []).split('&')[2] ?? ''),
    ).to.equal('a=9&a1=10&a1=2&a10=1')
  })
})
