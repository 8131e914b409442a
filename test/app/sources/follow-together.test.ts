import { expect } from 'chai'
import { fork } from 'node:child_process'
import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClaimedSource } from '../../../src/control-plane/sources/source-store.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'
import { eventually } from '../../support/eventually.ts'
import { followedInstallation } from '../../support/sources/followed-installation.ts'
import type { FollowedInstallation } from '../../support/sources/followed-installation.ts'
import { configuration, gitRepository, leadType } from '../../support/sources/git-repository.ts'

describe('sources of several daemons', function () {
  this.timeout(60_000)
  let at: FollowedInstallation

  beforeEach(async () => {
    at = await followedInstallation()
  })
  afterEach(async () => at[Symbol.asyncDispose]())

  it('are followed by one of them, and by another when that one stops', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const source = { name: 'main', git: repository.path }
    const [first, second] = [at.loop(source), at.loop(source)]
    const followed = await at.look(first)
    await at.look(second)
    expect([first.counters.looks, second.counters.looks]).to.deep.equal([1, 0])
    await repository.commit(configuration('phone: string'))
    await at.look(second)
    expect(await at.activeFields()).to.equal('name')
    await first.stop()
    const taken = await at.look(second)
    expect(taken.followedBy).to.be.a('string').and.not.equal(followed.followedBy)
    expect(await at.activeFields()).to.equal('phone')
  })

  it('are left alone by those whose settings are others, so that a rolling change of settings goes one way', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const before = at.loop({ name: 'main', git: repository.path })
    await at.look(before)
    repository.git('checkout', '--quiet', '-b', 'next')
    await repository.commit(configuration('phone: string'))
    const after = at.loop({ name: 'main', git: repository.path, branch: 'next' })
    await at.look(after)
    expect(await at.activeFields()).to.equal('phone')
    await at.look(before)
    expect(before.counters.looks).to.equal(1)
    expect(await at.activeFields()).to.equal('phone')
  })

  it('change nothing under a lease that somebody else has got meanwhile', async () => {
    await using repository = await gitRepository()
    const commit = await repository.commit(configuration('name: string'))
    const { sources } = at.operator
    const loop = at.loop({ name: 'main', git: repository.path })
    await at.look(loop)
    const settings = { ...(await at.status()), reason: null }
    await loop.stop()
    await sources.requestSync('main', at.operator.actor, null)
    const late = await sources.claim([settings], 'late', 1)
    if (late === null) throw new Error('nothing was due')
    const claims: (ClaimedSource | null)[] = []
    await eventually(async () => {
      claims.push(await sources.claim([settings], 'next', 60_000))
      return claims.at(-1) !== null
    })
    const next = claims.at(-1)
    if (next == null) throw new Error('nobody got it')
    const outcome = { ...late.status, state: 'broken', message: 'late' } as const
    expect(await sources.record(late, outcome, 0, 0)).to.equal(false)
    expect(await sources.renew(late, 1_000)).to.equal(false)
    expect((await at.status()).state).to.equal('in_sync')
    expect(await sources.record(next, { ...outcome, message: 'in time' }, 1_000, 1_000)).to.equal(true)
    expect((await at.status()).message).to.equal('in time')
    expect((await at.status()).memory.seen).to.equal(commit)
  })

  it('are resumed after a kill in the middle of a fetch, of a checkout and after an apply', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const loop = at.loop({ name: 'main', git: repository.path })
    await at.look(loop)
    await repository.commit(configuration('phone: string'))
    const mirror = join(at.dataDir, 'sources', 'main', 'mirror.git')
    // What a killed git and a killed daemon leave behind.
    await writeFile(join(mirror, 'refs', 'neuronx', 'head.lock'), '')
    await writeFile(join(mirror, 'objects', 'pack', 'tmp_pack_abc'), 'half')
    await mkdir(join(at.dataDir, 'sources', 'main', 'checkout-dead', 'tenants'), { recursive: true })
    const resumed = await at.look(loop)
    expect(resumed.state, resumed.message).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('phone')
    expect(await readdir(join(at.dataDir, 'sources', 'main'))).to.deep.equal(['mirror.git'])
    const before = await at.operator.revisions.activations({ limit: 100 })
    await at.forget('main')
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.operator.revisions.activations({ limit: 100 }), 'nothing is applied twice').to.deep.equal(
      before,
    )
  })

  it('are followed again when the clone on disk is damaged', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    const loop = at.loop({ name: 'main', git: repository.path })
    await at.look(loop)
    const packs = join(at.dataDir, 'sources', 'main', 'mirror.git', 'objects', 'pack')
    for (const name of await readdir(packs)) {
      await chmod(join(packs, name), 0o600)
      await writeFile(join(packs, name), 'garbage')
    }
    await repository.commit(configuration('phone: string'))
    const healed = await at.look(loop)
    expect(healed.state, healed.message).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('phone')
  })

  it('survive a daemon that is killed while git is talking', async () => {
    await using repository = await gitRepository()
    await repository.commit(configuration('name: string'))
    await using folder = await temporaryDirectory()
    // A git that never answers as long as its daemon lives, first in the PATH of the daemon that is killed.
    await folder.write({ 'bin/git': '#!/bin/sh\nwhile kill -0 $PPID 2>/dev/null; do sleep 0.1; done\n' })
    await chmod(join(folder.path, 'bin', 'git'), 0o700)
    const child = fork('test/support/sources/hanging-follower.ts', [at.url, at.dataDir, repository.path], {
      env: { ...process.env, PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}` },
      stdio: 'ignore',
    })
    await eventually(async () => ((await at.operator.sources.list())[0]?.followedBy ?? null) !== null)
    child.kill('SIGKILL')
    const loop = at.loop({ name: 'main', git: repository.path })
    await eventually(async () => (await at.look(loop)).state === 'in_sync', 30_000)
    expect(await at.activeFields()).to.equal('name')
  })
})

describe('following a directory', function () {
  this.timeout(60_000)
  let at: FollowedInstallation

  beforeEach(async () => {
    at = await followedInstallation()
  })
  afterEach(async () => at[Symbol.asyncDispose]())

  it('applies what it holds, keeps it when a file is half-written, and when it has gone', async () => {
    await using directory = await temporaryDirectory(configuration('name: string'))
    const loop = at.loop({ name: 'main', directory: directory.path })
    expect((await at.look(loop)).state).to.equal('in_sync')
    await directory.write({ 'tenants/acme/lead.yaml': 'apiVersion: neuronx/v1\nkind: Ent' })
    const broken = await at.look(loop)
    expect(broken.state, broken.message).to.equal('broken')
    expect(broken.findings[0]?.file).to.equal(join(directory.path, 'tenants/acme/lead.yaml'))
    await directory.write({ 'tenants/acme/lead.yaml': leadType('phone: string') })
    expect((await at.look(loop)).state).to.equal('in_sync')
    await rm(join(directory.path, 'neuronx.yaml'))
    expect((await at.look(loop)).findings[0]?.code, 'an emptied directory empties nothing').to.equal(
      'NX-CONFIG-NO-FLEET',
    )
    await rm(directory.path, { recursive: true })
    expect(await at.look(loop)).to.deep.include({ state: 'unreachable', code: 'NX-SOURCE-DIRECTORY' })
    expect(await at.activeFields()).to.equal('phone')
  })

  it('does not take a directory while it is being written', async () => {
    await using directory = await temporaryDirectory(configuration('name: string'))
    const loop = at.loop({ name: 'main', directory: directory.path })
    await at.look(loop)
    await directory.write({ 'tenants/acme/lead.yaml': leadType('first: string') })
    let writes = 0
    const timer = setInterval(() => {
      writes += 1
      void writeFile(join(directory.path, 'tenants/acme/lead.yaml'), leadType(`f${writes}: string`))
    }, 50)
    try {
      expect(await at.look(loop)).to.deep.include({ state: 'pending', code: 'NX-SOURCE-MOVING' })
      expect(await at.activeFields()).to.equal('name')
    } finally {
      clearInterval(timer)
    }
    expect(
      (await eventually(async () => (await at.look(loop)).state === 'in_sync')) && (await at.activeFields()),
    ).to.match(/^f\d+$/)
  })

  it('takes a version that is swapped in by a link', async () => {
    await using folder = await temporaryDirectory()
    const write = async (version: string, fields: string): Promise<void> => {
      const files = Object.entries(configuration(fields)).map(([name, text]) => [`${version}/${name}`, text])
      await folder.write(Object.fromEntries(files) as Record<string, string>)
      await symlink(version, join(folder.path, 'next'))
      await rename(join(folder.path, 'next'), join(folder.path, 'current'))
    }
    await write('v1', 'name: string')
    const loop = at.loop({ name: 'main', directory: join(folder.path, 'current') })
    await at.look(loop)
    await write('v2', 'phone: string')
    expect((await at.look(loop)).state).to.equal('in_sync')
    expect(await at.activeFields()).to.equal('phone')
  })
})
