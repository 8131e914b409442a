import type pg from 'pg'
import type { ConfigSource, SourceOutcome, SourceStatus } from '../../../control-plane/sources/source.ts'
import { emptyMemory } from '../../../control-plane/sources/source.ts'
import { sourceNotFound } from '../../../control-plane/sources/source-errors.ts'
import type { ClaimedSource, SourceStore } from '../../../control-plane/sources/source-store.ts'
import { digestOf } from '../../../kernel/digest.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, run, runAlone } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './source-statements.ts'

interface SourceRow extends Pick<
  SourceStatus,
  'name' | 'state' | 'code' | 'message' | 'findings' | 'memory'
> {
  readonly settings: Pick<ConfigSource, 'from' | 'intervalMs' | 'onDrift'>
  readonly since: string
  readonly looked_at: string | null
  readonly due_at: string
  readonly sync_requested_at: string | null
  readonly followed_by: string | null
}

interface ClaimedRow extends SourceRow {
  readonly epoch: string
  readonly at: string
  readonly forced: boolean
}

/** Configuration sources on Postgres. */
export class PostgresSourceStore implements SourceStore {
  readonly #control: pg.Pool

  /** `control` works as neuronx_control. */
  constructor(control: pg.Pool) {
    this.#control = control
  }

  async announce(sources: readonly ConfigSource[]): Promise<void> {
    const rows = sources.map((source) => ({
      name: source.name,
      settings: settingsOf(source),
      digest: settingsDigest(source),
      memory: emptyMemory,
    }))
    await runAlone(this.#control, sql.announceSources, [jsonText(rows)])
  }

  async claim(
    sources: readonly ConfigSource[],
    owner: string,
    leaseMs: number,
  ): Promise<ClaimedSource | null> {
    const names = sources.map(({ name }) => name)
    const values = [names, sources.map(settingsDigest), owner, leaseMs]
    const [row] = await runAlone<ClaimedRow>(this.#control, sql.claimSource, values)
    if (row === undefined) return null
    return { status: statusOf(row), owner, epoch: row.epoch, forced: row.forced, at: row.at }
  }

  async renew({ status, owner, epoch }: ClaimedSource, leaseMs: number): Promise<boolean> {
    const rows = await runAlone(this.#control, sql.renewSource, [status.name, owner, epoch, leaseMs])
    return rows.length > 0
  }

  async record(
    { status, owner, epoch, at }: ClaimedSource,
    { state, code, message, findings, memory }: SourceOutcome,
    dueInMs: number,
    leaseMs: number,
  ): Promise<boolean> {
    const said = [state, code, message, jsonText(findings), jsonText(memory)]
    const values = [status.name, owner, epoch, ...said, at, dueInMs, leaseMs]
    return (await runAlone(this.#control, sql.recordSource, values)).length > 0
  }

  async release(owner: string): Promise<void> {
    await runAlone(this.#control, sql.releaseSources, [owner])
  }

  async list(): Promise<readonly SourceStatus[]> {
    return (await runAlone<SourceRow>(this.#control, sql.listSources, [])).map(statusOf)
  }

  async requestSync(name: string, actor: Actor, reason: string | null): Promise<SourceStatus> {
    return inRole(this.#control, async (client) => {
      const [row] = await run<SourceRow>(client, sql.requestSync, [name])
      if (row === undefined) {
        const known = await run<SourceRow>(client, sql.listSources, [])
        throw sourceNotFound(
          name,
          known.map((one) => one.name),
        )
      }
      await writeAudit(client, {
        tenantId: null,
        actor: actorName(actor),
        action: 'config.source.sync',
        target: `source/${name}`,
        reason,
        before: null,
        after: { state: row.state },
      })
      return statusOf(row)
    })
  }
}

function settingsOf({ from, intervalMs, onDrift, reason }: ConfigSource): JsonObject {
  return { from: { ...from }, intervalMs, onDrift, reason }
}

function settingsDigest(source: ConfigSource): string {
  return digestOf(settingsOf(source))
}

function statusOf(row: SourceRow): SourceStatus {
  const { name, settings, state, code, message, findings, memory, since } = row
  const { from, intervalMs, onDrift } = settings
  return {
    ...{ name, from, intervalMs, onDrift, state, code, message, findings, memory, since },
    lookedAt: row.looked_at,
    dueAt: row.due_at,
    syncRequestedAt: row.sync_requested_at,
    followedBy: row.followed_by,
  }
}
