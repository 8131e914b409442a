import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { describeRolloutActuator } from '../../../contracts/rollout/rollout-actuator.contract.ts'
import { describeRolloutObservations } from '../../../contracts/rollout/rollout-observations.contract.ts'
import { describeRolloutStart } from '../../../contracts/rollout/rollout-start.contract.ts'
import { describeRolloutStore } from '../../../contracts/rollout/rollout-store.contract.ts'
import type { RolloutHarness } from '../../../contracts/rollout/rollout-harness.ts'
import { openTestDatabase } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { postgresRollouts } from './postgres-rollouts.ts'

describe('PostgresRolloutStore', () => {
  onOwnDatabase(describeRolloutStore)
})

describe('PostgresRolloutStore, starting', () => onOwnDatabase(describeRolloutStart))

describe('PostgresRolloutStore, observing', () => onOwnDatabase(describeRolloutObservations))

describe('RolloutActuator, on Postgres', () => onOwnDatabase(describeRolloutActuator))

/** A daemon that one suite leaves alive would hold the other's rollouts. */
function onOwnDatabase(describeSuite: (harness: () => RolloutHarness) => void): void {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let harness: ReturnType<typeof postgresRollouts>

  before(async () => {
    opened = await openTestDatabase()
    harness = postgresRollouts(opened.database, opened.test)
  })
  after(async () => {
    await harness.app.end()
    await opened.close()
  })

  describeSuite(() => harness)
}
