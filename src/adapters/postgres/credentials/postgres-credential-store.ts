import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type {
  CredentialFacts,
  CredentialPlace,
  CredentialState,
  StoredCredential,
} from '../../../platform/credentials/credential.ts'
import type {
  CredentialStore,
  DueCredentials,
  FailedTry,
  NewTokens,
  RefreshLease,
} from '../../../platform/credentials/credential-store.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './credential-statements.ts'

interface FactsRow extends Omit<CredentialFacts, 'failure'> {
  readonly workspace: string
  readonly integration: string
  readonly state: CredentialState
  readonly captured: JsonObject
  readonly failedAt: string | null
  readonly errorCode: string | null
  readonly errorText: string | null
}

interface Row extends FactsRow {
  readonly ciphertext: Buffer | null
  readonly nonce: Buffer
  readonly tag: Buffer
  readonly keyId: string
  readonly dataKeyId: string | null
}

/** Tokens of integrations on Postgres: a tenant's rows as neuronx_app, what is due as neuronx_relay. */
export class PostgresCredentialStore implements CredentialStore, DueCredentials {
  readonly #app: pg.Pool
  readonly #relay: pg.Pool

  constructor(pools: { readonly app: pg.Pool; readonly relay: pg.Pool }) {
    this.#app = pools.app
    this.#relay = pools.relay
  }

  async read(place: CredentialPlace): Promise<StoredCredential | null> {
    const [row] = await this.#within(place, async (client) => await run<Row>(client, sql.read, keyOf(place)))
    return row === undefined ? null : storedOf(row)
  }

  async lease(
    place: CredentialPlace,
    lease: RefreshLease & { readonly binding: string; readonly leaseMs: number },
  ): Promise<StoredCredential | null> {
    const { version, owner, binding, leaseMs } = lease
    return await this.#within(place, async (client) => {
      if (version === 0) await run(client, sql.prepare, [...keyOf(place), binding])
      const [row] = await run<Row>(client, sql.lease, [...keyOf(place), version, owner, leaseMs])
      return row === undefined ? null : storedOf(row)
    })
  }

  async save(place: CredentialPlace, version: number, tokens: NewTokens): Promise<boolean> {
    return await this.#within(place, async (client) => await writeTokens(client, place, version, tokens))
  }

  async put(
    place: CredentialPlace,
    version: number,
    tokens: NewTokens,
    actor: Actor,
    reason: string | null,
  ): Promise<boolean> {
    return await this.#within(place, async (client) => {
      if (version === 0) await run(client, sql.prepare, [...keyOf(place), tokens.binding])
      if (!(await writeTokens(client, place, version, tokens))) return false
      await writeAudit(client, {
        tenantId: place.tenantId,
        actor: actorName(actor),
        action: 'credential.login',
        target: `credential/${place.workspace}/${place.integration}`,
        reason,
        before: version === 0 ? null : { version },
        after: { version: version + 1, scopes: [...tokens.scopes], renewable: tokens.renewable },
      })
      return true
    })
  }

  async remove(place: CredentialPlace, actor: Actor, reason: string | null): Promise<boolean> {
    return await this.#within(place, async (client) => {
      const [row] = await run<{ version: number }>(client, sql.remove, keyOf(place))
      if (row === undefined) return false
      await writeAudit(client, {
        tenantId: place.tenantId,
        actor: actorName(actor),
        action: 'credential.logout',
        target: `credential/${place.workspace}/${place.integration}`,
        reason,
        before: { version: row.version - 1 },
        after: null,
      })
      return true
    })
  }

  async backOff(
    place: CredentialPlace,
    { version, owner }: RefreshLease,
    { code, message, unclear, shutsGate }: FailedTry,
    retryInMs: number,
  ): Promise<void> {
    await this.#within(place, async (client) => {
      const values = [...keyOf(place), version, owner, retryInMs, code, message, unclear]
      const rows = await run(client, sql.backOff, values)
      if (rows.length > 0 && shutsGate) await run(client, sql.shutGate, [...gateOf(place), code])
    })
  }

  async fail(
    place: CredentialPlace,
    { version, owner }: RefreshLease,
    { code, message, shutsGate }: FailedTry,
  ): Promise<boolean> {
    return await this.#within(place, async (client) => {
      const rows = await run(client, sql.fail, [...keyOf(place), version, owner, code, message])
      if (rows.length > 0 && shutsGate) await run(client, sql.shutGate, [...gateOf(place), code])
      return rows.length > 0
    })
  }

  async markStale(place: CredentialPlace, version: number): Promise<void> {
    await this.#within(place, async (client) => {
      await run(client, sql.markStale, [...keyOf(place), version])
    })
  }

  async list(tenantId: string): Promise<readonly (CredentialPlace & CredentialFacts)[]> {
    const rows = await inTenants(this.#app, [tenantId], async (client) =>
      run<FactsRow>(client, sql.list, [tenantId]),
    )
    return rows.map((row) => ({
      tenantId,
      workspace: row.workspace,
      integration: row.integration,
      ...factsOf(row),
    }))
  }

  async due(limit: number): Promise<readonly CredentialPlace[]> {
    return await runAlone<CredentialPlace>(this.#relay, sql.due, [limit])
  }

  async postpone(place: CredentialPlace, delayMs: number): Promise<void> {
    await this.#within(place, async (client) => {
      await run(client, sql.postpone, [...keyOf(place), delayMs])
    })
  }

  async #within<T>(place: CredentialPlace, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return await withRetries(this.#app, async () => await inTenants(this.#app, [place.tenantId], work))
  }
}

async function writeTokens(
  client: pg.PoolClient,
  place: CredentialPlace,
  version: number,
  tokens: NewTokens,
): Promise<boolean> {
  const { binding, sealed, scopes, captured, renewable } = tokens
  const rows = await run(client, sql.save, [
    ...keyOf(place),
    version,
    binding,
    sealed.ciphertext,
    sealed.nonce,
    sealed.tag,
    sealed.keyId,
    sealed.dataKeyId,
    scopes,
    jsonText(captured),
    renewable,
    tokens.expiresInMs,
    tokens.refreshInMs,
    tokens.refreshExpiresInMs,
  ])
  if (rows.length === 0) return false
  await run(client, sql.reopenGate, gateOf(place))
  return true
}

function keyOf({ tenantId, workspace, integration }: CredentialPlace): readonly string[] {
  return [tenantId, workspace, integration]
}

function gateOf({ tenantId, integration }: CredentialPlace): readonly string[] {
  return [tenantId, integration]
}

function factsOf(row: FactsRow): CredentialFacts {
  const { version, binding, state, scopes, captured, renewable, obtainedAt, expiresAt } = row
  const { refreshExpiresAt, expiresInMs, refreshInMs, refreshExpiresInMs, retryInMs, leasedForMs } = row
  const { stale, unclear, attempts } = row
  const failure =
    row.failedAt === null
      ? null
      : { code: row.errorCode ?? '', message: row.errorText ?? '', since: row.failedAt }
  return {
    ...{ version, binding, state, scopes, captured, renewable, obtainedAt, expiresAt, refreshExpiresAt },
    ...{
      expiresInMs,
      refreshInMs,
      refreshExpiresInMs,
      retryInMs,
      leasedForMs,
      stale,
      unclear,
      attempts,
      failure,
    },
  }
}

function storedOf(row: Row): StoredCredential {
  const { ciphertext, nonce, tag, keyId, dataKeyId } = row
  return {
    ...factsOf(row),
    sealed: ciphertext === null ? null : { ciphertext, nonce, tag, keyId, dataKeyId },
  }
}
