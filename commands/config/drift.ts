import { string } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { directoryArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderRawChanges } from '../../src/cli/plan/render-changes.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { DriftReport, ScopeDrift } from '../../src/control-plane/plan/drift.ts'

export default class ConfigDrift extends OperatorCommand<DriftReport> {
  static override summary = 'Compare what is active with a configuration directory, scope by scope.'
  static override description =
    'in_sync; pending: the directory is ahead of what was applied from it; drifted: what is active came another way (who, when); quarantined: the directory’s content may not be applied; unknown: the directory does not speak for it. Reads only, in a read-only transaction. Ends with exit code 2 when a scope is pending, drifted or quarantined.'
  static override examples = [
    { description: 'Nightly, in CI:', command: 'neuronx config drift ./config --json' },
    {
      description: 'Without what operators tune by hand:',
      command: 'neuronx config drift ./config --ignore Limits/limits --ignore tenants/sandbox',
    },
  ]
  static override args = { directory: directoryArg }
  static override flags = {
    ignore: string({
      multiple: true,
      default: [],
      summary: 'Differences that do not count: a scope, KIND/NAME, or KIND/NAME.path. Repeatable.',
      helpValue: 'PATH',
    }),
  }

  override async run(): Promise<DriftReport> {
    const { args, flags } = await this.parse(ConfigDrift)
    const { driftConfig } = await import('../../src/app/plan/drift-config.ts')
    return this.withOperator(async (operator) => {
      const report = await driftConfig(operator, args.directory, flags.ignore)
      if (report.differs) this.endWith(exitCodes.changes)
      return report
    })
  }

  protected override render({ scopes }: DriftReport): void {
    const columns = [
      { title: 'SCOPE', value: (scope: ScopeDrift) => scope.scope },
      { title: 'STATE', value: (scope: ScopeDrift) => scope.state },
      { title: 'ACTIVE', value: (scope: ScopeDrift) => scope.active?.slice(0, 12) ?? null },
      { title: 'DIRECTORY', value: (scope: ScopeDrift) => scope.directory?.slice(0, 12) ?? null },
      { title: 'WHY', value: (scope: ScopeDrift) => scope.detail, shrink: true },
    ]
    this.output.print(renderTable(scopes, columns, this.output))
    for (const { scope, changes } of scopes) {
      if (changes.length === 0) continue
      this.output.print(`\n${this.output.theme.strong(scope)}\n${renderRawChanges(changes, this.output)}`)
    }
  }
}
