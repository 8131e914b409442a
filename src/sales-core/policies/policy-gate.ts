import type { Logger } from '../../kernel/logger.ts'
import { errorText } from '../../kernel/errors.ts'
import { attemptError } from '../../messaging/commands/cleared-command.ts'
import type { MessageFacts, SendJudge, SendVerdict } from '../../messaging/commands/cleared-command.ts'
import type { Command, LeasedCommand } from '../../messaging/commands/command.ts'
import { messageOutcomes } from '../../messaging/commands/message-notice.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import { appliesTo } from './judge-send.ts'
import { withinQuota } from './daily-quota.ts'
import type { Judged, QuotaLedger } from './daily-quota.ts'
import type { SendContext, SendContexts } from './send-context.ts'
import type { SendLedger, SendRequest } from './send-facts.ts'
import { weighSends } from './weigh-sends.ts'
import type { GovernedSend } from './weigh-sends.ts'

/** A suspended tenant's commands are looked at again after this, a command whose configuration cannot be read after that. */
const suspendedMs = 300_000
const unreadableMs = 2_000

type Looked = { readonly verdict: SendVerdict } | { readonly governed: GovernedSend }

const passed: Extract<SendVerdict, { state: 'allow' }> = {
  state: 'allow',
  input: null,
  message: null,
  holdsSlot: false,
}

/**
 * The policies' word on everything that is about to be sent. What no policy is about costs no round trip; the rest of a claim
 * is weighed in one transaction.
 */
export class PolicyGate implements SendJudge {
  readonly counters = { allowed: 0, deferred: 0, suppressed: 0, held: 0 }
  readonly #contexts: SendContexts
  readonly #ledger: SendLedger
  readonly #quotas: QuotaLedger
  readonly #logger: Logger

  constructor(options: { contexts: SendContexts; ledger: SendLedger; quotas: QuotaLedger; logger: Logger }) {
    this.#contexts = options.contexts
    this.#ledger = options.ledger
    this.#quotas = options.quotas
    this.#logger = options.logger
  }

  async judge(claimed: readonly LeasedCommand[]): Promise<readonly SendVerdict[]> {
    const looked = await Promise.all(claimed.map(async (leased) => await this.#look(leased)))
    const governed = looked.flatMap((one) => ('governed' in one ? one.governed : []))
    const weighed = governed.length === 0 ? [] : await this.#weigh(governed)
    const verdicts = new Map(governed.map(({ leased }, index) => [leased.command.id, weighed[index]]))
    const judged = looked.map((one, index): Judged => {
      const leased = claimed[index] as LeasedCommand
      const verdict = 'verdict' in one ? one.verdict : verdicts.get(leased.command.id)
      const { commandsPerDay } = one
      return {
        leased,
        commandsPerDay,
        verdict: verdict ?? held('NX-SEND-UNJUDGED', 'The policies said nothing about it'),
      }
    })
    return (await this.#withinQuota(judged)).map((verdict) => this.#counted(verdict))
  }

  /** What cannot be counted does not go out. */
  async #withinQuota(judged: readonly Judged[]): Promise<readonly SendVerdict[]> {
    try {
      return await withinQuota(this.#quotas, judged)
    } catch (error) {
      this.#logger.warn(
        { commands: judged.length, error: errorText(error) },
        'The quotas of tenants could not be read: their commands wait',
      )
      return judged.map(({ verdict, commandsPerDay }) =>
        verdict.state !== 'allow' || commandsPerDay === null
          ? verdict
          : held('NX-SEND-UNJUDGED', 'The quota of its tenant cannot be read now'),
      )
    }
  }

  async #look(leased: LeasedCommand): Promise<Looked & { commandsPerDay: number | null }> {
    let context: SendContext
    try {
      context = await this.#contexts.contextOf(leased.command)
    } catch (error) {
      this.#logger.warn(
        { command: leased.command.id, error: errorText(error) },
        'The policies of a command cannot be read now: it waits',
      )
      return { verdict: held('NX-SEND-UNJUDGED', 'The policies cannot be read now'), commandsPerDay: null }
    }
    return { ...lookAt(leased, context), commandsPerDay: context.commandsPerDay }
  }

