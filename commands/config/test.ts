import { boolean, integer, string } from '@oclif/core/flags'
import type { TestReport } from '../../src/app/config-tests/test-config.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { saveReport } from '../../src/cli/findings/save-report.ts'
import { directoryArg } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { formatTests, testFormats } from '../../src/cli/tests/format-tests.ts'
import { renderCases, renderCoverage, renderMutation } from '../../src/cli/tests/render-tests.ts'
import { lcovText } from '../../src/sales-core/testing/coverage/lcov.ts'
import { reaches } from '../../src/sales-core/testing/coverage/coverage-tally.ts'
import { NxError } from '../../src/kernel/errors.ts'

export default class ConfigTest extends NeuronxCommand<TestReport> {
  static override summary = 'Run the tests of a configuration directory.'
  static override description =
    'Runs every case of its Test documents through the same decisions as the daemon, with the clock in the test’s hands: a 90-day workflow takes milliseconds. Offline. A failure shows what each part of the conditions concerned yielded and where the values came from. Ends with exit code 1 when a case fails or the coverage is below --threshold, 78 when the configuration is not valid.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx config test .' },
    {
      description: 'Those whose name contains a word:',
      command: 'neuronx config test . --filter speed-to-lead',
    },
    { description: 'In CI:', command: 'neuronx config test . --threshold 90 --format junit --out tests.xml' },
    { description: 'Would the tests notice a wrong border?', command: 'neuronx config test . --mutate' },
    { description: 'See what --update would write:', command: 'neuronx config test . --update --dry-run' },
  ]
  static override args = { directory: directoryArg }
  static override flags = {
    filter: string({ summary: 'Only cases whose name contains this.', helpValue: 'TEXT' }),
    bail: boolean({ summary: 'Stop after the first case that fails.' }),
    'allow-empty': boolean({ summary: 'Having no test at all is all right.' }),
    format: string({
      options: ['pretty', 'json', ...testFormats],
      default: 'pretty',
      summary: 'How the result is printed.',
      helpValue: 'FORMAT',
    }),
    out: string({
      summary: 'Write the report (junit, github) to a file; the cases are printed all the same.',
      helpValue: 'FILE',
    }),
    coverage: boolean({ summary: 'Say what the tests never made the configuration do.' }),
    threshold: integer({
      min: 0,
      max: 100,
      summary: 'Fail when less than this is covered, percent; exact, nothing is rounded up.',
      helpValue: 'N',
    }),
    'coverage-out': string({
      summary: 'Write the coverage to a file: lcov when its name ends with .info or .lcov, else JSON.',
      helpValue: 'FILE',
    }),
    mutate: boolean({
      summary: 'Change the configuration in one place at a time and say which changes no test notices.',
    }),
    'mutate-max': integer({
      min: 1,
      max: 100_000,
      default: 5_000,
      summary: 'Changes to try; of more, a sample is drawn.',
      helpValue: 'N',
    }),
    'mutate-seed': integer({
      min: 0,
      max: 4_294_967_295,
      default: 1,
      summary: 'Which sample.',
      helpValue: 'N',
    }),
    'mutate-minutes': integer({
      min: 1,
      max: 240,
      default: 10,
      summary: 'Stop trying changes after this time; what was not tried is said.',
      helpValue: 'N',
    }),
    update: boolean({
      summary:
        'Write what really came into expectations that failed; comments stay. Matchers and missing effects are left.',
    }),
    'dry-run': boolean({
      char: 'n',
      dependsOn: ['update'],
      summary: 'With --update: show the changes as a diff and make none.',
    }),
  }

  #report: string | null = null

  override async run(): Promise<TestReport> {
    const { args, flags } = await this.parse(ConfigTest)
    const format = testFormats.find((one) => one === flags.format) ?? null
    if (flags.out !== undefined && format === null) {
      throw new NxError('usage', 'NX-USAGE', '--out needs --format junit or github', {
        fix: 'neuronx config test DIR --format junit --out FILE',
      })
    }
    const mutate = {
      max: flags['mutate-max'],
      seed: flags['mutate-seed'],
      timeMsMax: flags['mutate-minutes'] * 60_000,
    }
    const { testConfig } = await import('../../src/app/config-tests/test-config.ts')
    const report = await testConfig(args.directory, {
      filter: flags.filter ?? null,
      bail: flags.bail,
      allowEmpty: flags['allow-empty'],
      coverage: flags.coverage || flags.threshold !== undefined || flags['coverage-out'] !== undefined,
      mutate: flags.mutate ? mutate : null,
      update: flags.update ? (flags['dry-run'] ? 'dry-run' : 'write') : null,
      ...(flags.mutate ? { signal: this.interrupted() } : {}),
    })
    if (report.failed > 0) this.endWith(exitCodes.failed)
    this.#judgeCoverage(report, flags.threshold)
    const coverageOut = flags['coverage-out']
    if (coverageOut !== undefined && report.coverage !== null) {
      const lcov = /\.(info|lcov)$/.test(coverageOut)
      await saveReport(
        coverageOut,
        lcov ? lcovText(report.coverage).trimEnd() : JSON.stringify(report.coverage, null, 2),
      )
    }
    if (format !== null) {
      const text = formatTests(format, report)
      if (flags.out === undefined) this.#report = text
      else await saveReport(flags.out, text)
    }
    return report
  }

  #judgeCoverage({ coverage }: TestReport, threshold: number | undefined): void {
    if (coverage === null || threshold === undefined || reaches(coverage, threshold)) return
    this.note(`The tests cover ${coverage.percent}, less than ${threshold} %`)
    this.endWith(exitCodes.failed)
  }

  /** `--format json` is another word for `--json`. */
  override jsonEnabled(): boolean {
    const at = this.argv.findIndex((word) => word === '--format=json' || word === '--format')
    return (
      super.jsonEnabled() || (at >= 0 && (this.argv[at] === '--format=json' || this.argv[at + 1] === 'json'))
    )
  }

  protected override render(report: TestReport): void {
    if (this.#report !== null) {
      if (this.#report !== '') this.output.print(this.#report)
    } else this.#print(report)
    const { update } = report
    if (update !== null)
      this.output.tell(`${update.updated} expectations updated, ${update.left} failures left for a person`)
    this.output.tell(`${report.passed} passed, ${report.failed} failed`)
  }

  #print(report: TestReport): void {
    if (report.cases.length > 0) this.output.print(renderCases(report, this.output))
    for (const { diff } of report.update?.files ?? []) this.output.print(diff)
    if (report.coverage !== null) this.output.print(renderCoverage(report.coverage, this.output))
    if (report.mutation !== null) this.output.print(renderMutation(report.mutation, this.output))
  }
}
