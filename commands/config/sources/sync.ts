import { string } from '@oclif/core/flags'
import { exitCodes } from '../../../src/cli/errors/exit-codes.ts'
import { reasonFlag, requiredArg } from '../../../src/cli/flags.ts'
import { OperatorCommand } from '../../../src/cli/operator-command.ts'
import { plainLine } from '../../../src/cli/text/plain-text.ts'
import { renderFindings } from '../../../src/cli/views/render-findings.ts'
import type { SyncedSource } from '../../../src/app/sources/sync-source.ts'

const exitOfState: Readonly<Record<SyncedSource['state'], number>> = {
  waiting: exitCodes.pending,
  in_sync: exitCodes.ok,
  pending: exitCodes.pending,
  rolling: exitCodes.pending,
  quarantined: exitCodes.configuration,
  drifted: exitCodes.changes,
  broken: exitCodes.configuration,
  unreachable: exitCodes.unreachable,
}

export default class ConfigSourcesSync extends OperatorCommand<SyncedSource> {
  static override summary =
    'Look at a source now instead of at its next interval, and wait for what comes of it.'
  static override description =
    'A version that is broken is tried again at once; one that is quarantined is not. Ends with 0 when what it holds is active, 8 while it waits or is rolled out (or no daemon looked in time), 2 when somebody applied something else, 69 when it cannot be read, 78 when it cannot be applied.'
  static override examples = [
    { description: 'After a push:', command: 'neuronx config sources sync main' },
    { description: 'And go on at once:', command: 'neuronx config sources sync main --wait 0s' },
  ]
  static override args = { name: requiredArg('The source, as the settings name it.') }
  static override flags = {
    ...reasonFlag,
    wait: string({
      default: '1m',
      summary: 'How long to wait for the look, up to 1h.',
      helpValue: 'DURATION',
    }),
  }

  override async run(): Promise<SyncedSource> {
    const { args, flags } = await this.parse(ConfigSourcesSync)
    const { parseDuration } = await import('../../../src/kernel/duration.ts')
    const { syncSource } = await import('../../../src/app/sources/sync-source.ts')
    const waitMs = Math.min(parseDuration(flags.wait), 3_600_000)
    const request = { name: args.name, reason: flags.reason ?? null, waitMs, signal: this.interrupted() }
    return this.withOperator(async (operator) => {
      const source = await syncSource(operator, request)
      this.endWith(source.looked ? exitOfState[source.state] : exitCodes.pending)
      if (!source.looked && waitMs > 0) this.note('no daemon has looked yet: see neuronx config sources')
      return source
    })
  }

  protected override render({ name, state, message, findings }: SyncedSource): void {
    this.output.print(`${name}  ${state}  ${plainLine(message)}`)
    if (findings.length > 0) this.output.print(renderFindings(findings, this.output))
  }
}
