import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { buildCli, projectRoot, resultOf, runBuiltCli, startCli } from '../support/cli/built-cli.ts'
import type { CliOptions } from '../support/cli/built-cli.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

interface Answer {
  readonly code: number | null
  readonly ok: boolean
  readonly data: Record<string, unknown>
  readonly error: { readonly code: string; readonly exit: number }
}

describe('commands on a database', function () {
  this.timeout(180_000)
  let database: TestDatabase
  let folder: string
  let env: Record<string, string>

  before(async () => {
    buildCli()
    database = await createTestDatabase()
    folder = await mkdtemp(join(tmpdir(), 'nx-commands-'))
    const keyFile = join(folder, 'master.key')
    await writeFile(keyFile, randomBytes(32), { mode: 0o600 })
    env = {
      NEURONX_DATABASE_URL: database.url,
      NEURONX_DATABASE_OWNER_URL: database.ownerUrl,
      NEURONX_MASTER_KEY_FILE: keyFile,
    }
    expect(await json(['tenant', 'create', 'acme', '--name', 'Acme Inc.', '--reason', 'test'])).to.include({
      code: 0,
    })
  })
  after(async () => {
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  async function json(args: readonly string[], options: CliOptions = {}): Promise<Answer> {
    const result = await runBuiltCli([...args, '--json'], { ...options, env: { ...env, ...options.env } })
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<Answer, 'code'>) }
  }

  async function text(
    args: readonly string[],
    options: CliOptions = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return runBuiltCli(args, { ...options, env: { ...env, ...options.env } })
  }

  it('list, show, update, suspend and resume tenants', async () => {
    expect((await text(['tenant', 'list'])).stdout).to.match(/acme\s+Acme Inc\.\s+active/)
    expect((await json(['tenant', 'update', 'acme', '--unknown-events', 'dead_letter'])).data).to.include({
      unknownEvents: 'dead_letter',
    })
    expect((await json(['tenant', 'suspend', 'acme', '--yes'])).data).to.include({ status: 'suspended' })
    const refused = await json([
      'event',
      'publish',
      '--tenant',
      'acme',
      '--type',
      'lead.created',
      '--subject',
      'lead/1',
    ])
    expect([refused.code, refused.error.code]).to.deep.equal([77, 'NX-TENANT-SUSPENDED'])
    expect((await json(['tenant', 'resume', 'acme'])).data).to.include({ status: 'active' })
    expect((await json(['tenant', 'show', 'acme'])).data).to.include({
      slug: 'acme',
      unknownEvents: 'dead_letter',
    })
  })

  it('say 1 for a slug that is taken, 65 for one that cannot be, 66 with a near name for one that is unknown', async () => {
    expect(await json(['tenant', 'create', 'acme'])).to.deep.include({ code: 1, ok: false })
    expect((await json(['tenant', 'create', 'Acme!'])).code).to.equal(65)
    const unknown = await text(['tenant', 'show', 'acne'])
    expect(unknown.code).to.equal(66)
    expect(unknown.stderr).to.include('NX-TENANT-NOT-FOUND').and.to.include('acme')
  })

  it('print a token once, alone on stdout, and take it for who asks: 77 beyond its role, 4 once it is revoked', async () => {
    const created = await text(['token', 'create', '--tenant', 'acme', '--role', 'viewer', '--label', 'test'])
    expect(created.stdout.trim()).to.match(/^nx_[0-9A-Za-z]+$/)
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, created.stdout)
    const asViewer = { env: { NEURONX_TOKEN_FILE: tokenFile } }
    expect((await json(['entity', 'list', '--tenant', 'acme'], asViewer)).code).to.equal(0)
    const denied = await json(['tenant', 'create', 'other'], asViewer)
    expect([denied.code, denied.error.code]).to.deep.equal([77, 'NX-DENIED'])
    const { data } = await json(['token', 'list', '--tenant', 'acme'])
    const [token] = data as unknown as { id: string; label: string }[]
    expect(JSON.stringify(data)).to.not.include(created.stdout.trim())
    expect((await json(['token', 'revoke', token?.id ?? '', '--tenant', 'acme', '--yes'])).code).to.equal(0)
    expect((await json(['entity', 'list', '--tenant', 'acme'], asViewer)).code).to.equal(4)
  })

  it('take a secret from stdin and never show it', async () => {
    const set = await json(['secret', 'set', 'ghl-token', '--tenant', 'acme'], { input: 'hunter2\n' })
    expect(set).to.deep.include({ code: 0 })
    const list = await text(['secret', 'list', '--tenant', 'acme'])
    expect(list.stdout)
      .to.match(/ghl-token\s+1/)
      .and.to.not.include('hunter2')
    expect((await json(['secret', 'set', 'x', '--tenant', 'acme'], { input: '' })).code).to.equal(65)
    expect(
      (
        await json(['secret', 'set', 'x', '--tenant', 'acme'], {
          input: 'v',
          env: { NEURONX_MASTER_KEY_FILE: '' },
        })
      ).code,
    ).to.equal(78)
  })

  it('publish events once, from flags and from a file, and show them', async () => {
    const flags = [
      '--tenant',
      'acme',
      '--type',
      'lead.created',
      '--subject',
      'lead/7',
      '--id',
      'e7',
      '--data',
      '{"name":"Ada"}',
    ]
    const first = await json(['event', 'publish', ...flags])
    const again = await json(['event', 'publish', ...flags])
    const [accepted] = first.data['accepted'] as { id: string; duplicate: boolean }[]
    expect(again.data['accepted']).to.deep.equal([{ id: accepted?.id, duplicate: true }])
    const lines = [1, 2, 3].map((index) =>
      JSON.stringify({
        specversion: '1.0',
        id: `f${index}`,
        source: 's',
        type: 'lead.created',
        subject: `lead/${index}`,
        data: {},
      }),
    )
    const many = await json(['event', 'publish', '--tenant', 'acme', '--from', '-'], {
      input: lines.join('\n'),
    })
    expect(many.data).to.include({ events: 3 })
    const dry = await json(['event', 'publish', '--tenant', 'acme', '--from', '-', '--dry-run'], {
      input: lines.join('\n'),
    })
    expect(dry.data).to.deep.include({ dryRun: true, accepted: [] })
    const shown = await text(['event', 'show', accepted?.id ?? '', '--tenant', 'acme'])
    expect(shown.stdout).to.include('lead/7').and.to.include('"name": "Ada"')
    const trace = await text(['event', 'trace', accepted?.id ?? '', '--tenant', 'acme'])
    expect(trace.stdout).to.include('lead.created')
    const conflict = await json(['event', 'publish', ...flags.slice(0, -1), '{"name":"Eve"}'])
    expect([conflict.code, conflict.error.code]).to.deep.equal([1, 'NX-EVENT-CONFLICT'])
  })

  it('list what is in the outbox and show its depth', async () => {
    await json([
      'event',
      'publish',
      '--tenant',
      'acme',
      '--type',
      'lead.created',
      '--subject',
      'lead/8',
      '--id',
      'o8',
    ])
    const rows = await text(['outbox', 'list', '--tenant', 'acme', '--status', 'pending', '--limit', '1'])
    expect(rows.stdout).to.include('lead.created')
    expect(rows.stderr).to.include('--cursor')
    expect((await json(['outbox', 'stats'])).data['pending'])
      .to.be.a('number')
      .and.to.be.above(0)
  })

  it('say 66 for every thing that does not exist', async () => {
    const id = '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77'
    const all = [
      ['event', 'show', id],
      ['event', 'trace', id],
      ['command', 'show', id],
      ['dlq', 'show', id],
      ['dlq', 'replay', '--group', 'fp_000000000000'],
      ['entity', 'show', 'lead/none'],
      ['score', 'explain', 'lead/none'],
      ['config', 'show', 'Workflow/none'],
    ]
    for (const args of all)
      expect((await json([...args, '--tenant', 'acme'])).code, args.join(' ')).to.equal(66)
  })

  it('list nothing as an empty page, with exit code 0 and no line on stdout', async () => {
    expect(await text(['dlq', 'list', '--tenant', 'acme'])).to.deep.include({ code: 0, stdout: '' })
    expect((await json(['command', 'list', '--tenant', 'acme'])).data).to.deep.equal({
      items: [],
      cursor: null,
    })
  })

  it('follow events until the wanted number came, one JSON object a line', async () => {
    const tail = startCli(
      ['event', 'tail', '--tenant', 'acme', '--count', '2', '--interval-ms', '50', '--json'],
      { env },
    )
    const ended = resultOf(tail)
    let next = 0
    await eventually(async () => {
      next += 1
      await json([
        'event',
        'publish',
        '--tenant',
        'acme',
        '--type',
        'lead.updated',
        '--subject',
        'lead/9',
        '--id',
        `t${next}`,
      ])
      return tail.exitCode !== null
    }, 60_000)
    const result = await ended
    const types = result.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect([result.code, types]).to.deep.equal([0, ['lead.updated', 'lead.updated']])
  })

  it('end a stream on SIGINT with 130 and on a leaving reader with 0', async () => {
    const interrupted = startCli(['top', '--interval-ms', '200'], { env })
    const ended = resultOf(interrupted)
    await new Promise<void>((resolve) => interrupted.stdout?.once('data', () => resolve()))
    interrupted.kill('SIGINT')
    const result = await ended
    expect([result.code, result.stderr]).to.deep.equal([130, ''])
    for (const line of result.stdout.trim().split('\n'))
      expect(JSON.parse(line)).to.include.keys('outboxPending', 'commands', 'tenants')

    const left = startCli(['top', '--interval-ms', '200'], { env })
    const gone = new Promise<number | null>((resolve) => left.on('exit', resolve))
    await new Promise<void>((resolve) => left.stdout?.once('data', () => resolve()))
    left.stdout?.destroy()
    expect(await gone).to.equal(0)
  })

  it('apply the example configuration once, show it, and refuse one with errors', async () => {
    const examples = join(projectRoot, 'config-examples')
    const planned = await json(['config', 'apply', examples, '--dry-run'])
    expect(planned.code).to.equal(0)
    const changed = (answer: Answer): readonly boolean[] =>
      (answer.data['scopes'] as { changed: boolean }[]).map((scope) => scope.changed)
    expect(changed(planned)).to.include(true)
    expect(changed(await json(['config', 'apply', examples, '--yes']))).to.deep.equal(changed(planned))
    expect(changed(await json(['config', 'apply', examples]))).to.not.include(true)
    expect((await text(['config', 'show', '--tenant', 'acme'])).stdout).to.include('DIGEST')
    await writeFile(join(folder, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: f\nname: g\n')
    const refused = await json(['config', 'apply', folder])
    expect([refused.code, refused.error.code]).to.deep.equal([78, 'NX-CONFIG-INVALID'])
    expect(refused.data['findings']).to.have.length.above(0)
    const said = await text(['config', 'apply', folder])
    expect(said.stderr).to.match(/neuronx\.yaml:4:1 /)
  })

  it('run the tests of the example configuration', async () => {
    const report = await json(['config', 'test', join(projectRoot, 'config-examples')])
    expect([report.code, report.data['failed']]).to.deep.equal([0, 0])
    expect(report.data['passed']).to.be.above(0)
  })
})
