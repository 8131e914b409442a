import { integer, string } from '@oclif/core/flags'
import { pauseOutbox } from '../../src/app/outbox/pause-outbox.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { parseDuration } from '../../src/kernel/duration.ts'
import type { OutboxPause } from '../../src/messaging/relay/outbox-control.ts'

export default class OutboxPauseCommand extends OperatorCommand<OutboxPause> {
  static override summary = 'Stop publishing events to the bus.'
  static override description =
    'For all daemons of the installation, at once. Events are accepted all the same and wait in the log; what is on the bus already is worked off. Asks before; without a terminal it needs --yes. `outbox resume` undoes it.'
  static override examples = [
    {
      description: 'For half an hour:',
      command: 'neuronx outbox pause --for 30m --reason "bus is being moved"',
    },
    {
      description: 'Two shards, until somebody resumes:',
      command: 'neuronx outbox pause --shard 3 --shard 17 --reason "looking into order" --yes',
    },
  ]
  static override flags = {
    shard: integer({
      multiple: true,
      min: 0,
      max: 63,
      summary: 'Only this shard; may be given several times. Default: all.',
      helpValue: 'N',
    }),
    for: string({
      summary: 'End it by itself after this time, at most 7d. Default: not before somebody resumes.',
      helpValue: '30m',
    }),
    reason: string({ required: true, summary: 'Why; kept in the audit log.', helpValue: 'TEXT' }),
  }

  override async run(): Promise<OutboxPause> {
    const { flags } = await this.parse(OutboxPauseCommand)
    const shards = flags.shard ?? null
    const forMs = flags.for === undefined ? null : parseDuration(flags.for)
    await this.confirmed(
      `Stop publishing ${shards === null ? 'everywhere' : `shards ${shards.join(', ')}`}? Nothing that is accepted meanwhile is worked on.`,
    )
    return this.withOperator((operator) => pauseOutbox(operator, { shards, forMs, reason: flags.reason }))
  }

  protected override render(pause: OutboxPause): void {
    const what = pause.shards === null ? 'All shards are' : `Shards ${pause.shards.join(', ')} are`
    this.output.print(
      `${what} paused ${pause.until === null ? 'until somebody resumes' : `until ${pause.until}`}`,
    )
  }
}
