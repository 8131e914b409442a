import { string as stringArg } from '@oclif/core/args'
import { boolean, string } from '@oclif/core/flags'
import { dryRunFlag, parseTime, reasonFlag } from '../../src/cli/flags.ts'
import { renderPlan } from '../../src/cli/plan/render-plan.ts'
import { renderReady } from '../../src/cli/rollout/render-ready.ts'
import { RolloutCommand } from '../../src/cli/rollout/rollout-command.ts'
import { followFlags, waitFlag } from '../../src/cli/rollout/rollout-flags.ts'
import type { FollowFlags } from '../../src/cli/rollout/rollout-flags.ts'
import type { Operator } from '../../src/app/operator.ts'
import type { BegunRollouts, BeginRequest, ReadyRollout } from '../../src/app/rollout/ready-rollout.ts'
import type { RolloutStatus } from '../../src/app/rollout/rollout-status.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { NxError } from '../../src/kernel/errors.ts'

interface StartResult {
  readonly dryRun: boolean
  readonly ready: Omit<ReadyRollout, 'begin'>
  /** One for each tenant whose scopes change, or a single one when the global scope does. Empty after a dry run. */
  readonly rollouts: readonly RolloutStatus[]
  readonly activated: BegunRollouts['activated']
}

export default class RolloutStart extends RolloutCommand<StartResult> {
  static override summary = 'Roll a configuration directory out, or a plan that was kept.'
  static override description =
    'Under the RolloutPolicy that governs the uppermost changed scope; without one under the defaults. A change of several tenants becomes a rollout for each, all begun together or none. What is active stays active: the candidate is served to a growing share of the units and takes its place when it has got through every gate. Scopes in which nothing was active are applied at once. A rollout of the same scopes that is under way is superseded. Shows the plan and asks on a terminal. With --wait it stays until the rollout is over: exit code 0 completed, 1 ended otherwise, 8 still going at --timeout.'
  static override examples = [
    {
      description: 'A directory, its signals predicted by a backtest:',
      command: 'neuronx rollout start ./config --backtest last:14d --reason "raise hot band to 70"',
    },
    {
      description: 'Exactly what was planned, from a pipeline:',
      command: 'neuronx rollout start --plan 0192f3a4 --yes --wait --timeout 6h --output jsonl',
    },
  ]
  static override args = {
    directory: stringArg({ ignoreStdin: true, description: 'The configuration directory; or give --plan.' }),
  }
  static override flags = {
    ...dryRunFlag,
    ...reasonFlag,
    plan: string({ summary: 'A plan that config plan --save kept.', helpValue: 'ID' }),
    backtest: string({
      summary: 'Predict signals from recorded events, from when on: RFC 3339, or last:14d.',
      helpValue: 'TIME',
      exclusive: ['backtest-report', 'plan'],
    }),
    'backtest-report': string({
      summary: 'Predict signals from a report of config backtest --json.',
      helpValue: 'FILE',
      exclusive: ['plan'],
    }),
    'override-quarantine': boolean({
      dependsOn: ['reason'],
      summary: 'Roll out what was quarantined all the same; needs --reason.',
    }),
    ...waitFlag,
    ...followFlags,
  }

  override async run(): Promise<StartResult> {
    const { args, flags } = await this.parse(RolloutStart)
    if ((args.directory === undefined) === (flags.plan === undefined)) throw oneOf()
    const { readyRollout } = await import('../../src/app/rollout/ready-rollout.ts')
    const since = flags.backtest?.replace(/^last:/, '')
    const backtestFrom = since === undefined ? null : await parseTime(since, systemClock.now())
    const request: BeginRequest = {
      source:
        flags.plan === undefined
          ? {
              from: 'directory',
              directory: args.directory ?? '',
              backtestFrom,
              backtestReport: flags['backtest-report'] ?? null,
            }
          : { from: 'plan', id: flags.plan },
      reason: flags.reason ?? null,
      overrideQuarantine: flags['override-quarantine'],
      note: (text) => this.note(text),
    }
    return this.withOperator(async (operator) => {
      const { begin, ...ready } = await readyRollout(operator, request)
      if (flags['dry-run']) return { dryRun: true, ready, rollouts: [], activated: [] }
      await this.#ask(ready)
      const { rollouts, activated } = await begin()
      return { dryRun: false, ready, activated, rollouts: await this.#status(operator, rollouts, flags) }
    })
  }

  async #status(
    operator: Operator,
    rollouts: BegunRollouts['rollouts'],
    flags: FollowFlags & { readonly wait: boolean },
  ): Promise<readonly RolloutStatus[]> {
    const { describeRollout } = await import('../../src/app/rollout/describe-rollout.ts')
    if (!flags.wait) return await Promise.all(rollouts.map(async (one) => describeRollout(operator, one)))
    if (!this.jsonEnabled()) for (const { id } of rollouts) this.output.tell(`started rollout ${id}`)
    return await this.followAll(operator, rollouts, flags)
  }

  /** On a terminal the plan is shown and asked about; a script that calls it means it. */
  async #ask(ready: Omit<ReadyRollout, 'begin'>): Promise<void> {
    if (!this.mayAsk() || this.saysYes()) return
    const shown = { theme: this.output.errorTheme, columns: this.output.columns }
    this.output.tell(`${renderPlan(ready.report, shown)}\n\n${renderReady(ready, shown)}`)
    await this.confirmed('\nRoll this out?')
  }

  protected override render({ dryRun, ready, rollouts, activated }: StartResult): void {
    if (dryRun) {
      this.output.print(renderPlan(ready.report, this.output))
      this.output.print(`\n${renderReady(ready, this.output)}`)
      this.output.tell('Nothing was changed.')
    }
    for (const { scope, digest } of activated) {
      const name = scope.level === 'global' ? 'global' : scope.tenant
      this.output.tell(`applied at once, nothing was active there: ${name} ${digest.slice(0, 12)}`)
    }
    for (const rollout of rollouts) {
      this.printStatus(rollout, systemClock.now())
      if (this.followed === null) this.output.tell(`\nFollow it: neuronx rollout watch ${rollout.id}`)
    }
  }
}

function oneOf(): NxError {
  return new NxError('usage', 'NX-USAGE', 'Give a directory or --plan, one of the two', {
    fix: 'neuronx rollout start DIR, or neuronx rollout start --plan ID',
  })
}
