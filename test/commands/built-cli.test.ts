import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { expect } from 'chai'
import {
  buildCli,
  cliEnvironment,
  projectRoot,
  resultOf,
  runBuiltCli,
  runFile,
  startCli,
} from '../support/built-cli.ts'
import { closedPort } from '../support/closed-port.ts'
import { manifestCommands } from '../cli/command-surface.ts'

interface Envelope {
  readonly schema: string
  readonly ok: boolean
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly exit: number; readonly fix: string | null }
}

function envelopeOf(stdout: string): Envelope {
  return JSON.parse(stdout) as Envelope
}

async function folder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'nx-cli-'))
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) }
}

describe('the built command line', function () {
  this.timeout(120_000)
  before(() => buildCli())

  it('prints its version, and the same as JSON', async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      version: string
    }
    const plain = await runBuiltCli(['--version'])
    expect([plain.code, plain.stdout.split(' ')[0]]).to.deep.equal([0, `neuronx/${version}`])
    const json = envelopeOf((await runBuiltCli(['--version', '--json'])).stdout)
    expect(json.data).to.include({ name: 'neuronx', version })
  })

  it('shows help for itself, a topic and a command, on stdout, with exit code 0', async () => {
    for (const args of [
      [],
      ['--help'],
      ['-h'],
      ['help'],
      ['tenant'],
      ['tenant', '--help'],
      ['help', 'tenant', 'list'],
      ['tenant', 'list', '-h'],
    ]) {
      const result = await runBuiltCli(args)
      expect([result.code, result.stderr], args.join(' ')).to.deep.equal([0, ''])
      expect(result.stdout, args.join(' ')).to.include('USAGE')
    }
  })

  it('prints one small JSON document for every command that is given a flag it does not have', async () => {
    const ids = Object.keys(manifestCommands())
    for (let first = 0; first < ids.length; first += 4) {
      const results = await Promise.all(
        ids.slice(first, first + 4).map((id) => runBuiltCli([...id.split(':'), '--nope', '--json'])),
      )
      for (const result of results) {
        expect(result.code).to.equal(64)
        expect(result.stdout.length).to.be.below(8_192)
        expect(envelopeOf(result.stdout).error).to.include({ code: 'NX-USAGE', exit: 64 })
      }
    }
  })

  it('suggests the flag that was probably meant', async () => {
    const result = await runBuiltCli(['tenant', 'list', '--jsn'])
    expect(result.code).to.equal(64)
    expect(result.stderr).to.include('There is no flag: --jsn').and.to.include('Did you mean --json?')
  })

  it('suggests the command that was probably meant, as text and as JSON, with exit code 64', async () => {
    const text = await runBuiltCli(['tenat', 'list'])
    expect([text.code, text.stdout]).to.deep.equal([64, ''])
    expect(text.stderr).to.include('NX-COMMAND-UNKNOWN').and.to.include('neuronx tenant list')
    const json = await runBuiltCli(['tenat', 'list', '--json'])
    expect(json.code).to.equal(64)
    expect(envelopeOf(json.stdout).error).to.include({
      code: 'NX-COMMAND-UNKNOWN',
      fix: 'neuronx tenant list',
    })
  })

  it('says which argument is too much', async () => {
    const result = await runBuiltCli(['tenant', 'list', 'extra'])
    expect(result.code).to.equal(64)
    expect(result.stderr).to.include('Unexpected argument: extra')
  })

  it('prints no escape code when it is piped, also for errors', async () => {
    for (const args of [['--help'], ['tenant', 'list', '--help'], ['tenat'], ['tenant', 'list', '--nope']]) {
      const { stdout, stderr } = await runBuiltCli(args, { env: { TERM: 'xterm-256color' } })
      expect(stdout + stderr, args.join(' ')).to.not.include('\u001b')
    }
  })

  it('lets NO_COLOR win over FORCE_COLOR', async () => {
    const forced = await runBuiltCli(['tenat'], { env: { FORCE_COLOR: '1' } })
    expect(forced.stderr).to.include('\u001b')
    const none = await runBuiltCli(['tenat'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(none.stderr).to.not.include('\u001b')
  })

  it('ends with 0 when its reader leaves after the first line', async () => {
    const script = '"$0" "$@" | head -1; echo "exit ${PIPESTATUS[0]}"'
    const child = spawn('bash', ['-c', script, process.execPath, runFile, '--help'], {
      env: cliEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const result = await resultOf(child)
    expect(result.stdout.trim().split('\n')).to.have.length(2)
    expect([result.stdout.trim().split('\n')[1], result.stderr]).to.deep.equal(['exit 0', ''])
  })

  it('delivers all of a large JSON to a slow reader and keeps its exit code', async () => {
    await using place = await folder()
    await mkdir(join(place.path, 'global'))
    await writeFile(join(place.path, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: big\n')
    const document = (index: number): string => `apiVersion: neuronx/v1\nkind: Nonsense\nname: n${index}\n`
    for (let file = 0; file < 20; file += 1) {
      await writeFile(
        join(place.path, 'global', `f${file}.yaml`),
        Array.from({ length: 40 }, (_, index) => document(file * 40 + index)).join('---\n'),
      )
    }
    const script = '"$0" "$@" | (sleep 0.3; cat); echo "exit ${PIPESTATUS[0]}"'
    const args = ['-c', script, process.execPath, runFile, 'config', 'validate', place.path, '--json']
    const result = await resultOf(
      spawn('bash', args, { env: cliEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    const end = result.stdout.lastIndexOf('exit ')
    const envelope = envelopeOf(result.stdout.slice(0, end))
    expect(end).to.be.above(128 * 1024)
    expect((envelope.data as { findings: unknown[] }).findings.length).to.be.at.least(800)
    expect(result.stdout.slice(end).trim()).to.equal('exit 78')
  })
})

describe('what --help loads', function () {
  this.timeout(120_000)
  before(() => buildCli())

  const heavy = [
    'knex',
    'pg',
    'nats',
    'ink',
    'react',
    'fastify',
    'undici',
    'zod',
    'yaml',
    'listr2',
    'pino',
    'cosmiconfig',
    '@marcbachmann/cel-js',
    'liquidjs',
  ]

  async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
    await using place = await folder()
    const to = join(place.path, 'modules')
    const counter = fileURLToPath(new URL('../support/count-modules.mjs', import.meta.url))
    await runBuiltCli(args, { node: ['--import', counter], env: { COUNT_MODULES_TO: to } })
    return (await readFile(to, 'utf8')).split('\n').map((url) => relative(projectRoot, fileURLToPath(url)))
  }

  for (const args of [
    ['--version'],
    ['--help'],
    ['tenant', 'list', '--help'],
    ['tenant', 'list', '--nope'],
  ]) {
    it(`is a handful of files and none of the heavy packages: ${args.join(' ')}`, async () => {
      const packages = JSON.parse(
        readFileSync(join(projectRoot, 'dist', '.packages.json'), 'utf8'),
      ) as Record<string, string[]>
      const loaded = (await loadedBy(args)).filter((file) => !file.startsWith('test/'))
      expect(loaded).to.include('dist/cli.js')
      expect(loaded.length).to.be.at.most(args[0] === '--version' ? 8 : 20)
      expect(loaded.filter((file) => file.startsWith('node_modules/'))).to.deep.equal([])
      const held = loaded.flatMap((file) => packages[relative('dist', file)] ?? [])
      expect(held.filter((name) => heavy.includes(name))).to.deep.equal([])
    })
  }

  it('would be noticed: a command that checks files does load a YAML parser', async () => {
    const packages = JSON.parse(readFileSync(join(projectRoot, 'dist', '.packages.json'), 'utf8')) as Record<
      string,
      string[]
    >
    const loaded = await loadedBy(['config', 'validate', 'config-examples'])
    expect(loaded.flatMap((file) => packages[relative('dist', file)] ?? [])).to.include('yaml')
  })
})

describe('exit codes of the built command line', function () {
  this.timeout(120_000)
  before(() => buildCli())

  const cases: readonly (readonly [
    string,
    number,
    string,
    readonly string[],
    { env?: Record<string, string>; input?: string },
  ])[] = [
    ['a confirmation that nobody can give', 64, 'NX-CONFIRM', ['db', 'rollback'], {}],
    ['a tenant that is not named', 64, 'NX-TENANT-REQUIRED', ['event', 'show', 'x'], {}],
    [
      'events that are not JSON',
      65,
      'NX-EVENT-JSON',
      ['event', 'publish', '--tenant', 'acme', '--from', '-'],
      { input: '{oops' },
    ],
    [
      'events that are not CloudEvents',
      65,
      'NX-EVENT-INVALID',
      ['event', 'publish', '--tenant', 'acme', '--from', '-'],
      { input: '{"id":"1"}' },
    ],
    [
      'a directory that does not exist',
      66,
      'NX-CONFIG-DIRECTORY',
      ['config', 'validate', '/nonexistent'],
      {},
    ],
    [
      'a file that does not exist',
      74,
      'NX-INPUT-FILE',
      ['event', 'publish', '--tenant', 'acme', '--from', '/nonexistent'],
      {},
    ],
    ['no database in the settings', 78, 'NX-DB-NOT-CONFIGURED', ['tenant', 'list'], {}],
    [
      'a variable that is not a URL',
      78,
      'NX-SETTINGS-VALUE',
      ['tenant', 'list'],
      { env: { NEURONX_DATABASE_URL: 'hunter2' } },
    ],
  ]
  for (const [title, code, error, args, options] of cases) {
    it(`are ${code} for ${title}, the same in text and JSON`, async () => {
      const text = await runBuiltCli(args, options)
      expect([text.code, text.stdout]).to.deep.equal([code, ''])
      expect(text.stderr)
        .to.include(error)
        .and.to.not.include('hunter2')
        .and.to.not.match(/\n\s+at /)
      const json = await runBuiltCli([...args, '--json'], options)
      expect([json.code, json.stderr]).to.deep.equal([code, ''])
      expect(envelopeOf(json.stdout).error).to.include({ code: error, exit: code })
    })
  }

  it('are 69 for a database that does not answer, without its password', async () => {
    const url = `postgres://user:hunter2@127.0.0.1:${await closedPort()}/nx`
    const result = await runBuiltCli(['tenant', 'list', '--json'], { env: { NEURONX_DATABASE_URL: url } })
    expect(result.code).to.equal(69)
    expect(envelopeOf(result.stdout).error).to.include({ exit: 69, retryable: true })
    expect(result.stdout).to.not.include('hunter2')
  })

  it('are 0, 75 and 69 for a daemon that is ready, that is not, and that is not there', async () => {
    let status = 200
    const server = createServer((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"postgres":"ok"}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const listen = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const ask = async (): Promise<number | null> =>
      (await runBuiltCli(['daemon', 'status', '--ops-listen', listen, '--json'])).code
    expect(await ask()).to.equal(0)
    status = 503
    expect(await ask()).to.equal(75)
    await new Promise((resolve) => server.close(resolve))
    expect(await ask()).to.equal(69)
  })

  it('are 78 for a configuration with errors, with every finding in data', async () => {
    await using place = await folder()
    await writeFile(
      join(place.path, 'neuronx.yaml'),
      'apiVersion: neuronx/v1\nkind: Fleet\nname: f\nname: g\n',
    )
    const result = await runBuiltCli(['config', 'validate', place.path, '--json'])
    const { ok, data } = envelopeOf(result.stdout) as {
      ok: boolean
      data: { findings: Record<string, unknown>[] }
    }
    expect([result.code, ok]).to.deep.equal([78, false])
    expect(data.findings[0]).to.include.keys('file', 'line', 'column', 'code', 'message', 'fix', 'severity')
    const text = await runBuiltCli(['config', 'validate', place.path])
    expect(text.stdout).to.match(/neuronx\.yaml:4:1 {2}NX-/)
  })

  it('are 70 for a bug, with its stack only under -vv', async () => {
    const breakCwd = 'data:text/javascript,process.cwd = () => { throw new RangeError("broken on purpose") }'
    const result = await runBuiltCli(['daemon', 'status'], { node: ['--import', breakCwd] })
    expect(result.code).to.equal(70)
    expect(result.stderr)
      .to.include('NX-BUG')
      .and.to.include('broken on purpose')
      .and.to.not.match(/\n\s+at /)
    const loud = await runBuiltCli(['daemon', 'status', '-vv'], { node: ['--import', breakCwd] })
    expect(loud.stderr).to.match(/\n\s+at /)
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`are ${code} for ${signal}, with one JSON document`, async () => {
      const child = startCli(['event', 'publish', '--tenant', 'acme', '--from', '-', '--json'], {
        node: ['--import', announceListener(signal)],
      })
      const ended = resultOf(child)
      // The command waits for its stdin; the preload says when it listens for the signal.
      await new Promise<void>((resolve) =>
        child.stderr?.on('data', (chunk: Buffer | string) =>
          String(chunk).includes('listening') ? resolve() : undefined,
        ),
      )
      child.kill(signal)
      const result = await ended
      expect([result.code, result.signal]).to.deep.equal([code, null])
      expect(envelopeOf(result.stdout).error).to.include({ code: 'NX-INTERRUPTED', exit: code })
    })
  }
})

/** A preload that says on stderr when somebody listens for the signal. */
function announceListener(signal: string): string {
  return `data:text/javascript,process.on('newListener', (name) => { if (name === '${signal}') setImmediate(() => process.stderr.write('listening')) })`
}
