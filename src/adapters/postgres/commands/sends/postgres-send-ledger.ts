import type pg from 'pg'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { CommandPriority } from '../../../../messaging/commands/command.ts'
import type {
  AskedSend,
  LedgerEntry,
  LedgerFacts,
  SendFacts,
  SendLedger,
  SlotUse,
} from '../../../../sales-core/policies/send-facts.ts'
import { jsonText } from '../../connection/json-text.ts'
import { inTenants, run, withRetries } from '../../connection/transaction.ts'
import { priorityRanks } from '../../../../messaging/commands/command.ts'
import {
  dropSlots,
  entityFields,
  holdLeases,
  lastInbound,
  lockCaps,
  slotsInUse,
  takeSlots,
  writeClearances,
} from './send-ledger-statements.ts'

type Facts = Omit<SendFacts, 'homeZone'>

interface LeaseRow {
  readonly run_lease: string
  /** Epoch milliseconds. */
  readonly queued: number
}

const priorities: readonly CommandPriority[] = ['high', 'normal', 'low']
const noFields: JsonObject = {}

interface KeyRow {
  readonly tenant_id: string
  readonly entity_key: string
}

/** The ledger of sends on Postgres, on the database's clock. */
export class PostgresSendLedger implements SendLedger {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async weigh(
    asked: readonly AskedSend[],
    judge: (facts: LedgerFacts) => readonly (LedgerEntry | null)[],
  ): Promise<void> {
    if (asked.length === 0) return
    const tenants = asked.map(({ leased }) => leased.command.tenantId)
    await withRetries(this.#pool, async () =>
      inTenants(this.#pool, tenants, async (client) => {
        await lock(client, asked)
        const { nowMs, leases } = await hold(client, asked)
        const facts = await read(client, asked)
        const of = asked.map(({ leased }, index) => {
          const lease = leases.get(leased.command.id)
          const found = facts[index]
          if (found === undefined || lease?.run_lease !== leased.runLease) return null
          return { ...found, queuedMs: lease.queued }
        })
        const entries = judge({ nowMs, of })
        await write(client, asked, entries, nowMs)
      }),
    )
  }
}

async function lock(client: pg.ClientBase, asked: readonly AskedSend[]): Promise<void> {
  const names = asked.flatMap(({ caps, leased: { command } }) =>
    caps.map(({ key }) => `send_slot ${command.tenantId} ${command.entityKey} ${key}`),
  )
  if (names.length > 0) await run(client, lockCaps, [names])
}

async function hold(
  client: pg.ClientBase,
  asked: readonly AskedSend[],
): Promise<{ nowMs: number; leases: ReadonlyMap<string, LeaseRow> }> {
  const rows = await run<LeaseRow & { command_id: string; now: number }>(client, holdLeases, [
    asked.map(({ leased }) => leased.command.id),
  ])
  return {
    // Nothing is held: nothing will be judged.
    nowMs: Math.max(0, ...rows.map(({ now }) => now)),
    leases: new Map(rows.map((row) => [row.command_id, row])),
  }
}

async function read(client: pg.ClientBase, asked: readonly AskedSend[]): Promise<readonly Facts[]> {
  const fields = await fieldsOf(client, asked)
  const inbound = await inboundOf(client, asked)
  const slots = await slotsOf(client, asked)
  return asked.map(({ leased: { command }, caps }) => {
    const key = `${command.tenantId}/${command.entityKey}`
    return {
      fields: fields.get(key) ?? noFields,
      lastInboundMs: inbound.get(key) ?? new Map<string, number>(),
      slots: new Map(caps.map((cap) => [cap.key, slots.get(`${key}/${cap.key}`) ?? []])),
    }
  })
}

