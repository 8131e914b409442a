import type { AlertCondition } from '../../platform/alerts/alert.ts'
import type { AlertCode } from '../../platform/alerts/alert-codes.ts'
import { conditionsOf } from '../../platform/alerts/conditions-of.ts'
import type { InstallationFacts } from '../../platform/alerts/installation-facts.ts'
import { fail, ok, warn } from './finding.ts'
import type { CheckResult } from './finding.ts'

/** Which alerts answer which check, and what is said when there is none. */
const checks: ReadonlyArray<{ check: string; codes: readonly AlertCode[]; good: string }> = [
  { check: 'lanes.in_doubt', codes: ['NX-ALERT-IN-DOUBT'], good: 'No command has been in doubt for long' },
  {
    check: 'lanes.stuck',
    codes: ['NX-ALERT-LANES-OVERDUE', 'NX-ALERT-LANES-BLOCKED'],
    good: 'No lane is stuck',
  },
  { check: 'dead_letters', codes: ['NX-ALERT-DEAD-LETTERS'], good: 'There are no open dead letters' },
  { check: 'credentials', codes: ['NX-ALERT-CREDENTIALS'], good: 'No integration refuses its credentials' },
  { check: 'breakers', codes: ['NX-ALERT-BREAKER-OPEN'], good: 'No breaker has been open for long' },
  { check: 'rules', codes: ['NX-ALERT-RULE-TRIPPED'], good: 'No rule is stopped for failing' },
  { check: 'relay.unpublished', codes: ['NX-ALERT-UNPUBLISHED'], good: 'Publishing keeps up' },
  { check: 'relay.refused', codes: ['NX-ALERT-PUBLISH-REFUSED'], good: 'The bus refuses no event' },
  { check: 'relay.paused', codes: ['NX-ALERT-OUTBOX-PAUSED'], good: 'Publishing is not paused for long' },
  { check: 'daemons.loops', codes: ['NX-ALERT-LOOP-LATE'], good: 'Every loop of every daemon goes round' },
  { check: 'daemons.clocks', codes: ['NX-ALERT-CLOCK-SKEW'], good: 'Their clocks agree with the database' },
  { check: 'daemons.disks', codes: ['NX-ALERT-DISK'], good: 'Their data directories have room' },
  { check: 'jobs', codes: ['NX-ALERT-JOB-PAUSED'], good: 'No job has paused itself' },
  { check: 'bus.repaired', codes: ['NX-ALERT-BUS-REPAIRED'], good: 'The bus has lost nothing lately' },
]

/** Findings of one kind that are listed one by one; the others are counted. */
export const shownMax = 5

/** The alerts' own conditions, looked at now, by check. */
export function conditionChecks(
  facts: InstallationFacts,
  slugOf: (tenantId: string) => string | null,
): readonly CheckResult[] {
  const conditions = conditionsOf(facts, { slugOf, unownedMs: new Map(), consumersAhead: null })
  return [
    ...checks.flatMap(({ check, codes, good }) => {
      const found = conditions.filter(({ code }) => (codes as readonly string[]).includes(code))
      return found.length === 0 ? [ok(check, good)] : shown(check, found, slugOf)
    }),
    fenceCheck(facts, conditions),
    daemonsCheck(facts),
    shardsCheck(facts),
    partitionsCheck(facts, conditions),
  ]
}

function shown(
  check: string,
  found: readonly AlertCondition[],
  slugOf: (tenantId: string) => string | null,
): readonly CheckResult[] {
  const results = found.slice(0, shownMax).map(({ tenantId, severity, detail, fix }) => {
    const whose = tenantId === null ? '' : `${slugOf(tenantId) ?? tenantId}: `
    return (severity === 'critical' ? fail : warn)(check, `${whose}${detail}`, fix)
  })
  const more = found.length - results.length
  return more === 0 ? results : [...results, warn(check, `and ${more} more like these`, 'neuronx alert list')]
}

function fenceCheck(facts: InstallationFacts, conditions: readonly AlertCondition[]): CheckResult {
  const check = 'relay.fence'
  const condition = conditions.find(({ code }) => code === 'NX-ALERT-FENCE')
  if (condition !== undefined) return fail(check, condition.detail, condition.fix)
  if (!facts.fenceVisible) {
    return warn(
      check,
      'Other logins’ transactions cannot be seen, so a fence would go unnoticed until events wait',
      'As a superuser: grant pg_read_all_stats to neuronx_relay',
    )
  }
  const { fence } = facts
  return ok(
    check,
    fence === null
      ? 'No transaction is open'
      : `The oldest open transaction is ${Math.round(fence.ageMs)} ms old`,
  )
}

function daemonsCheck({ daemons }: InstallationFacts): CheckResult {
  if (daemons.length === 0) return fail('daemons.live', 'No daemon is running', 'neuronx daemon run')
  const names = daemons.map(({ host, version }) => `${host} (${version})`).join(', ')
  return ok('daemons.live', `${daemons.length}: ${names}`)
}

function shardsCheck({ shardsOwned, daemons }: InstallationFacts): CheckResult {
  const unowned = 64 - shardsOwned.length
  if (unowned === 0) return ok('shards', 'All 64 shards have an owner')
  const fix =
    daemons.length === 0
      ? 'neuronx daemon run'
      : 'They are taken within 15 s; look again, then read the daemons’ logs'
  return fail('shards', `${unowned} of 64 shards have no owner`, fix)
}

function partitionsCheck(facts: InstallationFacts, conditions: readonly AlertCondition[]): CheckResult {
  const condition = conditions.find(({ code }) => code === 'NX-ALERT-PARTITIONS')
  return condition === undefined
    ? ok('database.partitions', `Made for ${facts.partitionDaysAhead} days ahead`)
    : fail('database.partitions', condition.detail, condition.fix)
}
