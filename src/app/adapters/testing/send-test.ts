import { setTimeout as wait } from 'node:timers/promises'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import { parseCloudEvent } from '../../../messaging/events/cloud-event.ts'
import { switchedOffReason } from '../../../messaging/commands/integration-control.ts'
import type { CommandView } from '../../../messaging/reading/event-reader.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Tenant } from '../../../platform/tenants/tenant.ts'
import { integrationTestType } from '../../../sales-core/compile/type-catalog.ts'
import type { Operator } from '../../operator.ts'
import { publishEvents } from '../../publish-events.ts'
import { operationOf } from './render-call.ts'

/** A message for trying an integration out. */
export interface TestMessage {
  readonly to: string
  readonly text: string
  /** null: the only one that the integration serves. */
  readonly channel: string | null
  /** Whom it is about: policies ask for this entity's consent. */
  readonly about: { readonly kind: string; readonly id: string }
  readonly reason: string | null
}

/** How far it came. `pending`: nothing has ended within the time. */
export interface SendReport {
  readonly integration: string
  readonly operation: string
  readonly commandId: string
  readonly state: 'sent' | 'failed' | 'in_doubt' | 'pending'
  readonly code: string | null
  readonly message: string
  readonly result: CommandView['result']
}

const pollMs = 250
const subjectCharsMax = 78

/** What will be sent: the operation and its input. Throws NX-ADAPTER-CHANNEL, NX-OPERATION-NOT-FOUND. */
export function testSendOf(
  integration: Integration,
  { to, text, channel }: Pick<TestMessage, 'to' | 'text' | 'channel'>,
): { readonly operation: string; readonly input: JsonObject } {
  const served = Object.keys(integration.channels)
  const [only] = served
  const chosen = channel ?? (served.length === 1 ? (only ?? null) : null)
  const operation = chosen !== null && served.includes(chosen) ? integration.channels[chosen] : undefined
  if (chosen === null || operation === undefined) {
    const problem =
      served.length === 0
        ? 'carries no messages'
        : channel === null
          ? 'serves several channels'
          : `does not serve ${channel}`
    throw new NxError('usage', 'NX-ADAPTER-CHANNEL', `The integration '${integration.name}' ${problem}`, {
      fix:
        served.length === 0 ? 'Name another integration.' : `Add --channel ${served.join(' or --channel ')}.`,
    })
  }
  const takes = operationOf(integration, operation).inputs
  // Mail has a subject; some vendors take none without.
  const subject = chosen === 'email' ? { subject: subjectOf(text) } : {}
  const input: JsonObject = { to, text, channel: chosen, ...subject }
  const known = Object.entries(input).filter(([member]) => takes === null || takes.has(member))
  return { operation, input: Object.fromEntries(known) }
}

/**
 * Queues one message as a command, and waits for the daemons to carry it out: with the tenant's policies, budget and ledger, like
 * every other. Throws NX-INTEGRATION-OFF (unavailable), NX-DAEMON-UNREACHABLE when none is alive, and what `testSendOf` throws.
 */
