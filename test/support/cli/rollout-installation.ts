import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTenants } from '../../../src/adapters/postgres/connection/transaction.ts'
import { writeObservations } from '../../../src/adapters/postgres/rollout/write-observations.ts'
import { nextChange } from '../../../src/control-plane/rollout/actuator/next-change.ts'
import { percentIn } from '../../../src/control-plane/rollout/state/start-rollout.ts'
import type { UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { querySuperuser } from '../database.ts'
import { openTestQueue } from '../stores/test-queue.ts'
import type { TestQueue } from '../stores/test-queue.ts'
import { basicDocuments } from '../system/running-system.ts'
import { buildCli, runBuiltCli } from './built-cli.ts'
import type { CliOptions, CliResult } from './built-cli.ts'
import type { CliAnswer } from './stuck-installation.ts'

/** A tenant `acme` with a rollout policy and something active, to roll changes out on; no daemon: the test is the actuator. */
export interface RolloutInstallation extends AsyncDisposable {
  readonly queue: TestQueue
  readonly tenantId: string
  readonly folder: string
  readonly config: string
  text(args: readonly string[], options?: CliOptions): Promise<CliResult>
  json(args: readonly string[], options?: CliOptions): Promise<CliAnswer>
  /** Writes a candidate into the directory: the score of a country. */
  change(points: number): Promise<void>
  /** Starts a rollout of a new candidate; its id. */
  start(...more: readonly string[]): Promise<string>
  /** Units seen in the present step, one event each. */
  see(rolloutId: string, count: number, observation?: Partial<UnitObservation>): Promise<void>
  /** So many units, shared out as the present step says. */
  traffic(rolloutId: string, units: number): Promise<void>
  /** Lets a minute of the present step pass. */
  age(rolloutId: string): Promise<void>
  /** One look of the actuator. */
  tick(): Promise<void>
}

const policy = (text: string): string =>
  `apiVersion: neuronx/v1\nkind: RolloutPolicy\nname: careful\n${text}\n`

/** Few units are enough, and `age` lets a step's time pass. */
export const quickPolicy = `ramp: { steps: [10, 50], evaluationPeriod: 10s }
gate: { minUnits: 2, beforeFull: 3 }
bake: { holdback: 5, for: 10s, watch: 10s }
shadowFirst: false
approval: { risk: never }
maturity: { configError: 0s, integrationError: 0s, latency: 0s, decision: 0s }
health: { staleAfter: 1h }`

export async function rolloutInstallation(policyText: string = quickPolicy): Promise<RolloutInstallation> {
  buildCli()
  const queue = await openTestQueue()
  const folder = await mkdtemp(join(tmpdir(), 'nx-rollout-'))
  const env = { NEURONX_DATABASE_URL: queue.test.url }
  const text: RolloutInstallation['text'] = (args, options = {}) =>
    runBuiltCli(args, { ...options, env: { ...env, ...options.env } })
  const json: RolloutInstallation['json'] = async (args, options = {}) => {
    const result = await text([...args, '--json'], options)
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<CliAnswer, 'code'>) }
  }
  const made = await json(['tenant', 'create', 'acme'])
  const tenantId = String(made.data['id'])
  const config = join(folder, 'config')
  const own = join(config, 'tenants', 'acme')
  await mkdir(own, { recursive: true })
  await writeFile(join(config, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
  await writeFile(join(own, 'policy.yaml'), policy(policyText))
  const documents = basicDocuments('http://127.0.0.1:9')
  let points = 30
  const change = async (to: number): Promise<void> => {
    points = to
    await writeFile(join(own, 'all.yaml'), documents.replace('points: 30', `points: ${to}`))
  }
  await change(points)
  const applied = await text(['config', 'apply', config, '--yes', '--reason', 'first'])
  if (applied.code !== 0) throw new Error(`The configuration was refused: ${applied.stderr}`)
  const { rollouts } = queue.database.stores
  const see: RolloutInstallation['see'] = async (rolloutId, count, observation = {}) => {
    const found = await rollouts.get(rolloutId, null)
    const at = found !== null && 'at' in found.state ? found.state.at : null
    const step = at?.phase === 'step' ? at.step : -1
    const observations = Array.from({ length: count }, () => ({
      ...observed(rolloutId, tenantId, step),
      ...observation,
    }))
    await inTenants(queue.pool, [tenantId], async (client) => writeObservations(client, observations))
  }
  return {
    ...{ queue, tenantId, folder, config, text, json, change },
    start: async (...more) => {
      await change(points + 1)
      const words = ['rollout', 'start', config, '--reason', 'raise it', ...more]
      const { data, error } = await json(words)
      const [rollout] = (data?.['rollouts'] ?? []) as readonly { readonly id: string }[]
      if (rollout === undefined) throw new Error(`It did not start: ${JSON.stringify(error)}`)
      return rollout.id
    },
    see,
    traffic: async (rolloutId, units) => {
      const found = await rollouts.get(rolloutId, null)
      const share = found === null ? 0 : percentIn(found.policy, found.state) / 100
      await see(rolloutId, Math.round(units * share))
      await see(rolloutId, Math.round(units * (1 - share)), { arm: 'baseline' })
    },
    age: async (rolloutId) => {
      await querySuperuser(
        queue.test,
        `update rollout set state = jsonb_set(state, '{at,enteredAtMs}', to_jsonb((state#>>'{at,enteredAtMs}')::bigint - 60000)) where id = $1 and state ? 'at'`,
        [rolloutId],
      )
    },
    tick: async () => {
      const claimed = await rollouts.claim('test', 10_000)
      if (claimed === null) return
      const seen = await rollouts.observe(claimed.rollout)
      const { advanced, judged } = nextChange(claimed.rollout, seen)
      await rollouts.commit(claimed, advanced, judged)
      await rollouts.release(claimed)
    },
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function observed(rolloutId: string, tenantId: string, step: number): UnitObservation {
  const id = newId()
  return {
    ...{ rolloutId, step, tenantId },
    unit: `lead/${id}`,
    entityKey: `default/lead/${id}`,
    eventId: newId(),
    arm: 'candidate',
    failed: false,
    configError: null,
    slow: null,
    signals: [],
    actions: 0,
    commandIds: [],
    bothFailed: false,
    fellBack: false,
  }
}
