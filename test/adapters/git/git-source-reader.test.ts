import { expect } from 'chai'
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseGitLocation } from '../../../src/adapters/git/git-access.ts'
import { gitEnvironment } from '../../../src/adapters/git/git-environment.ts'
import { GitSourceReader } from '../../../src/adapters/git/git-source-reader.ts'
import type { GitSourceOptions } from '../../../src/adapters/git/git-source-reader.ts'
import { GitFailed, runGit } from '../../../src/adapters/git/run-git.ts'
import { ConfigurationInvalid } from '../../../src/control-plane/validate/configuration-invalid.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import type { TemporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { configuration, fleet, gitRepository } from '../../support/sources/git-repository.ts'
import type { GitRepository } from '../../support/sources/git-repository.ts'

const never = new AbortController().signal
const path = process.env['PATH'] ?? ''

describe('reading a git source', function () {
  this.timeout(30_000)
  let repository: GitRepository
  let data: TemporaryDirectory

  beforeEach(async () => {
    repository = await gitRepository()
    data = await temporaryDirectory()
  })
  afterEach(async () => {
    await repository[Symbol.asyncDispose]()
    await data[Symbol.asyncDispose]()
  })

  const reader = (more: Partial<GitSourceOptions> = {}): GitSourceReader =>
    new GitSourceReader({
      access: {
        ...parseGitLocation(repository.path, (text) => text),
        ...{ tokenFile: null, sshKeyFile: null, knownHostsFile: null },
      },
      ...{ branch: 'main', path: '.', folder: join(data.path, 'main'), passed: { PATH: path } },
      ...{ timeoutMs: 10_000, bytesMax: 64 * 1024 ** 2 },
      ...more,
    })

  /** The error of taking out what the branch holds. */
  async function refused(more: Partial<GitSourceOptions> = {}): Promise<NxError> {
    const one = reader(more)
    const error: unknown = await one
      .look(null, never)
      .then(async (head) => one.open(head))
      .then(
        () => null,
        (thrown: unknown) => thrown,
      )
    if (!(error instanceof NxError)) throw new Error(`It was not refused: ${String(error)}`)
    return error
  }

  function findings(error: NxError): readonly string[] {
    if (!(error instanceof ConfigurationInvalid)) throw error
    return error.findings.map(({ code, file }) => `${code} ${file}`)
  }

  it('takes out the configuration files as they were committed, and nothing else', async () => {
    const crlf = 'apiVersion: neuronx/v1\r\nkind: Fleet\r\nname: test\r\n'
    await repository.commit({
      'config/neuronx.yaml': crlf,
      'config/tenants/acme/a.yaml': 'a: 1\n',
      'config/tenants/acme/notes.md': 'x',
      'config/.gitattributes': '*.yaml export-ignore export-subst -text ident\n',
      'elsewhere.yaml': 'x',
    })
    const one = reader({ path: 'config' })
    await using checkout = await one.open(await one.look(null, never))
    expect((await readdir(checkout.directory, { recursive: true })).sort()).to.deep.equal([
      'neuronx.yaml',
      'tenants',
      'tenants/acme',
      'tenants/acme/a.yaml',
    ])
    expect(await readFile(join(checkout.directory, 'neuronx.yaml'), 'utf8')).to.equal(crlf)
    expect(checkout.shownAs).to.equal('config')
  })

  it('runs no hook of the repository or of its own clone', async () => {
    await repository.commit(configuration('name: string'))
    const one = reader()
    await one.look(null, never)
    const proof = join(data.path, 'ran')
    const hooks = [join(repository.path, '.git', 'hooks'), join(data.path, 'main', 'mirror.git', 'hooks')]
    for (const folder of hooks) {
      for (const name of ['post-checkout', 'reference-transaction', 'post-upload-pack', 'pre-receive']) {
        const { mkdir } = await import('node:fs/promises')
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, name), `#!/bin/sh\ntouch ${proof}\n`)
        await chmod(join(folder, name), 0o700)
      }
    }
    await repository.commit({ 'x.md': 'x' })
    const ranByUs = await stat(proof).catch(() => null)
    if (ranByUs !== null) await import('node:fs/promises').then(async ({ rm }) => rm(proof))
    await using _checkout = await one.open(await one.look(null, never))
    expect(await stat(proof).catch(() => null)).to.equal(null)
  })

  it('refuses submodules and links that leave the directory, all at once, with their places', async () => {
    const { symlink, mkdir } = await import('node:fs/promises')
    await mkdir(join(repository.path, 'config/global'), { recursive: true })
    for (const [name, target] of [
      ['absolute.yaml', '/etc/passwd'],
      ['outside.yaml', '../../secret.yaml'],
      ['folder', '../../..'],
      ['fine.yaml', 'real.txt'],
    ] as const)
      await symlink(target, join(repository.path, 'config/global', name))
    const commit = await repository.commit({
      'config/neuronx.yaml': fleet,
      'secret.yaml': 'x: 1\n',
      'config/global/real.txt': 'y: 1\n',
    })
    repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},config/tenants/acme`)
    repository.git('commit', '--quiet', '--message', 'a submodule')
    expect(findings(await refused({ path: 'config' }))).to.have.members([
      'NX-CONFIG-SYMLINK config/global/absolute.yaml',
      'NX-CONFIG-SYMLINK config/global/outside.yaml',
      'NX-CONFIG-SYMLINK config/global/folder',
      'NX-SOURCE-SUBMODULE config/tenants/acme',
    ])
  })

  it('refuses a name that the file system does not take, as a fault of the commit', async () => {
    const commit = await repository.commit(configuration('name: string'))
    const long = `tenants/acme/${'x'.repeat(300)}.yaml`
    const object = repository.git('rev-parse', `${commit}:neuronx.yaml`)
    repository.git('update-index', '--add', '--cacheinfo', `100644,${object},${long}`)
    repository.git('commit', '--quiet', '--message', 'a long name')
    expect(findings(await refused())).to.deep.equal([`NX-SOURCE-NAME ${long}`])
    expect(await readdir(join(data.path, 'main'))).to.deep.equal(['mirror.git'])
  })

  it('takes a commit however much its author wrote about it, and about himself', async () => {
    await repository.commit(configuration('name: string'), 'x'.repeat(100_000))
    repository.git(
      'commit',
      '--quiet',
      '--amend',
      '--no-edit',
      `--author=${'y'.repeat(100_000)} <y@example.com>`,
    )
    const one = reader()
    const head = await one.look(null, never)
    expect(head.subject).to.match(/^x{190,200}\.*$/)
    await using checkout = await one.open(head)
    expect(checkout.source.author).to.match(/^y{140,150}\.* <y@example\.com>$/)
  })

  it('follows links inside the directory, to files of any name', async () => {
    const { symlink, mkdir } = await import('node:fs/promises')
    await mkdir(join(repository.path, 'global'), { recursive: true })
    await symlink('../parts/real.txt', join(repository.path, 'global', 'a.yaml'))
    await repository.commit({ 'neuronx.yaml': fleet, 'parts/real.txt': 'y: 1\n' })
    const one = reader()
    await using checkout = await one.open(await one.look(null, never))
    expect(await readFile(join(checkout.directory, 'global/a.yaml'), 'utf8')).to.equal('y: 1\n')
  })

  it('refuses a file, and a repository, that is too large', async () => {
    await repository.commit({ 'neuronx.yaml': fleet, 'global/big.yaml': `# ${'x'.repeat(1024 * 1024)}\n` })
    expect(findings(await refused())).to.deep.equal(['NX-CONFIG-LIMIT global/big.yaml'])
    const { randomBytes } = await import('node:crypto')
    await repository.commit({ 'global/big.yaml': null, 'big.bin': randomBytes(3_000_000).toString('base64') })
    expect((await refused({ bytesMax: 1024 ** 2, folder: join(data.path, 'other') })).code).to.equal(
      'NX-SOURCE-TOO-LARGE',
    )
    expect(
      await stat(join(data.path, 'other', 'mirror.git')).catch(() => null),
      'the disk is free again',
    ).to.equal(null)
  })

  it('says which folder is missing', async () => {
    await repository.commit({ config: 'a file' })
    for (const folder of ['config', 'nowhere'])
      expect((await refused({ path: folder })).code).to.equal('NX-SOURCE-PATH')
  })

  it('puts together many small packs', async () => {
    const one = reader()
    for (let n = 0; n < 35; n += 1) {
      await repository.commit({ 'n.md': String(n) })
      await one.look(null, never)
    }
    const packs = await readdir(join(data.path, 'main', 'mirror.git', 'objects', 'pack'))
    expect(packs.filter((name) => name.endsWith('.pack')).length).to.be.at.most(31)
  })

  it('ends git when it is told to, and after its time', async () => {
    await using folder = await temporaryDirectory({ 'bin/git': '#!/bin/sh\nexec sleep 600\n' })
    await chmod(join(folder.path, 'bin/git'), 0o700)
    const passed = { PATH: `${join(folder.path, 'bin')}:${path}` }
    expect((await refused({ passed, timeoutMs: 200 })).code).to.equal('NX-SOURCE-TIMEOUT')
    const stopped = new AbortController()
    const looking = reader({ passed }).look(null, stopped.signal)
    stopped.abort(new Error('stopped'))
    expect(String(await looking.catch((error: unknown) => error))).to.equal('Error: stopped')
  })

  it('says that git is missing', async () => {
    expect((await refused({ passed: { PATH: data.path } })).code).to.equal('NX-SOURCE-GIT-MISSING')
  })
})

