import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import { renderFindings } from '../../src/cli/views/render-findings.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { ShownSource } from '../../src/app/sources/list-sources.ts'

export default class ConfigSources extends OperatorCommand<readonly ShownSource[]> {
  static override summary = 'List the repositories and directories that daemons follow, and how they stand.'
  static override description =
    'in_sync: what it holds is active; pending: it waits for an approval or another rollout; rolling: a rollout has it; quarantined: it did harm or was rolled back and is not tried again; drifted: somebody applied something else since; broken: it cannot be applied; unreachable: it cannot be read. In the last four the last good revision stays active. Ends with exit code 2 when a source needs attention.'
  static override examples = [
    { description: 'How do they stand:', command: 'neuronx config sources' },
    { description: 'For a monitor:', command: 'neuronx config sources --json' },
  ]

  override async run(): Promise<readonly ShownSource[]> {
    await this.parse(ConfigSources)
    const { listSources, calmStates } = await import('../../src/app/sources/list-sources.ts')
    return this.withOperator(async (operator) => {
      const sources = await listSources(operator)
      if (sources.some(({ state }) => !calmStates.includes(state))) this.endWith(exitCodes.changes)
      return sources
    })
  }

  protected override render(sources: readonly ShownSource[]): void {
    if (sources.length === 0)
      return this.output.tell(
        'No daemon follows anything: name sources in the settings file (docs/configuration.md).',
      )
    const columns = [
      { title: 'NAME', value: (source: ShownSource) => source.name },
      { title: 'STATE', value: (source: ShownSource) => source.state },
      { title: 'SEEN', value: (source: ShownSource) => source.seen?.slice(0, 12) ?? null },
      { title: 'APPLIED', value: (source: ShownSource) => source.applied?.version.slice(0, 12) ?? null },
      { title: 'SINCE', value: (source: ShownSource) => source.since },
      { title: 'WHY', value: (source: ShownSource) => plainLine(source.message), shrink: true },
    ]
    this.output.print(renderTable(sources, columns, this.output))
    for (const { name, findings } of sources) {
      if (findings.length === 0) continue
      this.output.print(`\n${this.output.theme.strong(name)}\n${renderFindings(findings, this.output)}`)
    }
  }
}
