import { dryRunFlag, reasonFlag, requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import type { AppliedScope } from '../../src/control-plane/revisions/revision-store.ts'

interface ApplyResult {
  readonly dryRun: boolean
  readonly scopes: readonly AppliedScope[]
}

export default class ConfigApply extends OperatorCommand<ApplyResult> {
  static override summary = 'Store a configuration directory as the active revision of its scopes.'
  static override description =
    'Validates first and refuses what has errors (exit code 78). All scopes change together or none does; a scope whose content is active already is left as it is. Running daemons follow within a second.'
  static override examples = [
    {
      description: 'Apply a repository:',
      command: 'neuronx config apply config-examples --reason "raise hot band to 70"',
    },
    {
      description: 'See which scopes would change:',
      command: 'neuronx config apply config-examples --dry-run',
    },
  ]
  static override args = { directory: requiredArg('The configuration directory.') }
  static override flags = { ...dryRunFlag, ...reasonFlag }

  override async run(): Promise<ApplyResult> {
    const { args, flags } = await this.parse(ConfigApply)
    const { applyConfig } = await import('../../src/app/config-tools.ts')
    return this.withOperator(async (operator, settings) => {
      const options = { reason: flags.reason ?? null, dryRun: flags['dry-run'] }
      const { scopes } = await applyConfig(operator, settings, args.directory, options)
      return { dryRun: flags['dry-run'], scopes }
    })
  }

  protected override render({ dryRun, scopes }: ApplyResult): void {
    const columns = [
      { title: 'SCOPE', value: (scope: AppliedScope) => scopeName(scope.scope) },
      {
        title: 'STATE',
        value: (scope: AppliedScope) => (scope.changed ? (dryRun ? 'would change' : 'applied') : 'unchanged'),
      },
      { title: 'DIGEST', value: (scope: AppliedScope) => scope.digest.slice(0, 12) },
      { title: 'BEFORE', value: (scope: AppliedScope) => scope.previousDigest?.slice(0, 12) ?? null },
    ]
    this.output.print(renderTable(scopes, columns, this.output))
  }
}
