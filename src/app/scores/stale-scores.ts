import type { PlanReport } from '../../control-plane/plan/plan-report.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Operator } from '../operator.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import { scoreNamed } from './plan-recompute.ts'

type Ports = Pick<Operator, 'revisions' | 'tenants' | 'scoreRecomputes'>

/** A LeadScore that changes in a workspace: `acme/eu`. */
interface ChangedScore {
  readonly name: string
  readonly place: string
}

/** Scores in workspaces whose leads are counted; of more it is said that there are. */
const countedMax = 20

/**
 * What a change of LeadScores leaves behind, as notes for a person: leads that were scored by the older model, and how to compute them
 * anew. `applied` false: as it would be. Never fails: what could not be found out is said in a note.
 */
export async function staleScoreNotes(
  ports: Ports,
  { documents }: Pick<PlanReport, 'documents'>,
  applied: boolean,
): Promise<readonly string[]> {
  const changed = documents.filter(({ kind, change }) => kind === 'LeadScore' && change === 'changed')
  const counted = changed
    .flatMap(({ name, workspaces }) => workspaces.map((place) => ({ name, place })))
    .slice(0, countedMax)
  if (counted.length === 0) return []
  const notes: string[] = []
  try {
    for await (const note of countNotes(ports, counted, applied)) notes.push(note)
  } catch (error) {
    notes.push(
      `Not all leads that are scored by an old model could be counted (${errorText(error)}): neuronx score recompute`,
    )
  }
  // A change names only the first workspaces that it has an effect in.
  const more = changed.reduce((sum, { effective }) => sum + effective, 0) - counted.length
  if (more > 0) notes.push(`Scores change in ${more} more workspaces: neuronx score recompute`)
  return notes
}

/** One after another; the configuration of a workspace is compiled once. */
async function* countNotes(
  { revisions, tenants, scoreRecomputes }: Ports,
  counted: readonly ChangedScore[],
  applied: boolean,
): AsyncGenerator<string> {
  const ids = new Map((await tenants.list()).map(({ slug, id }) => [slug, id]))
  for (const [place, scores] of Map.groupBy(counted, (one) => one.place)) {
    const [slug = '', workspace = ''] = place.split('/')
    const id = ids.get(slug)
    if (id === undefined) continue
    const { config } = await activeSide(revisions, { tenant: { id, slug }, workspace })
    for (const { name } of scores) {
      const score = scoreNamed(config, name)
      // One that is not in force yet has scored nobody.
      if (score === undefined) continue
      const { digest, entityKind } = score
      const selection = { model: name, entityKind, workspaces: [{ workspace, digest }], all: !applied }
      const count = await scoreRecomputes.count(id, selection)
      if (count > 0)
        yield `${count} ${entityKind}(s) of ${place} ${applied ? 'are' : 'will be'} scored by the old ${name} until something happens to them: neuronx score recompute --model ${name} --tenant ${slug} --workspace ${workspace}`
    }
  }
}
