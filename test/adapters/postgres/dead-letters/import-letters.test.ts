import { expect } from 'chai'
import type { NxError } from '../../../../src/kernel/errors.ts'
import { querySuperuser } from '../../../support/database.ts'
import { all, claimSome, dead, leadCommand } from '../../../support/stores/queue.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const page = { limit: 100, cursor: null }

describe('importLetters', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('exports letters and takes them in again elsewhere with their ids, once', async () => {
    const { stores } = opened.database
    const { id: tenantId } = await createTenant(opened.database)
    const letters = async () => (await stores.messages.deadLetters(tenantId, {}, page)).items
    await opened.enqueue(leadCommand(tenantId, '1'), leadCommand(tenantId, '2'))
    await stores.commands.settle(all(await claimSome(stores.commands), dead))
    const lines: string[] = []
    for await (const letter of stores.letters.exportLetters(tenantId, {})) lines.push(JSON.stringify(letter))
    const before = await letters()
    await querySuperuser(opened.test, 'delete from dead_letter')
    const take = async (given: readonly string[], dryRun = false) =>
      stores.letters.importLetters(tenantId, toLines(given), { dryRun }, testActor, 'moved')
    expect(await take(lines, true)).to.deep.equal({ imported: 2, known: 0, elsewhere: 0 })
    expect(await letters()).to.deep.equal([])
    expect(await take(lines)).to.deep.equal({ imported: 2, known: 0, elsewhere: 0 })
    expect(await letters()).to.deep.equal(before)
    expect(await take([...lines, '', lines[0] as string])).to.deep.equal({
      imported: 0,
      known: 3,
      elsewhere: 0,
    })
    const other = await createTenant(opened.database)
    const given = stores.letters.importLetters(
      other.id,
      toLines(lines),
      { dryRun: false },
      testActor,
      'moved',
    )
    expect(await given, 'they are another tenant’s').to.deep.equal({ imported: 0, known: 0, elsewhere: 2 })
    const error = await take([lines[0] as string, '{"id":"x"}']).catch((thrown: unknown) => thrown as NxError)
    expect(error).to.deep.include({ code: 'NX-DLQ-IMPORT' })
    expect((error as NxError).where).to.deep.include({ line: 2, path: 'id' })
  })
})

async function* toLines(lines: readonly string[]): AsyncIterable<string> {
  yield* lines
}
