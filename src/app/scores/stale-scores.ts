import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Operator } from '../operator.ts'
import { activeScore } from './plan-recompute.ts'

/** Workspaces that are asked; of more it is said that there are. */
const workspacesMax = 20

/**
 * What a change of LeadScores leaves behind, as notes for a person: leads that were scored by the older model, and how to compute them
 * anew. `applied` false: as it would be.
 */
export async function staleScoreNotes(
  { revisions, tenants, scoreRecomputes }: Pick<Operator, 'revisions' | 'tenants' | 'scoreRecomputes'>,
  { documents }: Pick<PlanReport, 'documents'>,
  applied: boolean,
): Promise<readonly string[]> {
  const changed = documents.filter(({ kind, change }) => kind === 'LeadScore' && change === 'changed')
  const places = changed.flatMap(({ name, workspaces }) => workspaces.map((place) => ({ name, place })))
  if (places.length === 0) return []
  const ids = new Map((await tenants.list()).map(({ slug, id }) => [slug, id]))
  const notes: string[] = []
  for (const { name, place } of places.slice(0, workspacesMax)) {
    const [slug = '', workspace = ''] = place.split('/')
    const id = ids.get(slug)
    if (id === undefined) continue
    const active = await activeScore(revisions, { tenant: { id, slug }, workspace }, name).catch(notThere)
    if (active === null) continue
    const { digest, entityKind } = active.score
    const selection = { model: name, entityKind, workspaces: [{ workspace, digest }], all: !applied }
    const count = await scoreRecomputes.count(id, selection)
    const how = `neuronx score recompute --model ${name} --tenant ${slug} --workspace ${workspace}`
    const are = applied ? 'are' : 'will be'
    if (count > 0)
      notes.push(
        `${count} ${entityKind}(s) of ${place} ${are} scored by the old ${name} until something happens to them: ${how}`,
      )
  }
  if (places.length > workspacesMax)
    notes.push(`Scores change in ${places.length - workspacesMax} more workspaces: neuronx score recompute`)
  return notes
}

/** A score that is not in force yet has scored nobody. */
function notThere(error: unknown): null {
  if (error instanceof NxError && error.code === 'NX-SCORE-NOT-FOUND') return null
  throw error
}
