import type { Operator } from '../../app/operator.ts'
import { describeRollout } from '../../app/rollout/describe-rollout.ts'
import type { RolloutStatus } from '../../app/rollout/rollout-status.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { OperatorCommand } from '../operator-command.ts'
import { followRollout } from './follow-rollout.ts'
import { renderStatus } from './render-status.ts'
import { rolloutDisplay } from './rollout-display.ts'
import type { WatchFormat } from './rollout-display.ts'
import { timeoutOf } from './rollout-flags.ts'
import type { FollowFlags } from './rollout-flags.ts'
import { summaryLine } from './status-words.ts'

type Rollout = Parameters<typeof describeRollout>[1]

/** Of several that were followed: what says most about them. */
const worstFirst = [exitCodes.failed, exitCodes.timeout, exitCodes.pending]

/** The base of commands about rollouts. */
export abstract class RolloutCommand<Result> extends OperatorCommand<Result> {
  /** Was the rollout followed in lines? Then they have said it all. */
  protected followed: WatchFormat | null = null

  /** Follows a rollout until it is over, the time is up or the reader leaves, and sets the exit code by how it stands then. */
  protected async follow(operator: Operator, rollout: Rollout, flags: FollowFlags): Promise<RolloutStatus> {
    const { status, exitCode } = await this.#followOne(operator, rollout, flags, timeoutOf(flags))
    this.endWith(exitCode)
    return status
  }

  /** Follows several, one after another within one time, and sets the exit code by the one that stands worst. */
  protected async followAll(
    operator: Operator,
    rollouts: readonly Rollout[],
    flags: FollowFlags,
  ): Promise<readonly RolloutStatus[]> {
    const { clock } = operator
    const timeoutMs = timeoutOf(flags)
    const startedMs = clock.monotonicMs()
    const followed: { readonly status: RolloutStatus; readonly exitCode: number }[] = []
    for (const rollout of rollouts) {
      const leftMs = timeoutMs === null ? null : Math.max(0, timeoutMs - (clock.monotonicMs() - startedMs))
      followed.push(await this.#followOne(operator, rollout, flags, leftMs))
    }
    const codes = followed.map(({ exitCode }) => exitCode)
    this.endWith(worstFirst.find((code) => codes.includes(code)) ?? exitCodes.ok)
    return followed.map(({ status }) => status)
  }

  async #followOne(
    operator: Operator,
    { id }: Rollout,
    flags: FollowFlags,
    timeoutMs: number | null,
  ): Promise<{ readonly status: RolloutStatus; readonly exitCode: number }> {
    const leaving = new AbortController()
    const signal = AbortSignal.any([this.interrupted(), leaving.signal])
    const format = this.#format(flags)
    this.followed = format
    const { clock } = operator
    const display = await rolloutDisplay({
      format,
      output: this.output,
      now: () => clock.now(),
      onLeave: () => leaving.abort(),
    })
    const look = async (): Promise<RolloutStatus> => {
      const { findRollout } = await import('../../app/rollout/find-rollout.ts')
      return await describeRollout(operator, await findRollout(operator, id, 'config.read'))
    }
    try {
      const { status, exitCode } = await followRollout({
        ...{ look, timeoutMs, signal, clock },
        show: (seen) => display.show(seen),
        trouble: (error) => display.trouble(error),
        intervalMs: flags['interval-ms'],
      })
      return { status: status ?? (await look()), exitCode }
    } finally {
      await display.end()
    }
  }

  /** A status for a person, unless it was followed on the screen or in lines. */
  protected printStatus(status: RolloutStatus, now: Date): void {
    if (this.followed === 'jsonl' || this.followed === 'live') return
    if (this.followed === 'lines') {
      this.output.tell(`${summaryLine(status)}\nnext  ${status.nextAction}`)
      return
    }
    this.output.print(renderStatus(status, this.output, now))
  }

  #format({ output }: FollowFlags): WatchFormat {
    if (this.jsonEnabled()) return 'none'
    if (output === 'jsonl') return 'jsonl'
    return this.output.isTerminal && process.stdin.isTTY === true ? 'live' : 'lines'
  }
}
