import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { NxError } from '../../kernel/errors.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import type { CompiledScore } from '../../sales-core/scoring/compiled-score.ts'
import { collects, recollect, rescored } from '../../sales-core/scoring/recollect.ts'
import type { RecomputeSelection, ScoreRecomputes } from '../../sales-core/scoring/score-recomputes.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import type { SideScope } from '../backtest/configuration-side.ts'

/** Entities that a plan looks at; of more it says how many there are. */
export const lookedMax = 10_000
const pageSize = 100
const sampleMax = 20

/** One entity that would change its band. */
export interface BandMove {
  /** `lead/42` */
  readonly entity: string
  readonly from: string | null
  readonly to: string | null
  readonly pointsFrom: number | null
  readonly pointsTo: number
}

/** What a recompute would do; nothing has happened. */
export interface RecomputePlan {
  readonly model: string
  /** Entities that would be computed anew. */
  readonly total: number
  /** Of them, those that were looked at: the first by key. */
  readonly looked: number
  /** Of those, how many would have other points. */
  readonly otherPoints: number
  /** By `cold -> hot`. */
  readonly moves: Readonly<Record<string, number>>
  /** The first of them. */
  readonly sample: readonly BandMove[]
  /** Whose event factors keep what they have: the log no longer has all of their past. */
  readonly pastUnknown: number
  /** At the given rate; null when it has none. */
  readonly estimatedMs: number | null
}

/** A score of a workspace as it is in force. */
export interface ActiveScore {
  readonly config: SalesConfig
  readonly score: CompiledScore
}

/** Throws NX-SCORE-NOT-FOUND when the workspace has no LeadScore of that name. */
export async function activeScore(
  revisions: Pick<RevisionStore, 'effective' | 'effectiveByDigest'>,
  scope: SideScope,
  model: string,
): Promise<ActiveScore> {
  const { config, documents } = await activeSide(revisions, scope)
  const names = documents.filter(({ kind }) => kind === 'LeadScore').map(({ name }) => name)
  const score = scoreNamed(config, model)
  if (score !== undefined) return { config, score }
  const near = nearestName(model, names)
  throw new NxError('not_found', 'NX-SCORE-NOT-FOUND', `There is no LeadScore '${model}'`, {
    detail: `In ${scope.tenant.slug}, workspace ${scope.workspace}.`,
    fix:
      near === null
        ? `neuronx config show --tenant ${scope.tenant.slug} lists what is in force.`
        : `Did you mean '${near}'?`,
  })
}

/** A score by its name, whatever it is of; undefined: there is none. */
export function scoreNamed(config: SalesConfig, name: string): CompiledScore | undefined {
  const scores = [...config.types.entities.keys()].flatMap((kind) => config.scoresFor(kind))
  return scores.find((score) => score.name === name)
}

/** Computes scores anew without writing anything, and says who would change band. */
export async function planRecompute(
  recomputes: ScoreRecomputes,
  tenantId: string,
  selection: RecomputeSelection,
  { config, score }: ActiveScore,
  { now, perSecond }: { readonly now: Date; readonly perSecond: number | null },
): Promise<RecomputePlan> {
  const total = Math.min(selection.max, await recomputes.count(tenantId, selection))
  const moves = new Map<string, number>()
  const sample: BandMove[] = []
  const tally = { looked: 0, otherPoints: 0, pastUnknown: 0 }
  let after: string | null = null
  while (tally.looked < Math.min(total, lookedMax)) {
    const max = Math.min(pageSize, Math.min(total, lookedMax) - tally.looked)
    const page = await recomputes.candidates(tenantId, selection, { after, max, withPast: collects(score) })
    for (const { entity, past } of page) {
      tally.looked += 1
      if (past === null) tally.pastUnknown += 1
      const collected = past === null || !collects(score) ? null : recollect(score, entity, past, config)
      const { pointsFrom, pointsTo, bandFrom, bandTo } = rescored(score, entity, collected, config, now)
      if (pointsFrom !== pointsTo) tally.otherPoints += 1
      if (bandFrom === bandTo) continue
      const move = `${bandFrom ?? 'none'} -> ${bandTo ?? 'none'}`
      moves.set(move, (moves.get(move) ?? 0) + 1)
      const { kind, id } = entity.ref
      if (sample.length < sampleMax)
        sample.push({ entity: `${kind}/${id}`, from: bandFrom, to: bandTo, pointsFrom, pointsTo })
    }
    after = page.at(-1)?.entityKey ?? null
    if (page.length < max) break
  }
  const estimatedMs = perSecond === null ? null : Math.round((total / perSecond) * 1_000)
  return { model: score.name, total, ...tally, moves: Object.fromEntries(moves), sample, estimatedMs }
}
