import { NxError } from '../../kernel/errors.ts'
import type { LoadedTeam, TeamHints, TeamRef } from '../people/team-book.ts'
import { TeamBook } from '../people/team-book.ts'
import type { EventOutcome, LoadedEntity, TeamReader } from './decision-store.ts'

/** A chain of teams that lead to other teams ends sooner: each look loads at least one more. */
const looksMax = 20

/**
 * Decides a batch whose decisions may pick from teams. Which teams they need shows only while they are decided: a first look is
 * made with those that events of the same types needed before, and when one was missing it is loaded, and all is decided again.
 * Deciding is pure, so a look that does not count leaves nothing behind.
 */
export async function decideWithTeams(
  loaded: readonly LoadedEntity[],
  read: TeamReader,
  hints: TeamHints,
  /** Names the configuration that an entity's events are decided under. */
  configOf: (entity: LoadedEntity) => Promise<string>,
  decideAll: (book: TeamBook) => Promise<readonly EventOutcome[]>,
): Promise<readonly EventOutcome[]> {
  const teams: LoadedTeam[] = []
  const first = await hinted(loaded, hints, configOf)
  if (first.length > 0) teams.push(...(await read(first)))
  for (let look = 1; look <= looksMax; look += 1) {
    const book = new TeamBook(teams)
    const outcomes = await decideAll(book)
    learn(outcomes, hints)
    if (book.missing.length === 0) return outcomes
    teams.push(...(await read(book.missing)))
  }
  throw new NxError('bug', 'NX-TEAM-LOOKS', `A batch still needs other teams after ${looksMax} looks`)
}

async function hinted(
  loaded: readonly LoadedEntity[],
  hints: TeamHints,
  configOf: (entity: LoadedEntity) => Promise<string>,
): Promise<readonly TeamRef[]> {
  if (hints.isEmpty) return []
  const wanted = new Map<string, TeamRef>()
  for (const entity of loaded) {
    const digest = await configOf(entity)
    const { tenantId } = entity
    const { workspace } = entity.entity
    for (const { type } of entity.events)
      for (const { team, members } of hints.of(`${digest} ${type}`))
        wanted.set(`${tenantId}/${workspace}/${team}`, { tenantId, workspace, team, members })
  }
  return [...wanted.values()]
}

function learn(outcomes: readonly EventOutcome[], hints: TeamHints): void {
  for (const outcome of outcomes) {
    if (outcome.state !== 'decided' || outcome.decision.teams === undefined) continue
    const { decision, event } = outcome
    hints.learn(`${decision.configDigest} ${event.type}`, outcome.decision.teams.used)
  }
}
