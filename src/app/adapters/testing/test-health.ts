import { answerCodes } from '../../../adapters/connectors/answers/answer-words.ts'
import { ConnectorAuthorizer } from '../../../adapters/connectors/auth/authorizer.ts'
import { CallPreparer } from '../../../adapters/connectors/calls/call-preparer.ts'
import type { Preparation } from '../../../adapters/connectors/calls/call-preparer.ts'
import type { PageAnswer } from '../../../adapters/connectors/calls/read-page.ts'
import type { CompiledOperation } from '../../../adapters/connectors/compile-connector.ts'
import { ConnectorExecutor } from '../../../adapters/connectors/connector-executor.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import { SmtpClient } from '../../../adapters/smtp/smtp-client.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { silentLogger } from '../../../kernel/logger.ts'
import type { AttemptOutcome } from '../../../messaging/commands/command.ts'
import type { Settings } from '../../config/settings.ts'
import type { Operator } from '../../operator.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'
import { ConnectionWitness } from './connection-witness.ts'
import type { WayStep } from './connection-witness.ts'
import { operatorReach } from './operator-credentials.ts'
import { fixOf } from './outcome-fixes.ts'
import { watched } from './watched-client.ts'
import type { WatchedExchange } from './watched-client.ts'

/** What a harmless call to a vendor came to. */
export interface HealthReport {
  readonly integration: string
  readonly connector: string
  readonly operation: string
  readonly state: 'ok' | 'failed'
  /** `NX-CALL-…`; null when all is well. */
  readonly code: string | null
  /** What it means, for people. */
  readonly message: string
  readonly fix: string | null
  readonly steps: readonly WayStep[]
  /** What the operation gives back, without secrets. */
  readonly output: JsonValue
}

/**
 * Carries out the connector's `health` operation with the daemons' own executor, credentials and limits. Nothing is changed at the
 * vendor: only what reads can be a health operation. Its budget is not asked, for it is one call by hand. Throws
 * NX-ADAPTER-NO-HEALTH (configuration), NX-MASTER-KEY-…, NX-DB-….
 */
export async function testHealth(
  operator: Operator,
  settings: Pick<Settings, 'masterKeyFile' | 'egressAllowPrivate' | 'dataDir' | 'databaseUrl'>,
  place: AdapterPlace,
  named: Integration,
  signal: AbortSignal,
): Promise<HealthReport> {
  const operation = healthOperation(named)
  const { clock } = operator
  const allowPrivate = settings.egressAllowPrivate
  using witness = new ConnectionWitness(clock)
  await using tokenClient = new OutgoingClient({ allowPrivate })
  await using client = new OutgoingClient({ allowPrivate, resolve: witness.resolve })
  await using mail = new SmtpClient({ allowPrivate, resolve: witness.resolve })
  const exchanges: WatchedExchange[] = []
  const { tenantId, workspace } = place
  const proofs = await operatorReach(operator, settings, place, named, tokenClient)
  const integration = (await proofs.integrations.integration(tenantId, workspace, named.name)) ?? named
  const executor = new ConnectorExecutor({
    ...proofs,
    integrations: { integration: async () => integration },
    client: watched(client, exchanges, clock),
    mail: watched(mail, exchanges, clock),
    clock,
    logger: silentLogger,
  })
  const preparer = new CallPreparer(proofs.secrets, new ConnectorAuthorizer(proofs.accessTokens, clock))
  const prepared = await preparer.prepare(
    {
      tenantId,
      workspace,
      integration,
      operation,
      input: {},
      entity: { kind: 'integration', id: integration.name },
      idempotencyKey: '',
    },
    signal,
  )
  const subject = { integration: integration.name, operation: operation.name, input: {}, since: null }
  const answer: PageAnswer =
    'outcome' in prepared
      ? { state: 'failed', outcome: prepared.outcome }
      : await executor.readPage({ tenantId, workspace, ...subject }, signal)
  const last = exchanges.at(-1)
  return reportOf(
    integration,
    operation,
    place,
    answer,
    [...witness.steps, ...httpStep(last, prepared)],
    last,
  )
}

function healthOperation({ name, connector }: Integration): CompiledOperation {
  const { health } = connector.definition
  const operation = health === undefined ? undefined : connector.operations.get(health)
  if (operation !== undefined) return operation
  throw new NxError('configuration', 'NX-ADAPTER-NO-HEALTH', `'${name}' has no health operation`, {
    detail: `${connector.definition.connector} names no operation that is a harmless call.`,
    fix: `A document with connector: http or graphql names one: \`health: OPERATION\` (effect: read). Else see a request without sending it: neuronx adapter test ${name} --render OPERATION`,
  })
}

/** The request and its answer; nothing of either that could be a secret. */
function httpStep(exchange: WatchedExchange | undefined, prepared: Preparation): readonly WayStep[] {
  if (exchange === undefined || 'outcome' in prepared) return []
  const { request, answer, ms } = exchange
  const asked = `${request.method} ${prepared.call.redact(request.url.href)}`
  if (answer.state === 'answered') {
    const ok = answer.status >= 200 && answer.status < 300
    return [{ step: wayOf(request), state: ok ? 'ok' : 'failed', detail: `${asked}: ${answer.status}`, ms }]
  }
  // What never left was said by the step that it failed at.
  if (answer.state === 'not_sent' && wayOf(request) === 'http') return []
  return [
    {
      step: wayOf(request),
      state: 'failed',
      detail: `${asked}: ${prepared.call.redact(answer.message)}`,
      ms,
    },
  ]
}

function wayOf({ url }: WatchedExchange['request']): 'http' | 'smtp' {
  return url.protocol === 'smtp:' ? 'smtp' : 'http'
}

function reportOf(
  integration: Integration,
  operation: CompiledOperation,
  place: AdapterPlace,
  answer: PageAnswer,
  steps: readonly WayStep[],
  last: WatchedExchange | undefined,
): HealthReport {
  const common = {
    integration: integration.name,
    connector: integration.connector.definition.connector,
    operation: operation.name,
    steps,
  }
  const well = {
    ...common,
    state: 'ok',
    code: null,
    fix: null,
    message: 'It answers, and takes the credentials',
  } as const
  if (answer.state === 'page') return { ...well, output: outputOf(operation, answer.body) }
  // An answer that was understood, and is no JSON: a page of a list could not be read, but there is nothing to read here.
  const status = last?.answer.state === 'answered' ? last.answer.status : 0
  if (isUnreadable(answer.outcome) && operation.output === null && status >= 200 && status < 300)
    return { ...well, output: { status } }
  const { code, message } = errorOf(answer.outcome)
  const fix = fixOf(code, integration.name, place.slug)
  return { ...common, state: 'failed', code, message, fix, output: null }
}

function isUnreadable(outcome: AttemptOutcome): boolean {
  return errorOf(outcome).code === 'NX-CALL-ANSWER'
}

function errorOf(outcome: AttemptOutcome): { readonly code: string; readonly message: string } {
  return outcome.state === 'succeeded' ? { code: answerCodes.ok, message: 'done' } : outcome.error
}

function outputOf({ output }: CompiledOperation, answer: JsonValue): JsonValue {
  return output?.render({ answer, status: 200 }) ?? null
}
