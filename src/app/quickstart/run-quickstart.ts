import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeVendorServer } from '../../adapters/connectors/fakes/fake-vendor-server.ts'
import { fakeVendorServer } from '../../adapters/connectors/fakes/known-fakes.ts'
import { createGhlTestKeys } from '../../adapters/connectors/fakes/ghl-webhooks.ts'
import { NxError } from '../../kernel/errors.ts'
import { Releasers } from '../../kernel/releasers.ts'
import { systemClock } from '../../kernel/clock.ts'
import { setSecret } from '../../platform/secrets/set-secret.ts'
import { createTenant } from '../../platform/tenants/create-tenant.ts'
import { testConfig } from '../config-tests/test-config.ts'
import { applyConfig } from '../plan/apply-config.ts'
import { vaultOf } from '../credentials/operator-vault.ts'
import type { Settings } from '../config/settings.ts'
import { startDaemon } from '../daemon/start-daemon.ts'
import { createLogger, logFile } from '../logger.ts'
import { openOperator } from '../open-operator.ts'
import type { Operator } from '../operator.ts'
import { startLocalStack } from '../stack/local-stack.ts'
import { deliveriesOf } from './deliveries.ts'
import type { Delivery } from './deliveries.ts'
import { copyExamples } from './example-directory.ts'
import { collectReport } from './quickstart-report.ts'
import type { QuickstartReport } from './quickstart-report.ts'

export interface QuickstartOptions {
  /** The example repository. */
  readonly examples: string
  readonly settings: Settings
  /** Told what is being done, for a progress display: a step begins, or says more about itself. */
  readonly onStep: (step: QuickstartStep) => void
  readonly onDetail: (detail: string) => void
  /** When it is aborted, the run ends at its next stop and takes everything down on the way: a step takes seconds. */
  readonly signal: AbortSignal
}

const slug = 'acme'

/** The steps, in order, as `onStep` names them. */
export const quickstartSteps = {
  stack: 'Start Postgres and NATS, migrate',
  tenant: 'Create the tenant acme',
  config: 'Check, test and apply config-examples',
  daemon: 'Start the daemon',
  post: 'Post signed GoHighLevel webhooks',
  work: 'Decide, and carry out commands',
  stop: 'Stop everything',
} as const

export type QuickstartStep = (typeof quickstartSteps)[keyof typeof quickstartSteps]

/** How long the events may take to be worked off. */
const settleMsMax = 60_000

/**
 * The whole path once, on this machine, in a folder of its own that is removed afterwards: stack, tenant, configuration,
 * daemon, webhooks, and what came of them. Everything that it starts is stopped, whatever happens. Throws the signal's
 * reason when it is aborted.
 */
export async function runQuickstart(options: QuickstartOptions): Promise<QuickstartReport> {
  const { examples, settings, onDetail, signal } = options
  const onStep = (step: QuickstartStep): void => {
    signal.throwIfAborted()
    options.onStep(step)
  }
  const startedMs = systemClock.monotonicMs()
  await using opened = new Releasers()
  const folder = opened.own(await mkdtemp(join(tmpdir(), 'neuronx-quickstart-')), async (path) =>
    rm(path, { recursive: true, force: true }),
  )
  const logger = createLogger(settings.logLevel, logFile(join(folder, 'quickstart.log')))

  onStep(quickstartSteps.stack)
  const stack = opened.own(
    await startLocalStack({ dataDir: join(folder, 'data'), logger, onStep: onDetail }),
    async (running) => running.stop(),
  )
  const local: Settings = {
    ...stack.settings(settings),
    httpListen: anyPort,
    opsListen: anyPort,
    tokenFile: null,
  }
  const started = async (vendor: FakeVendorServer): Promise<FakeVendorServer> =>
    opened.own(await vendor.start(), async (server) => server.stop())
  const vendors = {
    ghl: await started(fakeVendorServer('gohighlevel')),
    sink: await started(new FakeVendorServer()),
  }

  onStep(quickstartSteps.tenant)
  const operator = opened.own(await openOperator(local), async (open) => open[Symbol.asyncDispose]())
  const tenant = await createTenant(operator, operator.actor, { slug, reason: 'quickstart' })
  await keepSecret(operator, stack.masterKeyFile)

  onStep(quickstartSteps.config)
  const keys = createGhlTestKeys()
  const directory = join(folder, 'config')
  const targets = {
    sinkUrl: vendors.sink.url,
    ghlUrl: vendors.ghl.url,
    ed25519PublicKey: keys.ed25519.publicKeyPem,
  }
  await copyExamples(examples, directory, targets)
  const tests = await testConfig(directory, { filter: null })
  onDetail(`${tests.passed} of its tests passed, ${tests.failed} failed`)
  const scopes = await applyConfig(operator, directory, 'quickstart')
  onDetail(`${tests.passed} tests passed, ${scopes.length} scopes applied`)

  onStep(quickstartSteps.daemon)
  const daemon = opened.own(await startDaemon(local, { logger }), async (running) => running.stop())
  onDetail(daemon.url)

  onStep(quickstartSteps.post)
  const posted = await postAll(
    `${daemon.url}/v1/hooks/${slug}/ghl`,
    deliveriesOf(keys, systemClock.now()),
    options,
  )

  onStep(quickstartSteps.work)
  await settled(operator, tenant.id, options)
  const elapsedMs = (): number => Math.round(systemClock.monotonicMs() - startedMs)
  const report = await collectReport(operator, tenant.id, posted, vendors, elapsedMs)

  onStep(quickstartSteps.stop)
  return report
}

