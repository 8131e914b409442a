import type { Operator } from '../../app/operator.ts'
import { describeRollout } from '../../app/rollout/describe-rollout.ts'
import { scopeWord } from '../../app/rollout/find-rollout.ts'
import type { RolloutStatus } from '../../app/rollout/rollout-status.ts'
import type { Steering, SteeringRequest } from '../../app/rollout/steer-rollout.ts'
import { requiredReason } from '../jobs/bulk-command.ts'
import { RolloutCommand } from './rollout-command.ts'
import { percent, stepLabel } from './status-words.ts'

type Rollout = Parameters<typeof describeRollout>[1]

export interface SteerResult {
  readonly dryRun: boolean
  readonly action: Steering
  readonly before: Pick<RolloutStatus, 'state' | 'percent' | 'step'>
  /** As it is now; after a dry run unchanged. */
  readonly rollout: RolloutStatus
  /** Of a promotion: what the evidence lacked. */
  readonly withoutEvidence: readonly string[]
}

export interface SteerFlags {
  readonly reason?: string | undefined
  readonly 'dry-run': boolean
  readonly confirm?: string | undefined
}

/** The base of what people do to a rollout: says what it is about, asks where there is somebody to ask, does it once. */
export abstract class SteerCommand extends RolloutCommand<SteerResult> {
  /** `Pause`, for the question. */
  protected abstract readonly verb: string

  protected async steer(
    name: string,
    request: Omit<SteeringRequest, 'reason'>,
    flags: SteerFlags,
  ): Promise<SteerResult> {
    const reason = requiredReason(flags)
    return this.withOperator(async (operator) => {
      const { missingForPromotion, steer, steerable } = await import('../../app/rollout/steer-rollout.ts')
      const { action } = request
      const rollout = await steerable(operator, name, action)
      const missing = action === 'promote' ? await missingForPromotion(operator, rollout) : []
      const before = await describeRollout(operator, rollout)
      const result = { action, before: pick(before), withoutEvidence: missing }
      if (flags['dry-run']) return { ...result, dryRun: true, rollout: before }
      await this.#agreed(rollout, before, missing, flags)
      const after = await steer(operator, rollout, { ...request, reason }, missing)
      return { ...result, dryRun: false, rollout: await this.#described(operator, after) }
    })
  }

  async #described(operator: Operator, rollout: Rollout): Promise<RolloutStatus> {
    return await describeRollout(operator, rollout)
  }

  /** A promotion that the evidence does not carry is confirmed by name; everything else is asked where there is a terminal. */
  async #agreed(
    { scopes }: Rollout,
    status: RolloutStatus,
    missing: readonly string[],
    { confirm }: SteerFlags,
  ): Promise<void> {
    const [first] = scopes
    const question = `${this.verb} the rollout of ${status.scopes.join(', ')} (${where(status)})?`
    if (missing.length > 0 && first !== undefined) {
      const lacking = `Its evidence is not there: ${missing.join(', ')}.`
      await this.confirmedByName(`${question} ${lacking}`, scopeWord(first.scope), confirm)
    } else if (this.mayAsk()) await this.confirmed(question)
  }

  protected override render({ dryRun, action, before, rollout, withoutEvidence }: SteerResult): void {
    if (dryRun) {
      this.output.print(`would ${action} rollout ${rollout.id} (${where(before)})`)
      if (withoutEvidence.length > 0) this.output.print(`without evidence: ${withoutEvidence.join(', ')}`)
      this.output.tell('Nothing was changed.')
      return
    }
    this.output.print(`${rollout.id} is ${where(rollout)}; it was ${where(before)}`)
    if (withoutEvidence.length > 0)
      this.output.tell(`recorded as advanced without evidence: ${withoutEvidence.join(', ')}`)
    this.output.tell(`next  ${rollout.nextAction}`)
  }
}

function pick({ state, percent: share, step }: RolloutStatus): SteerResult['before'] {
  return { state, percent: share, step }
}

/** `held, step 2 of 20, 10 %`. */
function where({ state, percent: share, step }: SteerResult['before']): string {
  const words = [state.replaceAll('_', ' '), ...(step === null ? [] : [stepLabel(step)]), percent(share)]
  return [...new Set(words)].join(', ')
}
