import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { buildCli, cliEnvironment, resultOf, runFile } from '../support/cli/built-cli.ts'
import { eventually } from '../support/eventually.ts'

// The first process believes that it is an old Node; the one that it starts (it has a channel) does not.
const pretendOld =
  'data:text/javascript,if (!process.channel) Object.defineProperty(process.versions, "node", { value: "20.11.0" })'

function startOld(file: string, args: readonly string[]): ChildProcess {
  const nodeArgs = ['--import', pretendOld, file, ...args]
  return spawn(process.execPath, nodeArgs, { env: cliEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] })
}

/** A checkout with bin/run.js and nothing else. */
async function emptyCheckout(): Promise<{ file: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'nx-launcher-'))
  await mkdir(join(path, 'bin'))
  await copyFile(runFile, join(path, 'bin', 'run.js'))
  await writeFile(join(path, 'package.json'), '{"type":"module"}')
  return {
    file: join(path, 'bin', 'run.js'),
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }),
  }
}

/** Ids of the processes that this one started, as far as they still run. Linux and macOS. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await resultOf(spawn('ps', ['-A', '-o', 'pid=,ppid=']))
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The waiting command that an old Node's launcher started. */
async function startWaiting(): Promise<{
  launcher: ChildProcess
  child: number
  ended: ReturnType<typeof resultOf>
}> {
  const launcher = startOld(runFile, ['event', 'publish', '--tenant', 'acme', '--from', '-'])
  const ended = resultOf(launcher)
  const child = await eventually(async () => {
    const [first] = await childrenOf(launcher.pid ?? -1)
    if (first === undefined) throw new Error('The command has not started')
    return first
  })
  return { launcher, child, ended }
}

describe('bin/run.js on an old Node', function () {
  this.timeout(120_000)
  before(() => buildCli())

  it('runs the command on the Node that the packages brought, with its output and exit code', async () => {
    const version = await resultOf(startOld(runFile, ['--version']))
    expect([version.code, version.stdout]).to.deep.equal([0, version.stdout])
    expect(version.stdout).to.match(/^neuronx\/.* node-v2[2-9]/)
    const unknown = await resultOf(startOld(runFile, ['tenat']))
    expect(unknown.code).to.equal(64)
  })

  it('hands SIGTERM on and ends with the exit code of the command', async () => {
    const { launcher, child, ended } = await startWaiting()
    // Until the command listens, SIGTERM ends it by itself (no code, a signal); ask again until one of both has happened.
    const timer = setInterval(() => launcher.kill('SIGTERM'), 50)
    const result = await ended
    clearInterval(timer)
    expect(result.code === 143 || result.signal === 'SIGTERM').to.be.true
    expect(isAlive(child)).to.be.false
  })

  it('leaves no command behind when it is killed itself', async () => {
    const { launcher, child, ended } = await startWaiting()
    launcher.stdin?.on('error', () => {})
    launcher.kill('SIGKILL')
    await ended
    await eventually(() => !isAlive(child))
  })
})

describe('bin/run.js without what it needs', function () {
  this.timeout(60_000)

  it('says how to get a newer Node when the packages are not installed, with exit code 69', async () => {
    await using checkout = await emptyCheckout()
    const text = await resultOf(startOld(checkout.file, ['--version']))
    expect([text.code, text.stdout]).to.deep.equal([69, ''])
    expect(text.stderr).to.include('NX-NODE-TOO-OLD').and.to.include('npm ci')
    const json = await resultOf(startOld(checkout.file, ['tenant', 'list', '--json']))
    expect(JSON.parse(json.stdout)).to.deep.include({ schema: 'neuronx/v1/Error', ok: false })
  })

  it('says how to build when there is no build, with exit code 69', async () => {
    await using checkout = await emptyCheckout()
    const child = spawn(process.execPath, [checkout.file, '--version'], {
      env: cliEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const result = await resultOf(child)
    expect([result.code, result.stdout]).to.deep.equal([69, ''])
    expect(result.stderr).to.include('NX-NOT-BUILT').and.to.include('npm run build')
  })
})
