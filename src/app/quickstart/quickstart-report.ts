import type { FakeVendorServer, ReceivedCall } from '../../adapters/connectors/fakes/fake-vendor-server.ts'
import type { DeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import type { TenantCounts } from '../../messaging/reading/event-reader.ts'
import type { ScoreShare } from '../../sales-core/decide/decision.ts'
import { explainScores } from '../explain-scores.ts'
import type { Operator } from '../operator.ts'

export interface ScoredLead {
  readonly id: string
  readonly name: string
  readonly score: number
  readonly band: string | null
  readonly why: readonly ScoreShare[]
}

export interface DeliveredCommand {
  readonly vendor: string
  readonly method: string
  readonly path: string
  readonly body: string
}

/** What came of the morning. */
export interface QuickstartReport {
  readonly eventsAccepted: number
  readonly duplicatesIgnored: number
  readonly refused: number
  readonly leads: readonly ScoredLead[]
  readonly workflowsStarted: number
  readonly delivered: readonly DeliveredCommand[]
  readonly deadLetters: readonly Pick<DeadLetter, 'id' | 'source' | 'class' | 'code' | 'reason'>[]
  readonly counts: TenantCounts
  /** Wall-clock time of the whole run, milliseconds. */
  readonly elapsedMs: number
}

const page = { limit: 50, cursor: null }

/** Reads back what the system holds about the tenant, and what the vendors saw. */
export async function collectReport(
  operator: Operator,
  tenantId: string,
  posted: { readonly accepted: number; readonly duplicates: number; readonly refused: number },
  vendors: Readonly<Record<string, FakeVendorServer>>,
  elapsedMs: () => number,
): Promise<QuickstartReport> {
  const { messages, entities } = operator
  const { items } = await entities.list(tenantId, 'default', 'lead', page)
  const explained = await Promise.all(
    items.map(async ({ ref }) => await explainScores(entities, tenantId, 'default', ref)),
  )
  const counts = await messages.counts(tenantId)
  const letters = await messages.deadLetters(tenantId, { status: 'open' }, page)
  return {
    eventsAccepted: posted.accepted,
    duplicatesIgnored: posted.duplicates,
    refused: posted.refused,
    leads: explained
      .flatMap((one) => (one === null ? [] : [scoredLead(one)]))
      .toSorted((a, b) => b.score - a.score),
    workflowsStarted: counts.workflowsStarted,
    delivered: Object.entries(vendors).flatMap(([vendor, server]) =>
      server.effects.map((call) => delivered(vendor, call)),
    ),
    deadLetters: letters.items.map(({ id, source, class: deadClass, code, reason }) => ({
      id,
      source,
      class: deadClass,
      code,
      reason,
    })),
    counts,
    elapsedMs: elapsedMs(),
  }
}

function scoredLead({ entity, scores }: NonNullable<Awaited<ReturnType<typeof explainScores>>>): ScoredLead {
  const { name, score } = entity.fields
  const [model] = scores
  return {
    id: entity.ref.id,
    name: typeof name === 'string' ? name : entity.ref.id,
    score: typeof score === 'number' ? score : 0,
    band: model?.band ?? null,
    why: model?.shares.filter(({ points }) => points !== 0) ?? [],
  }
}

function delivered(vendor: string, { method, path, body }: ReceivedCall): DeliveredCommand {
  return { vendor, method, path, body: JSON.stringify(body) }
}