describe('what git is told', () => {
  it('sends credentials to the place itself, without redirects, and never prints them', async () => {
    const asked: { url: string; authorization: string | undefined }[] = []
    const server = createServer((request, response) => {
      asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
      response.writeHead(request.url?.startsWith('/moved') === true ? 302 : 401, {
        location: '/elsewhere/info/refs',
        'www-authenticate': 'Basic realm="x"',
      })
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      await using data = await temporaryDirectory()
      for (const place of ['fleet.git', 'moved/fleet.git']) {
        const parsed = parseGitLocation(`https://ada:hunter2@127.0.0.1/${place}`, (text) => text)
        expect(parsed.location).to.not.include('hunter2').and.not.include('ada')
        const access = { ...parsed, tokenFile: null, sshKeyFile: null, knownHostsFile: null }
        // The test's server speaks plain http: the same words, another protocol.
        const location = `http://127.0.0.1:${port}/${place}`
        const variables = {
          ...(await gitEnvironment(access, { PATH: path })),
          GIT_ALLOW_PROTOCOL: 'http',
          GIT_CONFIG_KEY_0: `http.http://127.0.0.1:${port}/.extraHeader`,
        }
        const call = { gitDir: data.path, variables, timeoutMs: 10_000, outputBytesMax: 65_536 }
        const error: unknown = await runGit({ ...call, words: ['ls-remote', '--', location] }).catch(
          (thrown: unknown) => thrown,
        )
        if (!(error instanceof GitFailed)) throw error
        expect(`${error.message} ${error.detail ?? ''}`).to.not.include('hunter2')
      }
      const expected = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`
      expect(asked.length).to.be.at.least(2)
      expect(asked.every(({ authorization }) => authorization === expected)).to.equal(true)
      expect(asked.some(({ url }) => url.startsWith('/elsewhere'))).to.equal(false)
    } finally {
      server.close()
    }
  })

  it('takes https, ssh, files and paths, and nothing that others can change or run', () => {
    const location = (text: string): string => parseGitLocation(text, (given) => `/base/${given}`).location
    expect(location('https://git.example.com/fleet.git')).to.equal('https://git.example.com/fleet.git')
    expect(location('git@git.example.com:ops/fleet.git')).to.equal('git@git.example.com:ops/fleet.git')
    expect(location('ssh://git@git.example.com/fleet.git')).to.equal('ssh://git@git.example.com/fleet.git')
    expect(location('../fleet')).to.equal('/base/../fleet')
    for (const text of [
      'http://git.example.com/fleet.git',
      'git://git.example.com/fleet.git',
      'ext::sh -c "touch /tmp/x"',
      '--upload-pack=touch /tmp/x',
      'ssh://-oProxyCommand=x/fleet.git',
      'ssh://git:secret@git.example.com/fleet.git',
      'https://',
      'fleet\ngit',
    ]) {
      const thrown = (() => {
        try {
          return location(text)
        } catch (error) {
          return error
        }
      })()
      expect(thrown, text).to.be.instanceOf(NxError)
      expect((thrown as NxError).code).to.equal('NX-SOURCE-LOCATION')
      expect(JSON.stringify(thrown)).to.not.include('secret')
    }
  })

  it('allows one protocol, no prompts, and none of the machine’s configuration', async () => {
    const access = parseGitLocation('git@git.example.com:fleet.git', (text) => text)
    const files = { tokenFile: null, sshKeyFile: '/keys/fleet', knownHostsFile: null }
    expect(await gitEnvironment({ ...access, ...files }, { PATH: '/bin' })).to.deep.include({
      PATH: '/bin',
      GIT_ALLOW_PROTOCOL: 'ssh',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    })
  })
})
