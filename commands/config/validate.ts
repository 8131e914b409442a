import { boolean, string } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { formatFindings, machineFormats } from '../../src/cli/findings/format-findings.ts'
import type { MachineFormat } from '../../src/cli/findings/format-findings.ts'
import { saveReport } from '../../src/cli/findings/save-report.ts'
import { directoryArg } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { countFindings, renderFindings } from '../../src/cli/views/render-findings.ts'
import type { Finding } from '../../src/control-plane/documents/finding.ts'
import { NxError } from '../../src/kernel/errors.ts'

interface ValidateResult {
  readonly findings: readonly Finding[]
  readonly documents: number
  readonly files: number
  /** With --fix: what was changed, or would be. */
  readonly fixed?: readonly { readonly file: string; readonly diff: string }[]
}

export default class ConfigValidate extends NeuronxCommand<ValidateResult> {
  static override summary = 'Check a configuration directory; all findings at once.'
  static override description =
    'Offline: needs no database, network or secrets. Each finding has file:line:column, a stable code and what to do. Ends with exit code 78 when there are errors; warnings fail only with --fail-on warning. --fix makes the changes that only one meaning allows: misspelt names with one near neighbour, a missing apiVersion, identical duplicates, overrides that repeat what is inherited; comments and formatting stay.'
  static override examples = [
    { description: 'Before a commit:', command: 'neuronx config validate .' },
    { description: 'In CI:', command: 'neuronx config validate config --json' },
    {
      description: 'For code scanning:',
      command: 'neuronx config validate . --format sarif --out neuronx.sarif',
    },
    { description: 'See what would be mended:', command: 'neuronx config validate . --fix --dry-run' },
  ]
  static override args = { directory: directoryArg }
  static override flags = {
    format: string({
      options: ['pretty', 'json', ...machineFormats],
      default: 'pretty',
      summary: 'How findings are printed.',
      helpValue: 'FORMAT',
    }),
    out: string({
      summary: 'Write the report (sarif, junit, github) to a file; the findings are printed all the same.',
      helpValue: 'FILE',
    }),
    'fail-on': string({
      options: ['error', 'warning'],
      default: 'error',
      summary: 'From which severity on the exit code is 78.',
      helpValue: 'SEVERITY',
    }),
    fix: boolean({ summary: 'Make the safe changes, then check again.' }),
    'dry-run': boolean({
      char: 'n',
      dependsOn: ['fix'],
      summary: 'With --fix: show the changes as a diff and make none.',
    }),
  }

  #report: string | null = null
  #summary = ''

  override async run(): Promise<ValidateResult> {
    const { args, flags } = await this.parse(ConfigValidate)
    const format = machineFormats.find((one) => one === flags.format) ?? null
    if (flags.out !== undefined && format === null) {
      throw new NxError('usage', 'NX-USAGE', '--out needs --format sarif, junit or github', {
        fix: 'neuronx config validate DIR --format sarif --out FILE',
      })
    }
    const { fixConfig, validateConfig } = await import('../../src/app/validate-config.ts')
    const fixed = flags.fix ? await fixConfig(args.directory, { dryRun: flags['dry-run'] }) : null
    if (fixed?.wasDirty === true)
      this.note('The directory had changes that git does not hold yet: they are now mixed with the fixes.')
    const { findings, documents, files, ms } = await validateConfig(args.directory)
    const fails = findings.some(({ severity }) => severity === 'error' || flags['fail-on'] === 'warning')
    if (fails) this.endWith(exitCodes.configuration)
    this.#summary = `${countFindings(findings)} in ${documents} documents, ${files.length} files, ${(ms / 1000).toFixed(2)} s`
    if (format !== null) await this.#makeReport(format, flags.out, { findings, files, ms })
    return {
      findings,
      documents,
      files: files.length,
      ...(fixed === null ? {} : { fixed: fixed.files.map(({ file, diff }) => ({ file, diff })) }),
    }
  }

  async #makeReport(
    format: MachineFormat,
    out: string | undefined,
    { findings, files, ms }: { findings: readonly Finding[]; files: readonly string[]; ms: number },
  ): Promise<void> {
    const { version } = this.config
    const text = formatFindings(format, { findings, files, version, ms })
    if (out === undefined) this.#report = text
    else await saveReport(out, text)
  }

  /** `--format json` is another word for `--json`. */
  override jsonEnabled(): boolean {
    const at = this.argv.findIndex((word) => word === '--format=json' || word === '--format')
    return (
      super.jsonEnabled() || (at >= 0 && (this.argv[at] === '--format=json' || this.argv[at + 1] === 'json'))
    )
  }

  protected override render({ findings, fixed }: ValidateResult): void {
    if (this.#report !== null) {
      if (this.#report !== '') this.output.print(this.#report)
    } else {
      for (const { diff } of fixed ?? []) this.output.print(diff)
      if (findings.length > 0) this.output.print(renderFindings(findings, this.output))
    }
    this.output.tell(findings.length === 0 ? this.output.errorTheme.good(this.#summary) : this.#summary)
  }
}