const anyPort = { host: '127.0.0.1', port: 0 }

async function keepSecret(operator: Operator, masterKeyFile: string): Promise<void> {
  const request = {
    tenant: slug,
    name: 'ghl-token',
    value: Buffer.from(randomBytes(18).toString('hex')),
    reason: 'quickstart',
  }
  await setSecret({ ...operator, vault: await vaultOf(operator, { masterKeyFile }) }, operator.actor, request)
}

type Progress = Pick<QuickstartOptions, 'onDetail' | 'signal'>

interface Posted {
  readonly accepted: number
  readonly duplicates: number
  readonly refused: number
}

/** In order, as a vendor would. Throws NX-QUICKSTART-ANSWER when the gateway answers otherwise than it must. */
async function postAll(
  url: string,
  deliveries: readonly Delivery[],
  { onDetail, signal }: Progress,
): Promise<Posted> {
  const posted = { accepted: 0, duplicates: 0, refused: 0 }
  for (const { title, webhook, expectStatus } of deliveries) {
    signal.throwIfAborted()
    const answer = await fetch(url, { method: 'POST', headers: webhook.headers, body: webhook.body })
    const text = await answer.text()
    if (answer.status !== expectStatus) {
      throw new NxError(
        'bug',
        'NX-QUICKSTART-ANSWER',
        `${title}: answered ${answer.status} instead of ${expectStatus}`,
        { detail: text },
      )
    }
    const events =
      answer.status === 202 ? (JSON.parse(text) as { accepted: { duplicate: boolean }[] }).accepted : []
    const duplicates = events.filter(({ duplicate }) => duplicate).length
    posted.duplicates += duplicates
    posted.accepted += events.length - duplicates
    if (answer.status === 401) posted.refused += 1
    onDetail(`${title}: ${answer.status}${duplicates > 0 ? ', known already' : ''}`)
  }
  return posted
}

/** Waits until nothing is to be published, decided or sent any more. Throws NX-QUICKSTART-STUCK. */
async function settled(operator: Operator, tenantId: string, { onDetail, signal }: Progress): Promise<void> {
  const { messages, clock } = operator
  const endMs = clock.monotonicMs() + settleMsMax
  let quiet = 0
  let last = ''
  while (quiet < 5) {
    signal.throwIfAborted()
    const [outbox, counts] = await Promise.all([messages.outboxStats(), messages.counts(tenantId)])
    const { waiting, ready, leased, succeeded } = counts.commands
    const now = JSON.stringify([outbox.pending, counts])
    quiet = outbox.pending === 0 && waiting + ready + leased === 0 && now === last ? quiet + 1 : 0
    last = now
    onDetail(`${counts.decisions} decisions, ${succeeded} commands delivered`)
    if (clock.monotonicMs() > endMs)
      throw new NxError('timeout', 'NX-QUICKSTART-STUCK', 'The work did not come to an end', { detail: now })
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
