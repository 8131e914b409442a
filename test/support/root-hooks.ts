import { stopSharedDatabase } from './database.ts'
import { stopSharedNats } from './nats.ts'

/** Stops what test files share; it was started by the first that asked. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000)
    await Promise.all([stopSharedDatabase(), stopSharedNats()])
  },
}
