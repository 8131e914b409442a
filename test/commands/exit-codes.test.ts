import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { expect } from 'chai'
import { closedPort } from '../support/closed-port.ts'
import { envelopeOf } from '../support/cli/envelope.ts'
import { temporaryFolder } from '../support/cli/temporary-folder.ts'
import { buildCli, resultOf, runBuiltCli, startCli } from '../support/cli/built-cli.ts'

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
    await using place = await temporaryFolder()
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
