import { string } from '@oclif/core/flags'
import { requiredArg } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { plainText } from '../../src/cli/text/plain-text.ts'
import type { TestReport } from '../../src/app/config-tools.ts'

export default class ConfigTest extends NeuronxCommand<TestReport> {
  static override summary = 'Run the tests of a configuration directory.'
  static override description =
    'Runs every case of its Test documents through the same decisions as the daemon, with the clock in the test’s hands: a 90-day workflow takes milliseconds. Offline. Ends with exit code 1 when a case fails, 78 when the configuration is not valid.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx config test .' },
    {
      description: 'Those whose name contains a word:',
      command: 'neuronx config test . --filter speed-to-lead',
    },
  ]
  static override args = { directory: requiredArg('The configuration directory.') }
  static override flags = {
    filter: string({ summary: 'Only cases whose name contains this.', helpValue: 'TEXT' }),
  }

  override async run(): Promise<TestReport> {
    const { args, flags } = await this.parse(ConfigTest)
    const { testConfig } = await import('../../src/app/config-tools.ts')
    const report = await testConfig(args.directory, { filter: flags.filter ?? null })
    if (report.failed > 0) this.endWith(exitCodes.failed)
    return report
  }

  protected override render(report: TestReport): void {
    const { good, bad, faint } = this.output.theme
    for (const testCase of report.cases) {
      const failed = testCase.failures.length > 0
      const place = faint(plainText(`${testCase.file}:${testCase.line}`))
      this.output.print(`${failed ? bad('FAIL') : good('ok  ')}  ${plainText(testCase.name)}  ${place}`)
      for (const failure of testCase.failures)
        this.output.print(`        ${plainText(failure).replaceAll('\n', '\n        ')}`)
    }
    this.output.tell(`${report.passed} passed, ${report.failed} failed`)
  }
}
