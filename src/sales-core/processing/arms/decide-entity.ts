import { errorText } from '../../../kernel/errors.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import { TeamBook } from '../../people/team-book.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import type { TenantConfig } from '../config-provider.ts'
import { deadEvent } from '../dead-letters-of.ts'
import type { Current } from '../decide-event.ts'
import { afterwards, decideEvent } from '../decide-event.ts'
import type { EventOutcome, LoadedEntity } from '../decision-store.ts'
import { codeOf } from '../failure-kinds.ts'
import { armDefinitions } from './arm-definitions.ts'
import type { ArmTools } from './decide-with-arms.ts'
import { decideWithArms } from './decide-with-arms.ts'

/** An event whose outcome could not be stored, or that killed who decided it. */
export interface Poison {
  readonly id: string
  readonly error: unknown
  /** It may be a candidate's doing: the baseline decides it. Else it becomes a dead letter. */
  readonly ofCandidate: boolean
}

/** Decides the events of one entity, in order, each on the state that the one before left. */
export function decideEntity(
  loaded: LoadedEntity,
  tenant: TenantConfig,
  pinned: ReadonlyMap<string, CompiledWorkflow>,
  now: Date,
  poison: Poison | null,
  tools: ArmTools,
  book: TeamBook = new TeamBook([]),
): readonly EventOutcome[] {
  const configs = configsOf(tenant)
  const outcomes: EventOutcome[] = []
  let current: Current = {
    entity: loaded.entity,
    instances: loaded.instances,
    waits: loaded.waits ?? [],
    ...(loaded.parked === undefined ? {} : { parked: loaded.parked }),
    definitions: configs.length > 1 ? armDefinitions(pinned, loaded.instances, configs) : pinned,
  }
  const { tenantId } = loaded
  const { workspace } = loaded.entity
  for (const event of loaded.events) {
    current = { ...current, teams: book.statesOf(tenantId, workspace) }
    const outcome =
      poison?.id === event.id
        ? decidePoison(event, current, tenant, now, poison, tools)
        : decideOne(event, current, tenant, now, tools)
    outcomes.push(outcome)
    if (outcome.state !== 'decided') continue
    book.take(tenantId, workspace, outcome.decision)
    current = afterwards(current, outcome.decision)
    if (configs.length > 1 && outcome.decision.instances.length > 0)
      current = { ...current, definitions: armDefinitions(current.definitions, current.instances, configs) }
  }
  return outcomes
}

function configsOf({ config, rollout }: TenantConfig) {
  return rollout == null || !('config' in rollout.candidate) ? [config] : [config, rollout.candidate.config]
}

function decideOne(
  event: LoggedEvent,
  current: Current,
  tenant: TenantConfig,
  now: Date,
  tools: ArmTools,
): EventOutcome {
  const { rollout } = tenant
  if (rollout == null) return decideEvent(event, current, tenant, now)
  const { outcome, observation } = decideWithArms(event, current, { baseline: tenant, rollout }, now, tools)
  return observation === null ? outcome : { ...outcome, observation }
}

function decidePoison(
  event: LoggedEvent,
  current: Current,
  tenant: TenantConfig,
  now: Date,
  { error, ofCandidate }: Poison,
  tools: ArmTools,
): EventOutcome {
  const code = codeOf(error)
  const message = errorText(error)
  if (ofCandidate && tenant.rollout == null) return decideOne(event, current, tenant, now, tools)
  if (ofCandidate && tenant.rollout != null) {
    const unusable = { document: `EventType/${event.type}`, code, message }
    const rollout = { ...tenant.rollout, candidate: { unusable } }
    return decideOne(event, current, { ...tenant, rollout }, now, tools)
  }
  return { event, state: 'dead', deadLetter: deadEvent(event, 'poison', code, message) }
}
