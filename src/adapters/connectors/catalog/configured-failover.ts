import type { Clock } from '../../../kernel/clock.ts'
import { troubleOf } from '../../../messaging/dispatch/failover.ts'
import type {
  FailoverMove,
  FailoverPlans,
  GateTrouble,
  ShutGate,
  StuckCommand,
} from '../../../messaging/dispatch/failover.ts'
import { wasMoved } from '../../../messaging/commands/moved-key.ts'
import type { Integration, IntegrationProvider } from '../integration.ts'
import { moveSend } from './move-send.ts'
import { sendTarget } from './send-target.ts'

const troubleWords: Readonly<Record<GateTrouble, string>> = {
  down: 'is down',
  credentials: 'refuses its credentials',
  quota: 'takes no more calls for now',
  off: 'was switched off',
}

/** What Integration documents say of commands that wait for an integration which takes no calls. */
export class ConfiguredFailover implements FailoverPlans {
  readonly #integrations: IntegrationProvider
  readonly #clock: Clock
  readonly #tenantActive: (tenantId: string) => boolean
  readonly #namesFailover: (tenantId: string) => Promise<boolean>
  readonly #listens: (tenantId: string, workspace: string, eventType: string) => Promise<boolean>

  constructor(options: {
    integrations: IntegrationProvider
    clock: Clock
    tenantActive: (tenantId: string) => boolean
    /** May a document of the tenant, active or of a candidate, name a failover? */
    namesFailover: (tenantId: string) => Promise<boolean>
    /** Does a rule or workflow listen to this type of event? */
    listens: (tenantId: string, workspace: string, eventType: string) => Promise<boolean>
  }) {
    this.#integrations = options.integrations
    this.#clock = options.clock
    this.#tenantActive = options.tenantActive
    this.#namesFailover = options.namesFailover
    this.#listens = options.listens
  }

  async mayMove(tenantId: string): Promise<boolean> {
    return this.#tenantActive(tenantId) && (await this.#namesFailover(tenantId))
  }

  async plan({ leased, fields }: StuckCommand, gate: ShutGate): Promise<FailoverMove | null> {
    const { command } = leased
    const { tenantId, workspace, operation } = command
    // A message is moved once: two integrations must not hand it to and fro.
    if (wasMoved(command) || !this.#tenantActive(tenantId)) return null
    const from = await this.#integrations.integration(tenantId, workspace, command.integration, operation)
    const channel = from === null ? null : channelOf(from, operation, command.input['channel'])
    if (from === null || channel === null || from.mode !== 'live') return null
    const declared = from.failover[channel]
    if (declared === undefined || gate.shutMs < declared.afterMs) return null
    const trouble = troubleOf(gate)
    if (!declared.on.has(trouble)) return null
    const to = await this.#integrations.integration(tenantId, workspace, declared.to)
    if (to === null || to.mode !== 'live') return null
    const instead = moveSend({ command, channel, from, to, fields, now: this.#clock.now() })
    if (instead === null) return null
    const reason = gate.reason === '' ? '' : ` (${gate.reason})`
    return {
      leased,
      afterMs: declared.afterMs,
      instead,
      why: `${from.name} ${troubleWords[trouble]}${reason} and has taken no calls for ${minutes(gate.shutMs)}: it goes out over ${to.name}`,
      notice: {
        outcome: 'suppressed',
        channel,
        routed: await this.#listens(tenantId, workspace, 'message.suppressed'),
      },
    }
  }
}

/** The channel of a message; null: it is none, or nobody can say which. */
function channelOf(from: Integration, operation: string, said: unknown): string | null {
  const target = sendTarget(from, operation)
  if (target?.effect !== 'send') return null
  const { channels } = target
  if (typeof said === 'string' && channels.includes(said)) return said
  return channels.length === 1 ? (channels[0] ?? null) : null
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.floor(ms / 1_000)} s` : `${Math.floor(ms / 60_000)} min`
}
