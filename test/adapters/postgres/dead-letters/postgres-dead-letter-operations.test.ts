import { expect } from 'chai'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import { movedKey, wasMoved } from '../../../../src/messaging/commands/moved-key.ts'
import type { DeadLetter } from '../../../../src/messaging/dead-letters/dead-letter.ts'
import type { DeadLetterAction } from '../../../../src/platform/dead-letters/dead-letter-operations.ts'
import type { NxError } from '../../../../src/kernel/errors.ts'
import { newId } from '../../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { querySuperuser } from '../../../support/database.ts'
import { incoming } from '../../../support/stores/intake.ts'
import { noPace, testRunner, workOff } from '../../../support/stores/jobs.ts'
import { all, claimSome, dead, inDoubt, leadCommand, succeeded } from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const replay = { kind: 'replay', includeInDoubt: false, newKey: false, order: 'strict' } as const
const page = { limit: 100, cursor: null }

describe('PostgresDeadLetterOperations', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  async function setup() {
    await opened.reset()
    const { id: tenantId } = await createTenant(opened.database)
    const { stores } = opened.database
    const letters = async (): Promise<readonly DeadLetter[]> =>
      (await stores.messages.deadLetters(tenantId, {}, page)).items
    const letterOf = async (command: Command): Promise<DeadLetter> =>
      (await letters()).find((letter) => letter.commandId === command.id) as DeadLetter
    const kill = async (...commands: readonly Command[]): Promise<void> => {
      await opened.enqueue(...commands)
      await stores.commands.settle(all(await claimSome(stores.commands), dead))
    }
    const doubt = async (command: Command): Promise<void> => {
      await opened.enqueue(command)
      await stores.commands.settle(all(await claimSome(stores.commands), inDoubt))
    }
    const act = async (action: DeadLetterAction, selection = {}, pace = noPace) => {
      const job = await stores.letters.start(
        tenantId,
        selection,
        action,
        pace,
        testActor,
        'the vendor is back',
      )
      return workOff(opened.database, testRunner(opened.database), job)
    }
    return { tenantId, stores, letters, letterOf, kill, doubt, act }
  }

  it('plans what the job then does: who is put back, and who is left alone for which reason', async () => {
    const { tenantId, stores, kill, doubt, act } = await setup()
    await kill(leadCommand(tenantId, '1'), leadCommand(tenantId, '2'))
    await doubt(leadCommand(tenantId, '3', { repeatable: 'no' }))
    const plan = await stores.letters.plan(tenantId, {}, replay, { ...noPace, perSecond: 2 })
    expect(plan).to.deep.include({
      total: 3,
      skipped: { 'in doubt': 1 },
      byIntegration: { sink: 3 },
      byClass: { permanent: 2, in_doubt: 1 },
      entities: 3,
      estimatedMs: 1_500,
    })
    expect(plan.firstIds).to.have.length(2)
    const job = await act(replay)
    expect(job).to.include({ status: 'succeeded', actor: 'local:test', reason: 'the vendor is back' })
    expect(job.counts).to.deep.equal({ total: 3, done: 2, skipped: 1, failed: 0 })
    const items = await stores.jobs.items(tenantId, job.id, page)
    expect(items.items.map(({ ord, status }) => [ord, status])).to.deep.equal([
      [1, 'done'],
      [2, 'done'],
      [3, 'skipped'],
    ])
    expect(await claimSome(stores.commands)).to.have.length(2)
  })

  it('groups letters with the same trouble, the newest first', async () => {
    const { tenantId, stores, kill, doubt } = await setup()
    await kill(leadCommand(tenantId, '1'), leadCommand(tenantId, '2'))
    await doubt(leadCommand(tenantId, '3'))
    const groups = await stores.letters.groups(tenantId, { max: 10 })
    expect(groups.map(({ class: deadClass, open, total }) => [deadClass, open, total])).to.deep.equal([
      ['in_doubt', 1, 1],
      ['permanent', 2, 2],
    ])
    const selected = await stores.letters.plan(
      tenantId,
      { fingerprint: groups[1]?.fingerprint ?? '' },
      replay,
      noPace,
    )
    expect(selected.total).to.equal(2)
    expect(await stores.letters.groups(tenantId, { max: 10, status: 'resolved' })).to.deep.equal([])
  })

  it('opens the same letter again when its replay dies, and resolves it when it ends well', async () => {
    const { tenantId, stores, letters, letterOf, kill, act } = await setup()
    const command = leadCommand(tenantId, '1')
    await kill(command)
    const { id } = await letterOf(command)
    await act(replay)
    expect(await letterOf(command)).to.include({ id, status: 'replaying', replays: 1 })
    await stores.commands.settle(all(await claimSome(stores.commands), dead))
    expect(await letters()).to.have.length(1)
    expect(await letterOf(command)).to.include({ id, status: 'open', replays: 1 })
    await act(replay)
    await stores.commands.settle(all(await claimSome(stores.commands), succeeded))
    expect(await letterOf(command)).to.include({ id, status: 'resolved', replays: 2 })
    const [row] = await querySuperuser<{ last_replay: JsonObject }>(
      opened.test,
      'select last_replay from dead_letter',
    )
    expect(row?.last_replay).to.include({ as: command.id })
  })

  it('waits for the canary and pauses when it failed; who resumes has seen it', async () => {
    const { tenantId, stores, kill } = await setup()
    await kill(leadCommand(tenantId, '1'), leadCommand(tenantId, '2'), leadCommand(tenantId, '3'))
    const pace = { ...noPace, canary: 1 }
    const runner = testRunner(opened.database)
    const job = await stores.letters.start(tenantId, {}, replay, pace, testActor, null)
    const waiting = await workOff(opened.database, runner, job)
    expect(waiting).to.include({ status: 'waiting' })
    expect(waiting.counts.done).to.equal(1)
    const leased = await claimSome(stores.commands)
    expect(leased).to.have.length(1)
    await stores.commands.settle(all(leased, dead))
    await querySuperuser(opened.test, 'update job set claimable_at = now()')
    const paused = await workOff(opened.database, runner, job)
    expect(paused).to.include({
      status: 'paused',
      pausedBecause: '1 of the first 1 items, its canary, failed',
    })
    expect(paused.counts).to.deep.equal({ total: 3, done: 0, skipped: 0, failed: 1 })
    await stores.jobs.resume(tenantId, job.id, testActor, 'mended')
    const ended = await workOff(opened.database, runner, job)
    expect(ended).to.include({ status: 'partly_failed' })
    expect(ended.counts).to.deep.equal({ total: 3, done: 2, skipped: 0, failed: 1 })
  })

  it('replays under a new key as a new command with a parent', async () => {
    const { tenantId, stores, letterOf, kill, act } = await setup()
    const command = leadCommand(tenantId, '1')
    await kill(command)
    await act({ ...replay, newKey: true })
    const [leased] = await claimSome(stores.commands)
    expect(leased?.command).to.include({ parentId: command.id, entityKey: command.entityKey })
    expect(leased?.command.idempotencyKey).not.to.equal(command.idempotencyKey)
    expect(await letterOf(command)).to.include({ status: 'resolved' })
    expect(await opened.stateOf(command)).to.equal('dead')
  })

  it('keeps what was moved to another channel from being moved back under its new key', async () => {
    const { tenantId, stores, kill, act } = await setup()
    await kill(leadCommand(tenantId, '1', { idempotencyKey: movedKey(newId(), 'sms') }))
    await act({ ...replay, newKey: true })
    const [leased] = await claimSome(stores.commands)
    expect(leased?.command.idempotencyKey).to.match(/^[0-9a-f]{64}~sms$/)
    expect(leased !== undefined && wasMoved(leased.command)).to.equal(true)
  })

  it('edits a command into a new one and keeps the difference', async () => {
    const { tenantId, stores, letterOf, kill } = await setup()
    const command = leadCommand(tenantId, '1', { input: { to: { email: 'a@x' }, text: 'hi' } })
    await kill(command)
    const { id } = await letterOf(command)
    const input = { to: { email: 'b@x' }, text: 'hi' }
    const edited = await stores.letters.edit(tenantId, id, input, testActor, 'typo')
    expect(edited.parentId).to.equal(command.id)
    const [leased] = await claimSome(stores.commands)
    expect(leased?.command).to.deep.include({ id: edited.commandId, input, parentId: command.id })
    const [row] = await querySuperuser<{ resolution: JsonObject }>(
      opened.test,
      'select resolution from dead_letter',
    )
    expect(row?.resolution).to.deep.include({
      outcome: 'edited',
      changes: [{ path: 'to.email', from: 'a@x', to: 'b@x' }],
      by: 'local:test',
    })
    expect(await rejection(stores.letters.edit(tenantId, id, input, testActor, null))).to.equal(
      'NX-DLQ-NOT-OPEN',
    )
    expect(await rejection(stores.letters.edit(tenantId, newId(), input, testActor, null))).to.equal(
      'NX-DEAD-LETTER-NOT-FOUND',
    )
  })

  for (const { action, state } of [
    { action: { kind: 'resolve', outcome: 'done_elsewhere', evidence: 'seen there' }, state: 'succeeded' },
    { action: { kind: 'resolve', outcome: 'skip', evidence: 'not needed' }, state: 'dead' },
    { action: { kind: 'discard' }, state: 'dead' },
  ] as const) {
    const outcome = action.kind === 'resolve' ? action.outcome : 'discard'
    it(`lets the lane of a command in doubt go on (${outcome})`, async () => {
      const { tenantId, stores, letters, letterOf, doubt, act } = await setup()
      const command = leadCommand(tenantId, '1', { repeatable: 'no' })
      const behind = leadCommand(tenantId, '1')
      await doubt(command)
      await opened.enqueue(behind)
      expect(await claimSome(stores.commands)).to.deep.equal([])
      expect((await act(action)).counts).to.deep.include({ done: 1 })
      expect(await opened.stateOf(command)).to.equal(state)
      const [leased] = await claimSome(stores.commands)
      expect(leased?.command.id).to.equal(behind.id)
      const status = action.kind === 'discard' ? 'discarded' : 'resolved'
      expect(await letterOf(command)).to.include({ status })
      expect(await letters()).to.have.length(1)
    })
  }

  it('skips a letter whose lane is blocked when asked to, and queues it behind otherwise', async () => {
    const { tenantId, stores, letterOf, kill, doubt } = await setup()
    const command = leadCommand(tenantId, '1')
    await kill(command)
    await doubt(leadCommand(tenantId, '1', { repeatable: 'no' }))
    const { id } = await letterOf(command)
    const skipping = await stores.letters.plan(
      tenantId,
      { ids: [id] },
      { ...replay, order: 'skip_blocked' },
      noPace,
    )
    expect(skipping.skipped).to.deep.equal({ 'lane blocked': 1 })
    const strict = await stores.letters.plan(tenantId, { ids: [id] }, replay, noPace)
    expect(strict.skipped).to.deep.equal({})
  })

  it('says so when nothing matches or an id is unknown, and makes no job', async () => {
    const { tenantId, stores } = await setup()
    const start = async (selection: object) =>
      rejection(stores.letters.start(tenantId, selection, replay, noPace, testActor, null))
    expect(await start({})).to.equal('NX-DLQ-EMPTY')
    expect(await start({ ids: [newId(), 'nonsense'] })).to.equal('NX-DEAD-LETTER-NOT-FOUND')
    expect((await stores.jobs.list(tenantId, {}, page)).items).to.deep.equal([])
  })

  it('maps a webhook again and accepts it under its key; what cannot be mapped stays open', async () => {
    const { tenantId, stores, letters } = await setup()
    const made = [newId(), newId()].map((id) => ({
      id,
      tenantId,
      workspace: 'default',
      source: 'webhook' as const,
      class: 'invalid' as const,
      code: 'NX-HOOK-UNKNOWN-TYPE',
      reason: 'No mapping knows the type',
      integration: 'ghl',
      entityKey: null,
      eventId: null,
      commandId: null,
      cause: null,
      payload: { headers: {}, body: { id } },
    }))
    await stores.intake.acceptAll([{ tenantId, events: [], deadLetters: made }])
    const mappable = made[0]?.id ?? ''
    const translator = {
      translate: async ({ payload }: { payload: unknown }) =>
        JSON.stringify(payload).includes(mappable)
          ? ({ state: 'mapped', event: incoming({ tenantId, externalId: mappable }) } as const)
          : ({ state: 'unmappable', code: 'NX-HOOK-UNMAPPABLE', reason: 'no' } as const),
    }
    const job = await stores.letters.start(tenantId, {}, replay, noPace, testActor, null)
    const ended = await workOff(opened.database, testRunner(opened.database, { translator }), job)
    expect(ended).to.include({ status: 'partly_failed', firstError: 'NX-HOOK-UNMAPPABLE: no' })
    expect(ended.counts).to.deep.equal({ total: 2, done: 1, skipped: 0, failed: 1 })
    const found = await letters()
    expect(found.find(({ id }) => id === mappable)?.status).to.equal('resolved')
    expect(found.find(({ id }) => id !== mappable)?.status).to.equal('open')
    expect((await stores.messages.events(tenantId, {}, page)).items).to.have.length(1)
  })

  it('cannot be reached by another tenant', async () => {
    const { tenantId, stores, letterOf, kill } = await setup()
    const other = await createTenant(opened.database)
    const command = leadCommand(tenantId, '1')
    await kill(command)
    const { id } = await letterOf(command)
    const attempt = stores.letters.start(other.id, { ids: [id] }, replay, noPace, testActor, null)
    expect(await rejection(attempt)).to.equal('NX-DEAD-LETTER-NOT-FOUND')
    const job = await stores.letters.start(tenantId, {}, replay, noPace, testActor, null)
    expect(await stores.jobs.job(other.id, job.id)).to.equal(null)
    expect(await rejection(stores.jobs.cancel(other.id, job.id, testActor, null))).to.equal(
      'NX-JOB-NOT-FOUND',
    )
  })
})

async function rejection(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing was thrown',
    (error: unknown) => (error as NxError).code,
  )
}
