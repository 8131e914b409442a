import { integer } from '@oclif/core/flags'
import type { CheckResult, CheckStatus } from '../src/app/doctor/finding.ts'
import { exitCodes } from '../src/cli/errors/exit-codes.ts'
import { NeuronxCommand } from '../src/cli/neuronx-command.ts'
import { plainLine } from '../src/cli/text/plain-text.ts'
import { padTo } from '../src/cli/text/text-width.ts'

interface DoctorResult {
  readonly ok: number
  readonly warn: number
  readonly fail: number
  readonly checks: readonly CheckResult[]
}

const second = 1_000

export default class Doctor extends NeuronxCommand<DoctorResult> {
  static override summary = 'Check everything the installation needs, and say how to mend what is wrong.'
  static override description =
    'Settings, database, bus, daemons, shards, lanes, dead letters, credentials, clocks, disks, keys. Changes nothing, and works with everything down. Exit code 0 when all is well, 2 with findings, 69 when the database cannot be reached.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx doctor' },
    { description: 'For a monitor:', command: 'neuronx doctor --json' },
  ]
  static override flags = {
    timeout: integer({
      min: 1,
      max: 60,
      default: 5,
      summary: 'Seconds that each check may take.',
      helpValue: 'SECONDS',
    }),
  }

  override async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor)
    const settings = await this.settings()
    const { runDoctor } = await import('../src/app/doctor/run-doctor.ts')
    const checks = await runDoctor(settings, { deadlineMs: flags.timeout * second })
    const count = (status: CheckStatus): number => checks.filter((result) => result.status === status).length
    const result = { ok: count('ok'), warn: count('warn'), fail: count('fail'), checks }
    if (checks.some(({ check, status }) => check === 'database.reachable' && status === 'fail'))
      this.endWith(exitCodes.unreachable)
    else if (result.warn + result.fail > 0) this.endWith(exitCodes.changes)
    return result
  }

  protected override render(result: DoctorResult): void {
    const { good, warn, bad, faint } = this.output.theme
    const paint = { ok: good, warn, fail: bad }
    const width = Math.max(...result.checks.map(({ check }) => check.length))
    for (const { check, status, found, fix } of result.checks) {
      this.output.print(`${paint[status](padTo(status, 4))}  ${padTo(check, width)}  ${plainLine(found)}`)
      if (fix !== null && status !== 'ok')
        this.output.print(`${' '.repeat(6)}${faint('fix')} ${plainLine(fix)}`)
    }
    this.output.tell(`${result.ok} ok, ${result.warn} to look at, ${result.fail} wrong`)
  }
}
