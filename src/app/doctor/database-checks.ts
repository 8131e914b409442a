import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { listTenants } from '../../platform/tenants/list-tenants.ts'
import { watchThresholds } from '../../platform/alerts/watch-thresholds.ts'
import { conditionChecks, shownMax } from './condition-checks.ts'
import { ok, warn } from './finding.ts'
import type { CheckResult } from './finding.ts'
import { failed } from './within.ts'

/** What each refusal to open the database says; the checks before it passed, those behind it could not be made. */
const order = ['database.reachable', 'database.role', 'database.schema', 'database.cluster'] as const

const checkOfCode: Readonly<Record<string, (typeof order)[number]>> = {
  'NX-DB-ROLE': 'database.role',
  'NX-DB-SCHEMA': 'database.schema',
  'NX-DB-RESTORED': 'database.cluster',
}

const passed: Readonly<Record<(typeof order)[number], string>> = {
  'database.reachable': 'It answers',
  'database.role': 'The login is bound by row-level security',
  'database.schema': 'Its migrations fit this program',
  'database.cluster': 'The log was written in this cluster',
}

/** The open database passed all of them. */
export function openedChecks(): readonly CheckResult[] {
  return order.map((check) => ok(check, passed[check]))
}

/** Why it could not be opened: what passed, and what did not. */
export function refusedChecks(error: unknown): readonly CheckResult[] {
  const check = (error instanceof NxError ? checkOfCode[error.code] : undefined) ?? 'database.reachable'
  const at = order.indexOf(check)
  return [...order.slice(0, at).map((name) => ok(name, passed[name])), failed(check, error)]
}

/** Everything that the database knows. */
export async function installationChecks(database: Database, actor: Actor): Promise<readonly CheckResult[]> {
  const { installation, tenants } = database.stores
  const slugs = new Map((await listTenants({ tenants }, actor)).map(({ id, slug }) => [id, slug]))
  const facts = await installation.facts(watchThresholds)
  return conditionChecks(facts, (tenantId) => slugs.get(tenantId) ?? null)
}

/** Does this machine's clock agree with the database's? */
export async function clockCheck(database: Database, clock: Clock): Promise<readonly CheckResult[]> {
  const before = clock.now().getTime()
  const there = Date.parse(await database.stores.installation.databaseNow())
  const after = clock.now().getTime()
  const skewMs = Math.round((before + after) / 2 - there)
  const found = `This machine is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} the database`
  return Math.abs(skewMs) > watchThresholds.clockSkewMs + (after - before) / 2
    ? [warn('clock', found, 'Have both follow NTP: timedatectl; chronyc tracking')]
    : [ok('clock', found)]
}

/** Later than that, no daemon looks after a schedule. */
const overdueMs = 300_000

/** Does every schedule run when it is due? */
export async function schedulesCheck(database: Database, actor: Actor): Promise<readonly CheckResult[]> {
  const { schedules, tenants } = database.stores
  const check = 'schedules'
  // One more than is shown, which tells that there are more.
  const found = await schedules.attention(overdueMs, shownMax + 1)
  if (found.length === 0) return [ok(check, 'No schedule is late or cannot run')]
  const slugs = new Map((await listTenants({ tenants }, actor)).map(({ id, slug }) => [id, slug]))
  const slugOf = (tenantId: string): string => slugs.get(tenantId) ?? tenantId
  const results = found
    .slice(0, shownMax)
    .map(({ tenantId, workspace, name, trouble, overdueMs: lateMs }) => {
      const slug = slugOf(tenantId)
      const why =
        trouble === null
          ? `it should have been looked at ${Math.round(lateMs / 1_000)} s ago`
          : `${trouble.code}: ${trouble.message}`
      return warn(
        check,
        `${slug}: ${name} (workspace ${workspace}): ${why}`,
        `neuronx schedule list --tenant ${slug}`,
      )
    })
  const next = found[shownMax]
  if (next === undefined) return results
  return [
    ...results,
    warn(check, 'and more like these', `neuronx schedule list --tenant ${slugOf(next.tenantId)}`),
  ]
}

/** Are there secrets, and the key that opens them? */
export async function secretsCheck(
  database: Database,
  masterKeyId: string | null,
): Promise<readonly CheckResult[]> {
  const check = 'secrets.key'
  const standings = await database.stores.dataKeys.standings()
  if (standings.length === 0) return [ok(check, 'There are no secrets')]
  const others = standings.filter((standing) => standing.masterKeyId !== masterKeyId)
  const foreign = others.find(({ alone, secrets }) => alone > 0 || secrets > 0)
  const fix = 'Set NEURONX_MASTER_KEY_FILE to the key file that the daemons use'
  if (masterKeyId === null) return [warn(check, 'There are secrets, and no master key is set here', fix)]
  if (foreign !== undefined)
    return [warn(check, `Secrets were sealed with another master key (${foreign.masterKeyId})`, fix)]
  const [other] = others
  if (other === undefined) return [ok(check, 'The master key opens them')]
  const isOlder = standings[0] === other
  return [
    warn(
      check,
      `The master key opens them, and so does ${isOlder ? 'an older' : 'a newer'} one (${other.masterKeyId})`,
      isOlder
        ? `Once every daemon has the new key: neuronx adapter auth rotate --retire ${other.masterKeyId}`
        : `Give every daemon the newer key, then with it as NEURONX_MASTER_KEY_FILE: neuronx adapter auth rotate --retire ${masterKeyId}`,
    ),
  ]
}
