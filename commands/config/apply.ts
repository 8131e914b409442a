import { string as stringArg } from '@oclif/core/args'
import { boolean, string } from '@oclif/core/flags'
import { dryRunFlag, reasonFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { isChange, planSummary, renderPlan, rolledBackScopes } from '../../src/cli/plan/render-plan.ts'
import type { ApplyScopeState, ShownScope } from '../../src/app/plan/shown-scopes.ts'
import { appliedScopes, wouldApply } from '../../src/app/plan/shown-scopes.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import type { ReadyPlan } from '../../src/app/plan/ready-plan.ts'
import type { Operator } from '../../src/app/operator.ts'
import type { RolloutStatus } from '../../src/app/rollout/rollout-status.ts'
import type { PlanReport } from '../../src/control-plane/plan/plan-report.ts'
import { NxError } from '../../src/kernel/errors.ts'

interface ApplyResult {
  readonly dryRun: boolean
  readonly scopes: readonly ShownScope[]
  readonly planId: string | null
  readonly plan: PlanReport
  /** Only an approval was recorded. */
  readonly approved: boolean
  /** What carries the change to traffic: a rollout for each tenant, or one with the global scope. Empty: nothing is rolled out. */
  readonly rollouts: readonly RolloutStatus[]
}

interface ApplyFlags {
  readonly reason?: string | undefined
  readonly rollout: boolean
  readonly immediate: boolean
  readonly 'override-quarantine': boolean
}

const words: Readonly<Record<ApplyScopeState, string>> = {
  applied: 'applied',
  rolling: 'rolling out',
  unchanged: 'unchanged',
  would_apply: 'would change',
  would_roll_out: 'would roll out',
}

const columns = [
  { title: 'SCOPE', value: ({ scope }: ShownScope) => scopeName(scope) },
  { title: 'STATE', value: ({ state }: ShownScope) => words[state] },
  { title: 'DIGEST', value: ({ digest }: ShownScope) => digest.slice(0, 12) },
  { title: 'BEFORE', value: ({ previousDigest }: ShownScope) => previousDigest?.slice(0, 12) ?? null },
]

export default class ConfigApply extends OperatorCommand<ApplyResult> {
  static override summary =
    'Make a configuration directory, or a plan that was kept, the active revision of its scopes, by a rollout or at once.'
  static override description =
    'Validates first and refuses what has errors (exit code 78). Shows the plan; on a terminal it asks. Where a RolloutPolicy that is active governs a changed scope it begins a rollout, one for each tenant that changes: what is active stays, and the candidate takes its place once it has got through every gate. Else, and where nothing was active before, the change is active at once: all scopes together or none; a scope whose content is active already is left as it is. When somebody else applied something meanwhile nothing is changed and NX-PLAN-STALE says who. Running daemons follow within a second.'
  static override examples = [
    {
      description: 'Apply a repository:',
      command: 'neuronx config apply config-examples --reason "raise hot band to 70"',
    },
    {
      description: 'See which scopes would change, and how:',
      command: 'neuronx config apply config-examples --dry-run',
    },
    {
      description: 'Apply exactly what was planned:',
      command: 'neuronx config apply --plan 0192f3a4 --yes',
    },
    {
      description: 'Pass the rollout policy over, for a fix that cannot wait:',
      command: 'neuronx config apply config-examples --immediate --reason "incident 12"',
    },
  ]
  static override args = {
    directory: stringArg({ ignoreStdin: true, description: 'The configuration directory; or give --plan.' }),
  }
  static override flags = {
    ...dryRunFlag,
    ...reasonFlag,
    plan: string({ summary: 'A plan that config plan kept: its id, or its file.', helpValue: 'ID|FILE' }),
    approve: boolean({ dependsOn: ['plan'], summary: 'Approve the plan of somebody else; apply nothing.' }),
    rollout: boolean({
      exclusive: ['immediate', 'approve'],
      summary: 'Begin a rollout although no RolloutPolicy governs the change: the defaults hold.',
    }),
    immediate: boolean({
      dependsOn: ['reason'],
      exclusive: ['approve'],
      summary: 'Apply at once although a RolloutPolicy governs the change; needs --reason.',
    }),
    'override-quarantine': boolean({
      dependsOn: ['reason'],
      summary: 'Apply what was quarantined all the same; needs --reason.',
    }),
  }

  override async run(): Promise<ApplyResult> {
    const { args, flags } = await this.parse(ConfigApply)
    const { readyDirectory, readyPlan } = await import('../../src/app/plan/ready-plan.ts')
    const { hasBaseline } = await import('../../src/app/rollout/rolls-out.ts')
    const { directory } = args
    if ((directory === undefined) === (flags.plan === undefined)) throw oneOf()
    return this.withOperator(async (operator) => {
      const ready = await (flags.plan === undefined
        ? readyDirectory(operator, directory ?? '')
        : readyPlan(operator, flags.plan))
      const { report } = ready
      if (flags.approve) return await this.#approve(operator, ready, flags.reason ?? null)
      const rolls = flags.rollout ? hasBaseline(report) : ready.rollsOut && !flags.immediate
      for (const back of rolledBackScopes(report)) this.note(back)
      if (flags['dry-run']) return this.#result(ready, wouldApply(report, rolls), { dryRun: true })
      await this.#ask(ready, rolls)
      if (rolls) return await this.#rollOut(operator, ready, flags)
      const result = await this.#apply(ready, flags)
      const { staleScoreNotes } = await import('../../src/app/scores/stale-scores.ts')
      for (const text of await staleScoreNotes(operator, report, true)) this.note(text)
      return result
    })
  }

  async #apply(ready: ReadyPlan, flags: ApplyFlags): Promise<ApplyResult> {
    const scopes = await ready.apply({
      reason: flags.reason ?? null,
      overrideQuarantine: flags['override-quarantine'],
      immediate: flags.immediate && ready.rollsOut,
    })
    const stateOf = ({ changed }: { changed: boolean }): ApplyScopeState =>
      changed ? 'applied' : 'unchanged'
    return this.#result(
      ready,
      scopes.map((scope) => ({ ...scope, state: stateOf(scope) })),
      {},
    )
  }

  async #rollOut(operator: Operator, ready: ReadyPlan, flags: ApplyFlags): Promise<ApplyResult> {
    const { describeRollout } = await import('../../src/app/rollout/describe-rollout.ts')
    const { rollouts, activated } = await ready.rollOut({
      reason: flags.reason ?? null,
      overrideQuarantine: flags['override-quarantine'],
      note: (text) => this.note(text),
    })
    const scopes = appliedScopes(ready.report, activated)
    const described = await Promise.all(rollouts.map(async (one) => describeRollout(operator, one)))
    return this.#result(ready, scopes, { rollouts: described })
  }

  /** On a terminal the plan is shown and asked about; a script that calls it means it. */
  async #ask({ report }: ReadyPlan, rolls: boolean): Promise<void> {
    if (!isChange(report) || !this.mayAsk() || this.saysYes()) return
    this.output.tell(renderPlan(report, { theme: this.output.errorTheme }))
    await this.confirmed(rolls ? '\nRoll this out?' : '\nApply this at once?')
  }

  async #approve({ plans, actor }: Operator, ready: ReadyPlan, reason: string | null): Promise<ApplyResult> {
    if (ready.planId === null) {
      throw new NxError('usage', 'NX-PLAN-FILE', 'Only a plan in the database can be approved', {
        fix: 'Save it: neuronx config plan DIR --save',
      })
    }
    await plans.approve(ready.planId, actor, reason)
    return this.#result(ready, [], { approved: true })
  }

  #result(
    { report, planId }: ReadyPlan,
    scopes: readonly ShownScope[],
    { dryRun = false, approved = false, rollouts = [] }: Partial<ApplyResult>,
  ): ApplyResult {
    return { dryRun, scopes, planId, plan: report, approved, rollouts }
  }

  protected override render(result: ApplyResult): void {
    const { approved, dryRun, scopes, plan, planId, rollouts } = result
    if (approved) return this.output.print(`Approved: plan ${planId ?? ''}`)
    if (dryRun || scopes.every(({ state }) => state === 'unchanged')) this.output.tell(planSummary(plan))
    this.output.print(renderTable(scopes, columns, this.output))
    for (const rollout of rollouts) {
      const policy = rollout.policy === null ? 'the default policy' : `policy ${rollout.policy}`
      this.output.tell(`\nRollout ${rollout.id} under ${policy}: ${rollout.nextAction}`)
      this.output.tell(`Follow it: neuronx rollout watch ${rollout.id}`)
    }
    if (rollouts.length === 0 && !dryRun && scopes.some(({ changed }) => changed)) {
      this.output.tell('\nActive at once. See what was changed: neuronx config history')
    }
  }
}

function oneOf(): NxError {
  return new NxError('usage', 'NX-USAGE', 'Give a directory or --plan, one of the two', {
    fix: 'neuronx config apply DIR, or neuronx config apply --plan ID',
  })
}