export async function sendTest(
  operator: Operator,
  tenant: Tenant,
  workspace: string,
  integration: Integration,
  message: TestMessage,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<SendReport> {
  const { operation, input } = testSendOf(integration, message)
  await requireOn(operator, tenant, integration.name)
  if ((await operator.messages.daemonsAlive()) === 0) {
    throw new NxError('unreachable', 'NX-DAEMON-UNREACHABLE', 'No daemon is alive to send it', {
      detail: 'Nothing was queued.',
      retryable: true,
      fix: 'neuronx daemon run',
    })
  }
  const commandId = await queue(operator, tenant, workspace, integration, { operation, input, message })
  const endMs = operator.clock.monotonicMs() + timeoutMs
  const common = { integration: integration.name, operation, commandId }
  for (;;) {
    const view = await operator.messages.command(tenant.id, commandId)
    const ended = view === null ? null : endOf(view)
    if (ended !== null) {
      const stopped = view?.state === 'cancelled' ? await whyStopped(operator, tenant, commandId) : {}
      return { ...common, ...ended, ...stopped }
    }
    if (operator.clock.monotonicMs() >= endMs || signal.aborted) {
      const why = view?.error?.message ?? 'It is queued; nobody has carried it out yet'
      return { ...common, state: 'pending', code: view?.error?.code ?? null, message: why, result: null }
    }
    await wait(pollMs)
  }
}

/** What a policy said; empty when a person cancelled it. */
async function whyStopped(
  { dispatch }: Pick<Operator, 'dispatch'>,
  { id }: Tenant,
  commandId: string,
): Promise<Partial<Pick<SendReport, 'code' | 'message'>>> {
  const last = (await dispatch.place(id, commandId))?.attempts.at(-1)
  return last === undefined ? {} : { code: last.error.code, message: last.error.message }
}

/** The beginning of a text, on one line. */
function subjectOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, subjectCharsMax).toWellFormed()
}

/** Else the test would go out whenever somebody enables it. */
async function requireOn(
  { integrationControl }: Operator,
  { id, slug }: Tenant,
  name: string,
): Promise<void> {
  const off = (await integrationControl.switchedOff(id)).find(({ integration }) => integration === name)
  if (off === undefined) return
  throw new NxError('unavailable', switchedOffReason, `'${name}' is switched off`, {
    detail: `${off.by} at ${off.at}: ${off.reason}. Nothing was queued.`,
    fix: `neuronx adapter enable ${name} --tenant ${slug}`,
  })
}

async function queue(
  operator: Operator,
  tenant: Tenant,
  workspace: string,
  integration: Integration,
  { operation, input, message }: { operation: string; input: JsonObject; message: TestMessage },
): Promise<string> {
  const { actor, clock } = operator
  const id = newId()
  const event = parseCloudEvent({
    specversion: '1.0',
    id: newId(),
    source: 'neuronx-cli',
    type: integrationTestType,
    subject: `integration/${integration.name}`,
    data: { operation, command_id: id },
  })
  const [accepted] = await publishEvents(operator, tenant, workspace, [event])
  if (accepted === undefined) throw new NxError('bug', 'NX-BUG', 'An event was accepted without an id')
  const command = {
    id,
    tenantId: tenant.id,
    workspace,
    entityKey: entityKey(workspace, message.about),
    eventId: accepted.id,
    rootId: accepted.id,
    correlationId: accepted.id,
    depth: 0,
    cause: `Operator/${actorName(actor)}#adapter-test`,
    instanceId: null,
    integration: integration.name,
    operation,
    input,
    idempotencyKey: id,
    priority: 'high',
    repeatable: operationOf(integration, operation).repeatable,
    dueAt: clock.now().toISOString(),
    routeResult: false,
    parentId: null,
  } as const
  await operator.integrationControl.ask(command, actorName(actor), message.reason ?? 'adapter test --send')
  return id
}

function takenWords(result: CommandView['result']): string {
  const pretended = isJsonObject(result) && result['sandbox'] === true
  return pretended ? 'Its mode is sandbox: it ended well without a call' : 'The vendor has taken it'
}

function endOf({
  state,
  error,
  result,
}: CommandView): Pick<SendReport, 'state' | 'code' | 'message' | 'result'> | null {
  switch (state) {
    case 'succeeded':
      return { state: 'sent', code: null, message: takenWords(result), result }
    case 'dead':
    case 'cancelled':
      return { state: 'failed', code: error?.code ?? null, message: error?.message ?? state, result: null }
    case 'in_doubt':
      return {
        state: 'in_doubt',
        code: error?.code ?? null,
        message: error?.message ?? 'Nobody knows whether it took effect',
        result: null,
      }
    default:
      return null
  }
}
