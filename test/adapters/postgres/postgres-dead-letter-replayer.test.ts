import { expect } from 'chai'
import type { Command } from '../../../src/messaging/commands/command.ts'
import { querySuperuser } from '../../support/database.ts'
import { all, claimSome, dead, inDoubt, leadCommand, succeeded } from '../../support/stores/queue.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'
import { openTestQueue } from '../../support/stores/test-queue.ts'
import type { TestQueue } from '../../support/stores/test-queue.ts'

const page = { limit: 100, cursor: null }

describe('PostgresDeadLetterReplayer', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  const letterOf = async (command: Command) =>
    (
      await opened.database.stores.messages.deadLetters(command.tenantId, { status: 'open' }, page)
    ).items.find((letter) => letter.commandId === command.id)!

  it('brings a dead command back to its lane under its key, and resolves the letter when it has ended', async () => {
    await opened.reset()
    const { commands: queue, deadLetters, messages } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const [command, behind] = [leadCommand(tenantId, '1'), leadCommand(tenantId, '1')]
    await opened.enqueue(command, behind)
    await queue.settle(all(await claimSome(queue), dead))
    const letter = await letterOf(command)
    const replayed = await deadLetters.replay(
      tenantId,
      [letter.id],
      { includeInDoubt: false },
      testActor,
      'fixed it',
    )
    expect(replayed).to.deep.equal([{ id: letter.id, state: 'replayed', as: command.id }])
    expect(await messages.deadLetter(tenantId, letter.id)).to.include({ status: 'replaying', replays: 1 })
    const again = await deadLetters.replay(
      tenantId,
      [letter.id, 'nonsense'],
      { includeInDoubt: false },
      testActor,
      null,
    )
    expect(again.map((result) => result.state)).to.deep.equal(['skipped', 'skipped'])
    expect(await opened.stateOf(command)).to.equal('waiting')
    await queue.settle(all(await claimSome(queue), succeeded))
    const [leased] = await claimSome(queue)
    expect(leased?.command).to.include({ id: command.id, idempotencyKey: command.idempotencyKey })
    expect(leased).to.include({ attempt: 1, runLease: '2', firstAttemptAt: null })
    await queue.settle(all([leased!], succeeded))
    expect(await messages.deadLetter(tenantId, letter.id)).to.include({ status: 'resolved' })
    const audit = await querySuperuser(
      opened.test,
      `select actor, reason from audit_log where action = 'dead_letter.replay'`,
    )
    expect(audit).to.deep.equal([{ actor: 'local:test', reason: 'fixed it' }])
  })

  it('repeats a command in doubt only when asked to', async () => {
    await opened.reset()
    const { commands: queue, deadLetters } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const command = leadCommand(tenantId, '1', { repeatable: 'no' })
    await opened.enqueue(command)
    await queue.settle(all(await claimSome(queue), inDoubt))
    const { id } = await letterOf(command)
    const [refused] = await deadLetters.replay(tenantId, [id], { includeInDoubt: false }, testActor, null)
    expect(refused?.state).to.equal('skipped')
    expect(await opened.stateOf(command)).to.equal('in_doubt')
    await deadLetters.replay(tenantId, [id], { includeInDoubt: true }, testActor, null)
    expect(await opened.stateOf(command)).to.equal('ready')
  })

  it('cannot be reached by another tenant', async () => {
    await opened.reset()
    const { commands: queue, deadLetters } = opened.database.stores
    const [tenant, other] = [await createTenant(opened.database), await createTenant(opened.database)]
    const command = leadCommand(tenant.id, '1')
    await opened.enqueue(command)
    await queue.settle(all(await claimSome(queue), dead))
    const { id } = await letterOf(command)
    const [result] = await deadLetters.replay(other.id, [id], { includeInDoubt: true }, testActor, null)
    expect(result).to.deep.include({ state: 'skipped' })
    expect(await opened.stateOf(command)).to.equal('dead')
  })
})
