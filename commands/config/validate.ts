import { requiredArg } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { countFindings, renderFindings } from '../../src/cli/views/render-findings.ts'
import type { Finding } from '../../src/control-plane/documents/finding.ts'

interface ValidateResult {
  readonly findings: readonly Finding[]
  readonly documents: number
  readonly files: number
}

export default class ConfigValidate extends NeuronxCommand<ValidateResult> {
  static override summary = 'Check a configuration directory; all findings at once.'
  static override description =
    'Offline: needs no database, network or secrets. Each finding has file:line:column, a stable code and what to do. Ends with exit code 78 when there are errors; warnings alone do not fail.'
  static override examples = [
    { description: 'Before a commit:', command: 'neuronx config validate .' },
    { description: 'In CI:', command: 'neuronx config validate config --json' },
  ]
  static override args = { directory: requiredArg('The configuration directory.') }

  override async run(): Promise<ValidateResult> {
    const { args } = await this.parse(ConfigValidate)
    const { validateConfig } = await import('../../src/app/config-tools.ts')
    const { findings, documents, files } = await validateConfig(args.directory)
    if (findings.some((finding) => finding.severity === 'error')) this.endWith(exitCodes.configuration)
    return { findings, documents, files }
  }

  protected override render({ findings, documents, files }: ValidateResult): void {
    if (findings.length > 0) this.output.print(renderFindings(findings, this.output))
    const summary = `${countFindings(findings)} in ${documents} documents, ${files} files`
    this.output.tell(findings.length === 0 ? this.output.errorTheme.good(summary) : summary)
  }
}
