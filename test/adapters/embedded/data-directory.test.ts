import { expect } from 'chai'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openDataDirectory } from '../../../src/adapters/embedded/data-directory.ts'
import { processIdentity } from '../../../src/adapters/embedded/process-identity.ts'
import { acquireProcessLock } from '../../../src/adapters/embedded/process-lock.ts'
import type { NxError } from '../../../src/kernel/errors.ts'

const lockModule = join(import.meta.dirname, '../../../src/adapters/embedded/process-lock.ts')

describe('the data directory', () => {
  let parent: string
  let path: string

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'neuronx-data-'))
    path = join(parent, 'deep', 'data')
  })

  afterEach(async () => rm(parent, { recursive: true, force: true }))

  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: NxError) => error.code,
    )
  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777

  it('is made with its parents, for its owner alone', async () => {
    const directory = await openDataDirectory(path)
    expect(await modeOf(path)).to.equal(0o700)
    await directory.release()
  })

  it('refuses a second owner and names the first, until it is released', async () => {
    const first = await openDataDirectory(path)
    const error = await openDataDirectory(path).then(
      () => null,
      (thrown: NxError) => thrown,
    )
    expect(error?.code).to.equal('NX-DATA-DIR-IN-USE')
    expect(error?.detail).to.include(String(process.pid))
    await first.release()
    await (await openDataDirectory(path)).release()
    expect(await readdir(path)).to.deep.equal(['.neuronx-data'])
  })

  it('takes over the lock of a process that died', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    const identity = await processIdentity(child.pid as number)
    await once(child, 'exit')
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: child.pid, identity }))
    await (await openDataDirectory(path)).release()
  })

  it('takes over a lock whose process number now belongs to another process', async () => {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, identity: 'an earlier boot/1' }))
    await (await openDataDirectory(path)).release()
  })

  it('takes over a lock that cannot be read', async () => {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeFile(join(path, 'lock'), 'half a li')
    await (await openDataDirectory(path)).release()
  })

  it('lets one of many processes have a stale lock', async function () {
    this.timeout(30_000)
    await mkdir(path, { recursive: true, mode: 0o700 })
    const lock = join(path, 'lock')
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, identity: 'gone' }))
    const script = `import { acquireProcessLock } from ${JSON.stringify(lockModule)}
      await acquireProcessLock(${JSON.stringify(lock)}).then(() => { console.log('got it'); setInterval(() => {}, 1000) }, (e) => console.log(e.code))`
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script]),
    )
    try {
      const said = await Promise.all(
        children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
      )
      expect(said.sort()).to.deep.equal([...new Array<string>(5).fill('NX-DATA-DIR-IN-USE'), 'got it'])
    } finally {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null) return
          child.kill('SIGKILL')
          await once(child, 'exit')
        }),
      )
    }
    await (await acquireProcessLock(lock)).release()
  })

  it('makes the master key once: 32 bytes, for its owner alone', async () => {
    const directory = await openDataDirectory(path)
    const file = await directory.masterKeyFile()
    const key = await readFile(file)
    expect(key).to.have.lengthOf(32)
    expect(await modeOf(file)).to.equal(0o600)
    await directory.masterKeyFile()
    expect(await readFile(file)).to.deep.equal(key)
    await directory.release()
  })

  it('refuses a master key of the wrong length instead of replacing it', async () => {
    const directory = await openDataDirectory(path)
    const file = await directory.masterKeyFile()
    await writeFile(file, 'short')
    expect(await codeOf(directory.masterKeyFile())).to.equal('NX-MASTER-KEY')
    expect(await readFile(file, 'utf8')).to.equal('short')
    await directory.release()
  })

  it('writes variables that a shell reads back as they were, whatever they hold', async () => {
    const directory = await openDataDirectory(path)
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((value) => !/[\0\r\ud800-\udfff]/.test(value))
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const file = await directory.writeEnv({ NEURONX_A: value, NEURONX_B: 'x' })
        const read = execFileSync('/bin/sh', ['-c', `. "$1" && printf %s "$NEURONX_A"`, 'sh', file], {
          encoding: 'utf8',
        })
        expect(read).to.equal(value)
      }),
      { numRuns: 30, examples: [[`it's $HOME \`id\` "q" \\ \n end`]] },
    )
    expect(await modeOf(join(path, 'env'))).to.equal(0o600)
    await directory.release()
  })

  it('will not shut other people out of a directory that holds other files', async () => {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chmod(path, 0o755)
    await writeFile(join(path, 'theirs'), '')
    expect(await codeOf(openDataDirectory(path))).to.equal('NX-DATA-DIR')
    expect(await modeOf(path)).to.equal(0o755)
  })

  it('refuses a path that is a file', async () => {
    await writeFile(join(parent, 'file'), '')
    expect(await codeOf(openDataDirectory(join(parent, 'file')))).to.equal('NX-DATA-DIR')
  })
})
