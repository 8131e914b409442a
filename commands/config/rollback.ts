import { boolean, string } from '@oclif/core/flags'
import { dryRunFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { parseScope } from '../../src/app/plan/parse-scope.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import type { AppliedScope } from '../../src/control-plane/revisions/revision-store.ts'

interface RollbackResult {
  readonly dryRun: boolean
  readonly scopes: readonly AppliedScope[]
}

export default class ConfigRollback extends OperatorCommand<RollbackResult> {
  static override summary = 'Make an earlier revision active again, however old it is.'
  static override description =
    'A pointer swap: takes effect as an apply does, within a second, and leaves a row in the history and the audit log. previous is what was active before the active revision was applied; going back again goes further back. A rollout of the scope that is under way is aborted. Refused when what other scopes have today does not fit it, unless --force is given.'
  static override examples = [
    {
      description: 'Back to what was active before:',
      command: 'neuronx config rollback --scope acme/eu --reason "too many texts"',
    },
    {
      description: 'To a revision of the history:',
      command: 'neuronx config rollback --scope global --to 4f2a9c1d --reason "incident 12"',
    },
  ]
  static override flags = {
    ...dryRunFlag,
    scope: string({
      multiple: true,
      required: true,
      summary: 'global, TENANT, or TENANT/WORKSPACE. Repeatable: all of them or none.',
      helpValue: 'SCOPE',
    }),
    to: string({
      default: 'previous',
      summary: 'A digest of the history, its beginning, or previous.',
      helpValue: 'DIGEST',
    }),
    reason: string({
      required: true,
      summary: 'Why; kept in the history and the audit log.',
      helpValue: 'TEXT',
    }),
    'override-quarantine': boolean({ summary: 'Go back to a revision that is quarantined all the same.' }),
    force: boolean({ summary: 'Go back although the result does not validate.' }),
  }

  override async run(): Promise<RollbackResult> {
    const { flags } = await this.parse(ConfigRollback)
    const { rollBackConfig } = await import('../../src/app/plan/roll-back-config.ts')
    const request = {
      scopes: flags.scope.map(parseScope),
      to: flags.to,
      reason: flags.reason,
      overrideQuarantine: flags['override-quarantine'],
      force: flags.force,
    }
    return this.withOperator(async (operator) => {
      if (!flags['dry-run'] && this.mayAsk())
        await this.confirmed(`Roll ${flags.scope.join(', ')} back to ${flags.to}?`)
      const scopes = await rollBackConfig(operator, { ...request, dryRun: flags['dry-run'] })
      return { dryRun: flags['dry-run'], scopes }
    })
  }

  protected override render({ dryRun, scopes }: RollbackResult): void {
    const columns = [
      { title: 'SCOPE', value: (scope: AppliedScope) => scopeName(scope.scope) },
      {
        title: 'STATE',
        value: (scope: AppliedScope) =>
          scope.changed ? (dryRun ? 'would roll back' : 'rolled back') : 'unchanged',
      },
      { title: 'DIGEST', value: (scope: AppliedScope) => scope.digest.slice(0, 12) },
      { title: 'BEFORE', value: (scope: AppliedScope) => scope.previousDigest?.slice(0, 12) ?? null },
    ]
    this.output.print(renderTable(scopes, columns, this.output))
  }
}
