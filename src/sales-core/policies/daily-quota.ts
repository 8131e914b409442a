import { attemptError } from '../../messaging/commands/cleared-command.ts'
import type { SendVerdict } from '../../messaging/commands/cleared-command.ts'
import { priorityRanks } from '../../messaging/commands/command.ts'
import type { LeasedCommand } from '../../messaging/commands/command.ts'

/** How many more commands of a tenant would go out now. */
export interface QuotaAsk {
  readonly tenantId: string
  readonly wanted: number
  /** On a day, all daemons together. */
  readonly max: number
}

export interface QuotaGrant {
  /** Of those wanted. */
  readonly granted: number
  /** Until the next day begins. */
  readonly resetsInMs: number
}

/** Counts what goes out by tenant and day, for all daemons together. */
export interface QuotaLedger {
  /** Takes as many as are left, in one round; one ask a tenant. In the order asked. Throws what the store throws. */
  take(asks: readonly QuotaAsk[]): Promise<readonly QuotaGrant[]>
}

/** A command that the policies let out, or not, and how many its tenant may send a day; null: any number. */
export interface Judged {
  readonly leased: LeasedCommand
  readonly verdict: SendVerdict
  readonly commandsPerDay: number | null
}

/**
 * The same verdicts, with what is over its tenant's quota put off until the next day. A command counts once, with the first attempt
 * that is let out; what is stopped, and what a sandbox only pretends, does not count. The higher priority goes first. Costs a round
 * trip only for tenants with a quota.
 */
export async function withinQuota(
  ledger: QuotaLedger,
  judged: readonly Judged[],
): Promise<readonly SendVerdict[]> {
  const counted = judged.flatMap((one) =>
    one.verdict.state === 'allow' && one.leased.firstAttemptAt === null && one.commandsPerDay !== null
      ? [{ ...one, max: one.commandsPerDay }]
      : [],
  )
  if (counted.length === 0) return judged.map(({ verdict }) => verdict)
  const byTenant = Map.groupBy(counted, ({ leased }) => leased.command.tenantId)
  const tenants = [...byTenant]
  const asks = tenants.map(([tenantId, own]) => ({
    tenantId,
    wanted: own.length,
    // Workspaces may be at different revisions for a moment.
    max: Math.min(...own.map(({ max }) => max)),
  }))
  const grants = await ledger.take(asks)
  const over = new Map<string, SendVerdict>()
  for (const [index, [, own]] of tenants.entries()) {
    const { granted = 0, resetsInMs = 0 } = grants[index] ?? {}
    for (const { leased, verdict } of own.toSorted(byPriority).slice(granted))
      over.set(leased.command.id, putOff(verdict, resetsInMs, asks[index]?.max ?? 0))
  }
  return judged.map(({ leased, verdict }) => over.get(leased.command.id) ?? verdict)
}

function byPriority(one: Judged, other: Judged): number {
  return priorityRanks[one.leased.command.priority] - priorityRanks[other.leased.command.priority]
}

/** A message's deferral is told to whoever listens; of any other command there is nothing to tell. */
function putOff(verdict: SendVerdict, delayMs: number, max: number): SendVerdict {
  const error = attemptError(
    'NX-SEND-QUOTA',
    `The quota of its tenant, ${max} commands a day, is used up: it waits until tomorrow (UTC)`,
  )
  const message = verdict.state === 'allow' ? verdict.message : null
  if (message === null) return { state: 'hold', delayMs, error }
  return { state: 'defer', delayMs, error, message }
}
