import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { resultOf, startCli } from '../support/cli/built-cli.ts'
import { querySuperuser } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { stuckInstallation } from '../support/cli/stuck-installation.ts'
import type { CliAnswer, StuckInstallation } from '../support/cli/stuck-installation.ts'

interface Job {
  readonly id: string
  readonly status: string
  readonly counts: { readonly total: number; readonly done: number; readonly skipped: number }
}

const unknown = '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77'
const because = ['--reason', 'test']

describe('commands on dead letters', function () {
  this.timeout(180_000)
  let stuck: StuckInstallation

  before(async () => {
    stuck = await stuckInstallation()
  })
  after(async () => stuck[Symbol.asyncDispose]())
  beforeEach(async () => {
    await stuck.queue.reset()
    await querySuperuser(stuck.queue.test, 'truncate job, job_item')
  })

  const jobOf = ({ data }: CliAnswer): Job => data['job'] as Job
  const statusOf = async (letter: string): Promise<string> =>
    String((await stuck.json(['dlq', 'show', letter])).data['status'])

  it('group letters by trouble and say what to type next', async () => {
    await stuck.die('3', 'in_doubt')
    expect((await stuck.text(['dlq', 'groups'])).stderr).to.match(/dlq resolve --group fp_\S+ --outcome /)
    for (const lead of ['1', '2']) await stuck.die(lead)
    const { data } = await stuck.json(['dlq', 'groups', '--since', '1h'])
    const groups = data as unknown as { fingerprint: string; open: number; class: string }[]
    expect(groups.map((group) => [group.class, group.open])).to.have.deep.members([
      ['permanent', 2],
      ['in_doubt', 1],
    ])
    const said = await stuck.text(['dlq', 'groups'])
    expect(said.stdout).to.match(/^GROUP +OPEN +ALL/)
    expect(said.stderr).to.match(/neuronx dlq replay --group fp_[0-9a-f]{12} --tenant acme --dry-run/)
  })

  it('list by entity, code, source, time and status', async () => {
    const { letter } = await stuck.die('1')
    await stuck.die('2')
    const idsOf = async (...filter: string[]): Promise<readonly string[]> => {
      const { data } = await stuck.json(['dlq', 'list', ...filter])
      return (data['items'] as { id: string }[]).map((item) => item.id)
    }
    expect(await idsOf('--entity', 'lead:1')).to.deep.equal([letter])
    expect(await idsOf('--code', 'NX-VENDOR-500', '--source', 'command', '--adapter', 'sink')).to.have.length(
      2,
    )
    expect(await idsOf('--since', '1h', '--until', '30m')).to.deep.equal([])
    expect(await idsOf('--source', 'webhook')).to.deep.equal([])
    expect(await idsOf('--status', 'resolved')).to.deep.equal([])
    expect(await idsOf('--status', 'all')).to.have.length(2)
  })

  it('show how a letter came about and what a replay would do, personal data masked unless --raw', async () => {
    const { letter } = await stuck.die('1', 'dead', { input: { lead: 'ada@example.com', score: 7 } })
    const shown = await stuck.text(['dlq', 'show', letter])
    expect(shown.stdout).to.include('sink.hit').and.to.include('idempotency key unchanged')
    expect(shown.stdout).to.include('a***@example.com').and.to.not.include('ada@example.com')
    const raw = await stuck.json(['dlq', 'show', letter, '--raw'])
    expect(JSON.stringify(raw.data['command'])).to.include('ada@example.com')
  })

  it('replay one letter without asking, and end with 1 when it is under way already', async () => {
    const { letter, command } = await stuck.die('1')
    const first = await stuck.json(['dlq', 'replay', letter])
    expect([first.code, first.ok, jobOf(first).status]).to.deep.equal([0, true, 'succeeded'])
    expect(await stuck.queue.stateOf(command)).to.equal('ready')
    expect(await statusOf(letter)).to.equal('replaying')
    const again = await stuck.json(['dlq', 'replay', letter])
    expect([again.code, again.ok, jobOf(again).counts.skipped]).to.deep.equal([1, false, 1])
  })

  it('replay what a filter finds, and end with 3 when some are in doubt', async () => {
    const { command } = await stuck.die('1')
    const doubt = await stuck.die('2', 'in_doubt')
    const answer = await stuck.json(['dlq', 'replay', '--integration', 'sink', '--yes', ...because])
    expect([answer.code, jobOf(answer).counts]).to.deep.include.members([3])
    expect(jobOf(answer).counts).to.include({ total: 2, done: 1, skipped: 1 })
    expect(await stuck.queue.stateOf(command)).to.equal('ready')
    expect(await stuck.queue.stateOf(doubt.command)).to.equal('in_doubt')
    const items = answer.data['items'] as { target: string; status: string; note: string }[]
    expect(items.find((item) => item.target === doubt.letter)).to.include({ status: 'skipped' })
  })

  it('say 66 for unknown ids and for filters that match nothing, and change nothing', async () => {
    const { letter, command } = await stuck.die('1')
    for (const args of [
      ['replay', unknown],
      ['replay', letter, unknown, '--yes', ...because],
      ['replay', '--group', 'fp_000000000000', '--yes', ...because],
      ['replay', '--group', 'fp_000000000000', '--dry-run'],
      ['replay', '--group', 'fp_000000000000'],
      ['discard', unknown, ...because],
      ['resolve', unknown, '--outcome', 'skip', '--evidence', 'x'],
      ['edit', unknown, '--set', 'lead=2', ...because],
    ])
      expect((await stuck.json(['dlq', ...args])).code, args.join(' ')).to.equal(66)
    expect(await stuck.queue.stateOf(command)).to.equal('dead')
  })

  it('refuse to guess: 64 without a filter, without a reason, without a confirmation', async () => {
    await stuck.die('1')
    const refused: readonly (readonly [readonly string[], string])[] = [
      [['replay', ...because], 'NX-USAGE'],
      [['replay', unknown, '--all', ...because], 'NX-USAGE'],
      [['replay', '--all', ...because], 'NX-CONFIRM'],
      [['discard', '--all', '--yes'], 'NX-REASON'],
      [['discard', '--all', ...because], 'NX-CONFIRM'],
      [['replay', '--all', '--rate', 'fast', ...because], 'NX-RATE'],
      [['replay', '--all', '--stop-on-fail', 'often', ...because], 'NX-SHARE'],
    ]
    for (const [args, code] of refused) {
      const answer = await stuck.json(['dlq', ...args])
      expect([answer.code, answer.error.code], args.join(' ')).to.deep.equal([64, code])
    }
  })

  it('repeat what may take effect twice only when the tenant is confirmed by name', async () => {
    const { letter, command } = await stuck.die('1', 'in_doubt')
    const args = ['dlq', 'replay', letter, '--include-in-doubt', '--yes']
    const unnamed = await stuck.json(args)
    expect([unnamed.code, unnamed.error.code]).to.deep.equal([64, 'NX-CONFIRM'])
    expect(unnamed.error.fix).to.include('--confirm acme')
    expect((await stuck.json([...args, '--confirm', 'acne'])).error.code).to.equal('NX-DECLINED')
    expect(await stuck.queue.stateOf(command)).to.equal('in_doubt')
    expect((await stuck.json([...args, '--confirm', 'acme'])).code).to.equal(0)
    expect(await stuck.queue.stateOf(command)).to.equal('ready')
  })

  it('replay under a new key as another command that names its parent', async () => {
    const { letter, command } = await stuck.die('1')
    const args = ['dlq', 'replay', letter, '--new-key', '--confirm', 'acme']
    const answer = await stuck.json(args)
    const [item] = answer.data['items'] as { note: string }[]
    const made = /[0-9a-f-]{36}/.exec(item?.note ?? '')?.[0] ?? ''
    const { data } = await stuck.json(['command', 'show', made])
    expect(data['command']).to.include({ parentId: command.id }).and.to.not.include({
      idempotencyKey: command.idempotencyKey,
    })
  })

  it('show the plan of a dry run and change nothing', async () => {
    const { command } = await stuck.die('1')
    await stuck.die('2', 'in_doubt')
    const answer = await stuck.json(['dlq', 'replay', '--all', '--dry-run', '--rate', '1/s'])
    expect(answer.data['plan']).to.deep.include({ total: 2, skipped: { 'in doubt': 1 } })
    expect([answer.code, answer.data['job']]).to.deep.equal([0, null])
    const said = await stuck.text(['dlq', 'discard', '--all', '--dry-run'])
    expect(said.stdout).to.include('2: 2 would be discarded')
    expect(await stuck.queue.stateOf(command)).to.equal('dead')
    expect((await stuck.json(['job', 'list'])).data['items']).to.deep.equal([])
  })

  it('resolve and discard, one and many', async () => {
    const [one, two, three] = [await stuck.die('1'), await stuck.die('2', 'in_doubt'), await stuck.die('3')]
    const evidence = ['--evidence', 'seen in the vendor’s console']
    const done = ['dlq', 'resolve', two.letter, '--outcome', 'done-elsewhere', ...evidence]
    expect((await stuck.json(done)).code).to.equal(0)
    expect([await statusOf(two.letter), await stuck.queue.stateOf(two.command)]).to.deep.equal([
      'resolved',
      'succeeded',
    ])
    expect(
      (await stuck.json(['dlq', 'discard', '--code', 'NX-VENDOR-500', '--yes', ...because])).code,
    ).to.equal(0)
    expect([await statusOf(one.letter), await statusOf(three.letter)]).to.deep.equal([
      'discarded',
      'discarded',
    ])
  })

  it('edit an input that does not fit to one that does', async () => {
    const { letter, command } = await stuck.die('1')
    const edit = ['dlq', 'edit', letter, '--yes', ...because]
    const misfit = await stuck.json([...edit, '--set', 'colour=red'])
    expect([misfit.code, misfit.error.code]).to.deep.equal([65, 'NX-CONNECTOR-INPUT'])
    expect((await stuck.json([...edit, '--set', 'lead="1"'])).error.code).to.equal('NX-DLQ-UNCHANGED')
    expect((await stuck.json(['dlq', 'edit', letter, '--set', 'lead=2', ...because])).code).to.equal(64)
    const patch = join(stuck.folder, 'patch.yaml')
    await writeFile(patch, 'lead: "2"\n')
    const dry = await stuck.text(['dlq', 'edit', letter, '--patch', patch, '--dry-run'])
    expect(dry.stdout).to.equal('- lead: "1"\n+ lead: "2"\n')
    const edited = await stuck.json([...edit, '--patch', patch])
    expect(edited.data).to.deep.include({
      parentId: command.id,
      changes: [{ path: 'lead', before: '1', after: '2' }],
    })
    const made = await stuck.json(['command', 'show', String(edited.data['commandId'])])
    expect(made.data['command']).to.deep.include({ input: { lead: '2', score: 7 }, parentId: command.id })
    expect(await statusOf(letter)).to.equal('resolved')
  })

  it('edit with an editor', async () => {
    const { letter } = await stuck.die('1')
    const editor = join(stuck.folder, 'editor.sh')
    await writeFile(editor, '#!/bin/sh\nsed -i "s/score: 7/score: 8/" "$1"\n', { mode: 0o755 })
    const edited = await stuck.json(['dlq', 'edit', letter, '--editor', '--yes', ...because], {
      env: { EDITOR: editor },
    })
    expect(edited.data['changes']).to.deep.equal([{ path: 'score', before: 7, after: 8 }])
    const failed = await stuck.json(['dlq', 'edit', letter, '--editor', '--yes', ...because], {
      env: { EDITOR: '/nonexistent/editor' },
    })
    expect([failed.code, failed.error.code]).to.deep.equal([74, 'NX-EDITOR'])
  })

  it('export lines that import takes in once', async () => {
    const letters = [(await stuck.die('1')).letter, (await stuck.die('2')).letter]
    const file = join(stuck.folder, 'letters.jsonl')
    expect((await stuck.text(['dlq', 'export', '--output', file])).code).to.equal(0)
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).to.deep.equal(letters)
    const piped = await stuck.text(['dlq', 'export', '--entity', 'lead/2'])
    expect(piped.stdout.trim()).to.equal(lines[1])
    expect((await stuck.json(['dlq', 'export', '--output', file])).code).to.equal(74)

    await querySuperuser(stuck.queue.test, 'truncate dead_letter')
    const take = ['dlq', 'import', file, ...because]
    expect((await stuck.json([...take, '--dry-run'])).data).to.include({ imported: 2, dryRun: true })
    expect((await stuck.json(take)).data).to.include({ imported: 2, known: 0 })
    const again = await stuck.json(['dlq', 'import', '-', ...because], { input: lines.join('\n') })
    expect(again.data).to.include({ imported: 0, known: 2 })
    const bad = await stuck.json(['dlq', 'import', '-', ...because], { input: `${lines[0]}\nnonsense\n` })
    expect([bad.code, bad.error.code]).to.deep.equal([65, 'NX-DLQ-IMPORT'])
    expect(bad.error).to.have.nested.property('where.line', 2)
  })

  it('export everything to a reader that takes all, and end with 0 when it leaves', async () => {
    const { letter } = await stuck.die('1', 'dead', { input: { lead: 'x'.repeat(20_000) } })
    await querySuperuser(
      stuck.queue.test,
      `insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, payload, fingerprint)
       select gen_random_uuid(), tenant_id, workspace, 'event', class, code, reason, to_jsonb(repeat('x', 5000)), fingerprint
       from dead_letter, generate_series(1, 2000) where id = $1`,
      [letter],
    )
    const all = await stuck.text(['dlq', 'export'])
    expect(all.stdout.trim().split('\n')).to.have.length(2001)
    const left = startCli(['dlq', 'export'], { env: stuck.env })
    const gone = new Promise<number | null>((resolve) => left.on('exit', resolve))
    await new Promise<void>((resolve) => left.stdout?.once('data', () => resolve()))
    left.stdout?.destroy()
    expect(await gone).to.equal(0)
  })

  it('leave a job behind on Ctrl-C, say what becomes of it, and go on with it later', async () => {
    for (const lead of ['1', '2', '3', '4', '5', '6']) await stuck.die(lead)
    const args = ['dlq', 'replay', '--all', '--yes', '--rate', '60/m', '-o', 'jsonl', ...because]
    const running = startCli(args, { env: stuck.env })
    const ended = resultOf(running)
    const jobs = async (): Promise<readonly Job[]> =>
      (await stuck.json(['job', 'list'])).data['items'] as readonly Job[]
    await eventually(async () => ((await jobs())[0]?.counts.done ?? 0) > 0, 60_000)
    running.kill('SIGINT')
    const result = await ended
    expect(result.code).to.equal(130)
    expect(result.stderr).to.match(
      /No daemon runs: the job waits.*neuronx job watch [0-9a-f-]+ --tenant acme/s,
    )
    for (const line of result.stdout.trim().split('\n'))
      expect(JSON.parse(line)).to.include.keys('id', 'counts')
    const [left] = await jobs()
    expect(left?.counts.done).to.be.within(1, 5)
    expect(['waiting', 'running']).to.include(left?.status)
  })

  it('refuse a viewer: 77', async () => {
    const { letter } = await stuck.die('1')
    const token = await stuck.text(['token', 'create', '--role', 'viewer', '--label', 'test'])
    const file = join(stuck.folder, 'viewer')
    await writeFile(file, token.stdout)
    const asViewer = { env: { NEURONX_TOKEN_FILE: file } }
    expect((await stuck.json(['dlq', 'show', letter], asViewer)).code).to.equal(0)
    for (const args of [
      ['dlq', 'replay', letter],
      ['dlq', 'discard', letter, ...because],
      ['job', 'cancel', unknown, '--yes'],
      ['event', 'replay', unknown, ...because],
      ['outbox', 'replay', '--since', '1h', '--yes', ...because],
      ['job', 'list', '--all-tenants'],
    ]) {
      // The environment's tenant would contradict --all-tenants only as a flag.
      expect((await stuck.json(args, asViewer)).code, args.join(' ')).to.equal(77)
    }
  })
})
