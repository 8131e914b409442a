import { expect } from 'chai'
import { join } from 'node:path'
import { loadSettings } from '../../../src/app/config/load-settings.ts'
import { sourcesSchema, sourceSettings } from '../../../src/app/config/source-settings.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'

describe('the sources section of the settings', () => {
  it('has a default for all but the name and the place', () => {
    const parsed = sourcesSchema.parse([
      { name: 'main', git: '../fleet' },
      { name: 'local', directory: 'config', interval: '5s', onDrift: 'restore', reason: 'nightly' },
    ])
    const [main, local] = sourceSettings(parsed, '/etc/neuronx')
    expect(main).to.deep.equal({
      name: 'main',
      from: { kind: 'git', location: '/etc/fleet', branch: 'main', path: '.' },
      intervalMs: 30_000,
      onDrift: 'report',
      reason: null,
      git: {
        access: {
          ...{ location: '/etc/fleet', protocol: 'file', basic: null },
          ...{ tokenFile: null, sshKeyFile: null, knownHostsFile: null },
        },
        timeoutMs: 120_000,
        bytesMax: 512 * 1024 ** 2,
      },
    })
    expect(local).to.deep.equal({
      name: 'local',
      from: { kind: 'directory', location: '/etc/neuronx/config' },
      intervalMs: 5_000,
      onDrift: 'restore',
      reason: 'nightly',
      git: null,
    })
    expect(sourceSettings(undefined, '/')).to.deep.equal([])
  })

  it('refuses what cannot be followed, and what is not safe to hand to git', () => {
    const git = '/srv/fleet'
    for (const source of [
      { name: 'a' },
      { name: 'a', git, directory: '/srv' },
      { name: 'A', git },
      { name: 'a', git: 'http://example.com/x' },
      { name: 'a', git, branch: '--upload-pack=x' },
      { name: 'a', git, branch: 'a..b' },
      { name: 'a', git, path: '../other' },
      { name: 'a', git, path: '/etc' },
      { name: 'a', git, interval: '500ms' },
      { name: 'a', git, interval: 30 },
      { name: 'a', git, sshKeyFile: '/keys/a;touch x' },
      { name: 'a', directory: '/srv', branch: 'main' },
      { name: 'a', git, onDrift: 'fight' },
      { name: 'a', git, url: 'x' },
    ])
      expect(sourcesSchema.safeParse([source]).success, JSON.stringify(source)).to.equal(false)
    const twice = [
      { name: 'a', git },
      { name: 'a', git },
    ]
    expect(sourcesSchema.safeParse(twice).success).to.equal(false)
    const many = Array.from({ length: 21 }, (_, index) => ({ name: `s${index}`, git }))
    expect(sourcesSchema.safeParse(many).success).to.equal(false)
  })

  it('says in which line of the settings file it is wrong, without repeating what may be a password', async () => {
    await using folder = await temporaryDirectory({
      'neuronx.config.yaml':
        'sources:\n  - name: a\n    directory: x\n  - name: b\n    git: http://ada:hunter2@example.com/x\n    brnach: x\n',
    })
    const error: unknown = await loadSettings(
      { NEURONX_CONFIG: join(folder.path, 'neuronx.config.yaml') },
      folder.path,
    ).catch((thrown: unknown) => thrown)
    if (!(error instanceof NxError)) throw error
    expect(error.where).to.deep.include({ line: 5 })
    expect(`${error.message} ${error.detail ?? ''}`)
      .to.include("'brnach' is not a setting; did you mean branch?")
      .and.not.include('hunter2')
  })
})
