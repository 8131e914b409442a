import { boolean } from '@oclif/core/flags'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { shortDuration } from '../../src/cli/text/relative-time.ts'
import { fenceText, untilText } from '../../src/cli/views/outbox-texts.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import type { OutboxStats, ShardStats } from '../../src/messaging/reading/event-reader.ts'
import type { OutboxPause } from '../../src/messaging/relay/outbox-control.ts'
import { requirePermission } from '../../src/platform/access/actor.ts'

export default class OutboxStatsCommand extends OperatorCommand<OutboxStats> {
  static override summary = 'Show how far publishing is behind.'
  static override description =
    "Of the whole installation: how many committed events are not on the bus yet and how old the oldest is; which open transaction holds the relay back (the fence); how many a second were published within the last minute, how often the bus refused one, and the latency from acceptance to publication; and the shards that have a backlog or were busy. Rates and latencies are those of the daemons' last heartbeats."
  static override examples = [
    { description: 'The backlog by shard:', command: 'neuronx outbox stats' },
    { description: 'Idle shards too:', command: 'neuronx outbox stats --all' },
    { description: 'For a monitor:', command: 'neuronx outbox stats --json' },
  ]
  static override flags = {
    all: boolean({ summary: 'Print the shards that have nothing to do as well.' }),
  }

  #all = false

  override async run(): Promise<OutboxStats> {
    const { flags } = await this.parse(OutboxStatsCommand)
    this.#all = flags.all
    return this.withOperator((operator) => {
      requirePermission(operator.actor, 'outbox.read', null)
      return operator.messages.outboxStats()
    })
  }

  protected override render(stats: OutboxStats): void {
    const orphans = stats.shards.filter((shard) => shard.owner === null).length
    const facts = [
      ['PENDING', stats.pending],
      ['OLDEST', duration(stats.oldestMs)],
      ['FENCE', stats.fence === null ? null : fenceText(stats.fence)],
      ['RATE', `${stats.publishedPerSecond}/s, ${stats.retries} retries`],
      ['LATENCY', latencyText(stats)],
      ['SHARDS', `${stats.shards.length}, ${orphans} without an owner`],
      ...stats.paused.map((pause) => ['PAUSED', pauseText(pause)] as const),
    ] as const
    this.output.print(renderFacts(facts, this.output))
    const shown = stats.shards.filter((shard) => this.#all || shard.pending > 0 || shard.p50Ms !== null)
    if (shown.length === 0) return
    const columns = [
      { title: 'SHARD', value: (shard: ShardStats) => shard.shard, align: 'right' as const },
      { title: 'PENDING', value: (shard: ShardStats) => shard.pending, align: 'right' as const },
      { title: 'OLDEST', value: (shard: ShardStats) => duration(shard.oldestMs), align: 'right' as const },
      {
        title: 'PER SECOND',
        value: (shard: ShardStats) => shard.publishedPerSecond,
        align: 'right' as const,
      },
      { title: 'RETRIES', value: (shard: ShardStats) => shard.retries, align: 'right' as const },
      { title: 'P50', value: (shard: ShardStats) => duration(shard.p50Ms), align: 'right' as const },
      { title: 'P99', value: (shard: ShardStats) => duration(shard.p99Ms), align: 'right' as const },
      { title: 'OWNER', value: (shard: ShardStats) => shard.owner },
    ]
    this.output.print(`\n${renderTable(shown, columns, this.output)}`)
  }
}

function duration(ms: number | null): string | null {
  return ms === null ? null : shortDuration(ms)
}

function latencyText({ p50Ms, p99Ms }: OutboxStats): string | null {
  if (p50Ms === null || p99Ms === null) return null
  return `p50 ${shortDuration(p50Ms)}, p99 ${shortDuration(p99Ms)}`
}

function pauseText({ shards, by, reason, until }: OutboxPause): string {
  const what = shards === null ? 'all shards' : `shards ${shards.join(', ')}`
  return `${what} ${untilText(until)}, by ${by}: ${reason}`
}
