import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { sourcesSchema, sourceSettings } from '../../../src/app/config/source-settings.ts'
import { operatorOver } from '../../../src/app/open-operator.ts'
import type { Operator } from '../../../src/app/operator.ts'
import { composeSourceLoop } from '../../../src/app/sources/compose-source-loop.ts'
import type { SourceLoop } from '../../../src/control-plane/sources/source-loop.ts'
import { emptyMemory } from '../../../src/control-plane/sources/source.ts'
import type { SourceStatus } from '../../../src/control-plane/sources/source.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { openTestDatabase, querySuperuser } from '../database.ts'

/** An installation with the tenant acme, whose sources are followed look by look. */
export interface FollowedInstallation extends AsyncDisposable {
  readonly operator: Operator
  readonly database: Database
  readonly dataDir: string
  /** Of the runtime login. */
  readonly url: string
  /** What a daemon with this settings file follows; it is not started. */
  loop(...sources: readonly Record<string, unknown>[]): SourceLoop
  /** Looks until nothing is due, then how it stands. A broken version is not tried again unless `forced`. */
  look(
    loop: SourceLoop,
    options?: { readonly forced?: boolean; readonly name?: string },
  ): Promise<SourceStatus>
  status(name?: string): Promise<SourceStatus>
  /** As if the last looks had never been recorded. */
  forget(name: string): Promise<void>
  /** Fields of the entity type lead that is active for acme; null: there is none. */
  activeFields(): Promise<string | null>
}

export async function followedInstallation(): Promise<FollowedInstallation> {
  const { database, close, test } = await openTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'nx-sources-'))
  const operator = operatorOver(database, { kind: 'local', user: 'ada', role: 'owner' }, systemClock)
  const tenant = await createTenant(operator, operator.actor, { slug: 'acme' })
  const status = async (name = 'main'): Promise<SourceStatus> => {
    const found = (await operator.sources.list()).find((one) => one.name === name)
    if (found === undefined) throw new Error(`There is no source ${name}`)
    return found
  }
  return {
    ...{ operator, database, dataDir, status, url: test.url },
    loop: (...sources) =>
      composeSourceLoop({
        ...{ database, dataDir, clock: systemClock, logger: silentLogger, daemonId: newId() },
        sources: sourceSettings(sourcesSchema.parse(sources), '/'),
        onApplied: () => {},
      }),
    look: async (loop, { forced = false, name = 'main' } = {}) => {
      if (forced) await operator.sources.requestSync(name, operator.actor, null)
      else {
        await querySuperuser(test, 'update config_source set due_at = now() where name = $1', [name])
      }
      await loop.round()
      return await status(name)
    },
    forget: async (name) => {
      const text = 'update config_source set memory = $2::jsonb where name = $1'
      await querySuperuser(test, text, [name, JSON.stringify(emptyMemory)])
    },
    activeFields: async () => {
      const { documents } = await operator.revisions.effective(tenant.id, 'default')
      const found = documents.find(({ kind, name }) => kind === 'EntityType' && name === 'lead')
      return found === undefined ? null : Object.keys(found.body['fields'] ?? {}).join(',')
    },
    [Symbol.asyncDispose]: async () => {
      await close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
