import type { ObservedArm, UnitObservation } from '../rollout.ts'

/** What a batch showed of one unit in one step. */
export interface UnitSighting {
  readonly rolloutId: string
  readonly step: number
  readonly tenantId: string
  /** Empty: the unit is the tenant. */
  readonly workspace: string
  readonly unit: string
  /** That of the first event of the batch. */
  readonly arm: ObservedArm
  readonly entityKey: string
  failed: boolean
  /** Null: not measured. */
  slow: boolean | null
  readonly signals: Set<string>
  actions: number
  /** It took effects of both, or of the baseline in the candidate's place. */
  bothArms: boolean
}

/** A command that a unit asked for. */
export interface UnitCommand extends Pick<
  UnitSighting,
  'rolloutId' | 'step' | 'tenantId' | 'workspace' | 'unit'
> {
  readonly arm: 'candidate' | 'baseline'
  readonly commandId: string
  readonly eventId: string
}

/** Events of a batch in one step of a rollout. */
export interface EventTally {
  readonly rolloutId: string
  readonly step: number
  readonly tenantId: string
  events: number
  unassignable: number
  bothFailed: number
}

/** An event on which the candidate alone failed. */
export interface CandidateError {
  readonly rolloutId: string
  readonly tenantId: string
  readonly eventId: string
  readonly unit: string | null
  readonly document: string
  readonly code: string
  readonly message: string
}

export interface MergedObservations {
  readonly units: readonly UnitSighting[]
  readonly commands: readonly UnitCommand[]
  readonly tallies: readonly EventTally[]
  readonly errors: readonly CandidateError[]
}

/** The longest message of an error that is kept; the rest is in the trace of the event's decision. */
const messageMax = 500

/**
 * What a batch of observations says of each unit: whatever order its events came in, one row per unit and step. Of a pair only the
 * first is timed, for a unit is one observation.
 */
export function mergeObservations(observations: readonly UnitObservation[]): MergedObservations {
  const units = new Map<string, UnitSighting>()
  const tallies = new Map<string, EventTally>()
  const commands: UnitCommand[] = []
  const errors: CandidateError[] = []
  for (const observation of observations) {
    count(tallies, observation)
    if (observation.configError !== null) errors.push(errorOf(observation, observation.configError))
    if (observation.unit === null || observation.unit === '') continue
    const unit = see(units, observation, observation.unit)
    if (observation.arm === 'pair') continue
    const { rolloutId, step, tenantId, workspace, unit: name } = unit
    for (const commandId of observation.commandIds) {
      const { arm, eventId } = observation
      commands.push({ rolloutId, step, tenantId, workspace, unit: name, arm, commandId, eventId })
    }
  }
  return { units: [...units.values()], commands, tallies: [...tallies.values()], errors }
}

function see(units: Map<string, UnitSighting>, observation: UnitObservation, unit: string): UnitSighting {
  const { rolloutId, step, tenantId, arm, entityKey, slow, actions, fellBack } = observation
  // With `unit: tenant` the tenant is one unit, whatever workspace its event is of.
  const workspace = unit === tenantId ? '' : entityKey.slice(0, entityKey.indexOf('/'))
  const failed = arm !== 'pair' && observation.failed
  const key = JSON.stringify([rolloutId, step, tenantId, workspace, unit])
  const known = units.get(key)
  if (known === undefined) {
    const signals = new Set(observation.signals)
    const bothArms = fellBack && arm !== 'pair'
    const place = { rolloutId, step, tenantId, workspace, unit, arm, entityKey }
    const made: UnitSighting = { ...place, failed, slow, signals, actions, bothArms }
    units.set(key, made)
    return made
  }
  known.failed ||= failed
  if (arm !== 'pair' || known.slow === null)
    known.slow = slow === null ? known.slow : known.slow === true || slow
  for (const signal of observation.signals) known.signals.add(signal)
  known.actions += actions
  known.bothArms ||= known.arm !== arm || (fellBack && arm !== 'pair')
  return known
}

function count(tallies: Map<string, EventTally>, observation: UnitObservation): void {
  const { rolloutId, step, tenantId, unit, bothFailed } = observation
  const key = `${rolloutId} ${step} ${tenantId}`
  let tally = tallies.get(key)
  if (tally === undefined) {
    tally = { rolloutId, step, tenantId, events: 0, unassignable: 0, bothFailed: 0 }
    tallies.set(key, tally)
  }
  tally.events += 1
  if (unit === null || unit === '') tally.unassignable += 1
  if (bothFailed) tally.bothFailed += 1
}

function errorOf(
  { rolloutId, tenantId, eventId, unit }: UnitObservation,
  { document, code, message }: NonNullable<UnitObservation['configError']>,
): CandidateError {
  return { rolloutId, tenantId, eventId, unit, document, code, message: message.slice(0, messageMax) }
}
