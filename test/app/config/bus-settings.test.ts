import { expect } from 'chai'
import { readSettingsFile } from '../../../src/app/config/read-settings-file.ts'
import { busSettings } from '../../../src/app/config/bus-settings.ts'
import type { BusSettings } from '../../../src/app/config/bus-settings.ts'

function read(yaml: string): BusSettings {
  return busSettings(
    readSettingsFile({ path: '/etc/neuronx/neuronx.yaml', content: yaml }).bus,
    '/etc/neuronx',
  )
}

describe('busSettings', () => {
  it('reads credentials, TLS and streams, with paths relative to the file', () => {
    const settings = read(`
bus:
  credentialsFile: nats/daemon.creds
  tls: { caFile: /etc/ssl/ca.pem, certFile: tls/cert.pem, keyFile: tls/key.pem, serverName: nats.internal }
  streams: { replicas: 3, storage: file, eventsAgeHoursMax: 24, eventsMibMax: 512, ingestMibMax: 64, duplicateWindowSeconds: 300 }
`)
    expect(settings).to.deep.equal({
      access: {
        credentials: { kind: 'credentialsFile', file: '/etc/neuronx/nats/daemon.creds' },
        tls: {
          caFile: '/etc/ssl/ca.pem',
          certFile: '/etc/neuronx/tls/cert.pem',
          keyFile: '/etc/neuronx/tls/key.pem',
          serverName: 'nats.internal',
          handshakeFirst: false,
        },
      },
      streams: {
        replicas: 3,
        storage: 'file',
        eventsAgeMsMax: 86_400_000,
        eventsBytesMax: 536_870_912,
        ingestBytesMax: 67_108_864,
        duplicateWindowMs: 300_000,
      },
      prefetchBytesMax: 67_108_864,
    })
  })

  it('takes one way to say who we are', () => {
    expect(read('bus: { tokenFile: t }').access.credentials).to.deep.equal({
      kind: 'tokenFile',
      file: '/etc/neuronx/t',
    })
    expect(read('bus: { nkeySeedFile: /n }').access.credentials).to.deep.equal({
      kind: 'nkeySeedFile',
      file: '/n',
    })
    expect(read('bus: { user: nx, passwordFile: p }').access.credentials).to.deep.equal({
      kind: 'passwordFile',
      user: 'nx',
      file: '/etc/neuronx/p',
    })
  })

  for (const [what, yaml, place] of [
    ['two credentials', 'bus: { tokenFile: t, nkeySeedFile: n }', 'bus'],
    ['a user without a password', 'bus: { user: nx }', 'bus'],
    ['two replicas', 'bus: { streams: { replicas: 2 } }', 'bus.streams.replicas'],
    ['a stream too small', 'bus: { streams: { eventsMibMax: 1 } }', 'bus.streams.eventsMibMax'],
    [
      'an age of a year and more',
      'bus: { streams: { eventsAgeHoursMax: 9000 } }',
      'bus.streams.eventsAgeHoursMax',
    ],
    ['an unknown storage', 'bus: { streams: { storage: s3 } }', 'bus.streams.storage'],
  ] as const) {
    it(`refuses ${what}, with the place`, () => {
      expect(() => read(yaml))
        .to.throw()
        .that.includes({ code: 'NX-SETTINGS-INVALID' })
        .and.nested.include({ 'where.path': place, 'where.file': '/etc/neuronx/neuronx.yaml' })
    })
  }
})
