import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { shortDuration } from '../../src/cli/text/relative-time.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import type { OutboxStats, ShardStats } from '../../src/messaging/reading/event-reader.ts'
import { requirePermission } from '../../src/platform/access/actor.ts'

export default class OutboxStatsCommand extends OperatorCommand<OutboxStats> {
  static override summary = 'Show how far publishing is behind.'
  static override description =
    'Of the whole installation: how many committed events are not on the bus yet, how old the oldest is, which open transaction holds the relay back (the fence), and the shards that have a backlog or no owner.'
  static override examples = [
    { description: 'The backlog by shard:', command: 'neuronx outbox stats' },
    { description: 'For a monitor:', command: 'neuronx outbox stats --json' },
  ]

  override async run(): Promise<OutboxStats> {
    await this.parse(OutboxStatsCommand)
    return this.withOperator((operator) => {
      requirePermission(operator.actor, 'outbox.read', null)
      return operator.messages.outboxStats()
    })
  }

  protected override render(stats: OutboxStats): void {
    const orphans = stats.shards.filter((shard) => shard.owner === null).length
    const facts = [
      ['PENDING', stats.pending],
      ['OLDEST', stats.oldestMs === null ? null : shortDuration(stats.oldestMs)],
      ['FENCE', shortDuration(stats.fenceAgeMs)],
      ['SHARDS', `${stats.shards.length}, ${orphans} without an owner`],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    const busy = stats.shards.filter((shard) => shard.pending > 0)
    if (busy.length === 0) return
    const columns = [
      { title: 'SHARD', value: (shard: ShardStats) => shard.shard, align: 'right' as const },
      { title: 'PENDING', value: (shard: ShardStats) => shard.pending, align: 'right' as const },
      {
        title: 'OLDEST',
        value: (shard: ShardStats) => (shard.oldestMs === null ? null : shortDuration(shard.oldestMs)),
      },
      { title: 'OWNER', value: (shard: ShardStats) => shard.owner },
    ]
    this.output.print(`\n${renderTable(busy, columns, this.output)}`)
  }
}
