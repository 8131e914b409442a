import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { errorText } from '../../kernel/errors.ts'
import type { AttemptError, Command, LeasedCommand } from './command.ts'
import type { SettledAttempt } from './command-queue.ts'
import type { MessageOutcome } from './message-notice.ts'

/** What is known of a command that carries a message to somebody. */
export interface MessageFacts {
  /** null: its operation does not say which. */
  readonly channel: string | null
  /** Outcomes that rules or workflows listen to: only these travel the bus. */
  readonly listened: ReadonlySet<MessageOutcome>
}

/** What the policies say about one attempt. */
export type SendVerdict =
  /** `input`: what is sent instead of the command's own (a template); null: as it is. `holdsSlot`: of a frequency cap. */
  | {
      readonly state: 'allow'
      readonly input: JsonObject | null
      readonly message: MessageFacts | null
      readonly holdsSlot: boolean
    }
  /** It cannot be judged now, or its tenant is suspended: looked at again, and nobody is told. */
  | { readonly state: 'hold'; readonly delayMs: number; readonly error: AttemptError }
  /** Not now: it stays the head of its lane. */
  | {
      readonly state: 'defer'
      readonly delayMs: number
      readonly error: AttemptError
      readonly message: MessageFacts
    }
  /** Never. `instead`: the same message over another channel. */
  | {
      readonly state: 'suppress'
      readonly error: AttemptError
      readonly instead: Command | null
      readonly message: MessageFacts | null
    }
  /** Ended well without a call: the integration is a sandbox. */
  | { readonly state: 'pretend'; readonly result: JsonValue }
  /** Its lease was lost meanwhile: somebody else has it. */
  | { readonly state: 'lost' }

/** Says of claimed commands whether they may be carried out now. */
export interface SendJudge {
  /** One verdict a command, in the order given. What it throws holds all of them back. */
  judge(claimed: readonly LeasedCommand[]): Promise<readonly SendVerdict[]>
}

/** What the gate made of one claimed command. */
export type Passage =
  | { readonly state: 'cleared'; readonly command: ClearedCommand }
  | { readonly state: 'stopped'; readonly end: SettledAttempt }
  | { readonly state: 'lost' }

/** A command that could not be judged is looked at again after this. */
const unjudgedMs = 2_000

/**
 * A command that has passed the policy gate, for this attempt. Only `passGate` makes them, and executors take nothing else: no
 * path leads to a call round the gate. The private member makes the type nominal: nothing that merely looks like it will do.
 */
export class ClearedCommand implements LeasedCommand {
  readonly command: Command
  readonly attempt: number
  readonly runLease: string
  readonly firstAttemptAt: string | null
  readonly leaseEndsMs: number
  readonly probe: boolean
  readonly message: MessageFacts | null
  readonly #holdsSlot: boolean

  private constructor(leased: LeasedCommand, verdict: Extract<SendVerdict, { state: 'allow' }>) {
    const { command, attempt, runLease, firstAttemptAt, leaseEndsMs, probe = false } = leased
    this.command = verdict.input === null ? command : { ...command, input: verdict.input }
    this.attempt = attempt
    this.runLease = runLease
    this.firstAttemptAt = firstAttemptAt
    this.leaseEndsMs = leaseEndsMs
    this.probe = probe
    this.message = verdict.message
    this.#holdsSlot = verdict.holdsSlot
  }

  /** Does it hold a slot of a frequency cap, to be given back when it certainly did not go out? */
  get holdsSlot(): boolean {
    return this.#holdsSlot
  }

  /** The gate. What cannot be judged does not pass. Never throws; the passages are in the order given. */
  static async passGate(judge: SendJudge, claimed: readonly LeasedCommand[]): Promise<readonly Passage[]> {
    let verdicts: readonly SendVerdict[]
    try {
      verdicts = await judge.judge(claimed)
    } catch (error) {
      const unjudged = attemptError(
        'NX-SEND-UNJUDGED',
        `The policies cannot be read now: ${errorText(error)}`,
      )
      verdicts = claimed.map(() => ({ state: 'hold', delayMs: unjudgedMs, error: unjudged }))
    }
    return claimed.map((leased, index) => {
      const verdict = verdicts[index]
      if (verdict?.state === 'allow')
        return { state: 'cleared', command: new ClearedCommand(leased, verdict) }
      if (verdict?.state === 'lost') return { state: 'lost' }
      return { state: 'stopped', end: stoppedEnd(leased, verdict) }
    })
  }
}

/** An error of ours: no answer of anybody. */
export function attemptError(code: string, message: string): AttemptError {
  return { code, message, status: null, answer: null }
}

function stoppedEnd(
  leased: LeasedCommand,
  verdict: Exclude<SendVerdict, { state: 'allow' | 'lost' }> | undefined,
): SettledAttempt {
  const durationMs = 0
  switch (verdict?.state) {
    case 'pretend':
      return { leased, settlement: { state: 'succeeded', result: verdict.result, durationMs } }
    case 'defer': {
      const { delayMs, error, message } = verdict
      return {
        leased,
        settlement: { state: 'deferred', error, delayMs, durationMs },
        notice: { outcome: 'deferred', channel: message.channel, routed: message.listened.has('deferred') },
        givesSlotBack: true,
      }
    }
    case 'suppress': {
      const { error, instead, message } = verdict
      const routed = message?.listened.has('suppressed') ?? false
      return {
        leased,
        settlement: { state: 'suppressed', error, instead, durationMs },
        ...(message === null
          ? {}
          : { notice: { outcome: 'suppressed', channel: message.channel, routed } as const }),
      }
    }
    case 'hold':
    case undefined: {
      const error = verdict?.error ?? attemptError('NX-SEND-UNJUDGED', 'The policies said nothing about it')
      return {
        leased,
        settlement: { state: 'deferred', error, delayMs: verdict?.delayMs ?? unjudgedMs, durationMs },
      }
    }
  }
}