  async #weigh(governed: readonly GovernedSend[]): Promise<readonly SendVerdict[]> {
    try {
      return await weighSends(this.#ledger, governed)
    } catch (error) {
      this.#logger.warn(
        { commands: governed.length, error: errorText(error) },
        'What policies ask about could not be read: the commands wait',
      )
      return governed.map(() => held('NX-SEND-UNJUDGED', 'What the policies ask about cannot be read now'))
    }
  }

  #counted(verdict: SendVerdict): SendVerdict {
    if (verdict.state === 'allow' || verdict.state === 'pretend') this.counters.allowed += 1
    else if (verdict.state === 'defer') this.counters.deferred += 1
    else if (verdict.state === 'suppress') this.counters.suppressed += 1
    else this.counters.held += 1
    return verdict
  }
}

/** What is said without knowing anything of the contact; else the policies that have to be asked. */
export function lookAt(leased: LeasedCommand, context: SendContext): Looked {
  const { target, tenantActive } = context
  if (tenantActive === null) return { verdict: held('NX-SEND-UNJUDGED', 'Its tenant is not known here yet') }
  if (!tenantActive) {
    const error = attemptError('NX-SEND-TENANT-SUSPENDED', 'Its tenant is suspended: it waits')
    return { verdict: { state: 'hold', delayMs: suspendedMs, error } }
  }
  const reads = target?.effect === 'read'
  const message = messageOf(leased.command, context)
  if (!reads && target?.mode === 'sandbox')
    return { verdict: { state: 'pretend', result: { sandbox: true } } }
  if (target?.mode === 'disabled' || (!reads && target?.mode === 'read_only')) {
    const { integration } = leased.command
    const code = target.mode === 'disabled' ? 'NX-SEND-DISABLED' : 'NX-SEND-READ-ONLY'
    const error = attemptError(code, `The integration ${integration} is ${target.mode.replace('_', '-')}`)
    return { verdict: { state: 'suppress', error, instead: null, message } }
  }
  if (reads) return { verdict: passed }
  const request = requestOf(leased.command, context)
  const policies = context.policies.policies.filter((policy) => appliesTo(policy, request))
  if (policies.length === 0) return { verdict: message === null ? passed : { ...passed, message } }
  return { governed: { leased, context, request, policies, message } }
}

/** What is not known to be anything else is taken for a message. */
function requestOf(
  { id, entityKey, input, priority, dueAt, cause }: Command,
  { target, policiesOf }: SendContext,
): SendRequest {
  const [, workflow = null] = /^Workflow\/([^#]+)#/.exec(cause) ?? []
  const named = workflow === null ? [] : policiesOf(workflow)
  return {
    ...(named.length === 0 ? {} : { named }),
    commandId: id,
    effect: target?.effect === 'call' ? 'call' : 'send',
    channels: channelsOf(input['channel'], target?.channels ?? []),
    entityKind: parseEntityKey(entityKey).subject.kind,
    priority,
    freeText: input['template_id'] === undefined && input['template'] === undefined,
    dueMs: Date.parse(dueAt),
  }
}

/** The channel that a message says, when its operation serves it; else all that the operation serves. */
function channelsOf(said: unknown, served: readonly string[]): readonly string[] {
  return typeof said === 'string' && served.includes(said) ? [said] : served
}

function messageOf({ input }: Command, { target, listensTo }: SendContext): MessageFacts | null {
  if (target?.effect === 'call' || target?.effect === 'read') return null
  const channels = channelsOf(input['channel'], target?.channels ?? [])
  const listened = new Set(messageOutcomes.filter((outcome) => listensTo(`message.${outcome}`)))
  return { channel: channels.length === 1 ? (channels[0] ?? null) : null, listened }
}

function held(code: string, message: string): SendVerdict {
  return { state: 'hold', delayMs: unreadableMs, error: attemptError(code, message) }
}