async function fieldsOf(
  client: pg.ClientBase,
  asked: readonly AskedSend[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const keys = new Map(
    asked.map(({ leased: { command } }) => [
      `${command.tenantId}/${command.entityKey}`,
      [command.tenantId, command.entityKey] as const,
    ]),
  )
  const rows = await run<KeyRow & { fields: JsonObject }>(client, entityFields, [
    [...keys.values()].map(([tenant]) => tenant),
    [...keys.values()].map(([, entity]) => entity),
  ])
  return new Map(rows.map((row) => [`${row.tenant_id}/${row.entity_key}`, row.fields]))
}

async function inboundOf(
  client: pg.ClientBase,
  asked: readonly AskedSend[],
): Promise<ReadonlyMap<string, Map<string, number>>> {
  const wanted = asked.filter(({ inboundMs }) => inboundMs !== null)
  const found = new Map<string, Map<string, number>>()
  if (wanted.length === 0) return found
  const back = wanted.map(({ inboundMs }) => inboundMs ?? 0)
  const rows = await run<KeyRow & { channel: string; at: number }>(client, lastInbound, [
    wanted.map(({ leased }) => leased.command.tenantId),
    wanted.map(({ leased }) => leased.command.entityKey),
    back,
    Math.max(...back),
  ])
  for (const row of rows) {
    const key = `${row.tenant_id}/${row.entity_key}`
    const channels = found.get(key) ?? new Map<string, number>()
    channels.set(row.channel, Math.max(row.at, channels.get(row.channel) ?? 0))
    found.set(key, channels)
  }
  return found
}

async function slotsOf(
  client: pg.ClientBase,
  asked: readonly AskedSend[],
): Promise<ReadonlyMap<string, SlotUse[]>> {
  const found = new Map<string, SlotUse[]>()
  const keys = asked.flatMap(({ caps, leased: { command } }) => caps.map(({ key }) => ({ command, key })))
  if (keys.length === 0) return found
  const rows = await run<
    KeyRow & { cap: string; command_id: string; priority: number; taken: number; free: boolean }
  >(client, slotsInUse, [
    keys.map(({ command }) => command.tenantId),
    keys.map(({ command }) => command.entityKey),
    keys.map(({ key }) => key),
  ])
  for (const row of rows) {
    const key = `${row.tenant_id}/${row.entity_key}/${row.cap}`
    const slot: SlotUse = {
      commandId: row.command_id,
      priority: priorities[row.priority] ?? 'normal',
      takenMs: row.taken,
      free: row.free,
    }
    const list = found.get(key)
    if (list === undefined) found.set(key, [slot])
    else list.push(slot)
  }
  return found
}

async function write(
  client: pg.ClientBase,
  asked: readonly AskedSend[],
  entries: readonly (LedgerEntry | null)[],
  nowMs: number,
): Promise<void> {
  const judged = asked.flatMap((one, index) => {
    const entry = entries[index] ?? null
    return entry === null ? [] : [{ ...one.leased, entry }]
  })
  const taken = judged.flatMap(({ command, entry }) =>
    entry.take.map(({ cap, withinMs }) => ({
      tenant_id: command.tenantId,
      entity_key: command.entityKey,
      cap,
      command_id: command.id,
      priority: priorityRanks[command.priority],
      now_ms: nowMs,
      within_ms: withinMs,
    })),
  )
  if (taken.length > 0) {
    const stolen = judged.flatMap(({ command, entry }) =>
      entry.steal.map(({ cap, commandId }) => ({
        tenant_id: command.tenantId,
        entity_key: command.entityKey,
        cap,
        command_id: commandId,
      })),
    )
    await run(client, dropSlots, [jsonText([...taken, ...stolen])])
    await run(client, takeSlots, [jsonText(taken)])
  }
  const clearances = judged.flatMap(({ command, runLease, entry: { reliedOn } }) =>
    reliedOn === null
      ? []
      : [{ command_id: command.id, run_lease: runLease, tenant_id: command.tenantId, relied_on: reliedOn }],
  )
  if (clearances.length > 0) await run(client, writeClearances, [jsonText(clearances)])
}
