import { expect } from 'chai'
import { buildCli, runBuiltCli } from '../support/cli/built-cli.ts'
import { createEmptyDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

describe('db commands', function () {
  this.timeout(180_000)
  let database: TestDatabase
  let env: Record<string, string>

  before(async () => {
    buildCli()
    database = await createEmptyDatabase()
    env = { NEURONX_DATABASE_URL: database.url, NEURONX_DATABASE_OWNER_URL: database.superuserUrl }
  })
  after(async () => database.drop())

  const db = async (...args: string[]): Promise<{ code: number | null; data: Record<string, string[]> }> => {
    const result = await runBuiltCli(['db', ...args, '--json'], { env })
    return { code: result.code, data: (JSON.parse(result.stdout) as { data: Record<string, string[]> }).data }
  }

  it('migrate an empty database, say so, and take it back', async () => {
    const before = await db('status')
    expect([before.code, before.data['state']]).to.deep.equal([2, 'behind'])
    const planned = await db('migrate', '--dry-run')
    const done = await db('migrate', '--yes')
    expect(done.data['applied']).to.deep.equal(planned.data['pending']).and.to.have.length.above(0)
    expect((await db('migrate')).data['applied']).to.deep.equal([])
    const after = await db('status')
    expect([after.code, after.data['state']]).to.deep.equal([0, 'current'])
    expect((await db('rollback', '--yes')).data['reverted']).to.deep.equal(done.data['applied']?.slice(-1))
    expect((await db('status')).code).to.equal(2)
  })
})
