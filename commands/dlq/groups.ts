import { integer, string } from '@oclif/core/flags'
import { parseTime, tenantFlag } from '../../src/cli/flags.ts'
import { letterStatuses, statusOf } from '../../src/cli/letters/letter-flags.ts'
import { groupColumns } from '../../src/cli/letters/letter-columns.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { DeadLetterGroup } from '../../src/platform/dead-letters/dead-letter-operations.ts'
import { systemClock } from '../../src/kernel/clock.ts'

const groupsMax = 500

export default class DlqGroups extends OperatorCommand<readonly DeadLetterGroup[]> {
  static override summary = 'Show dead letters by trouble: fix it once, replay the group.'
  static override description =
    'Letters with the same code, class, integration, cause and shape of reason make a group. The latest first; groups with open letters unless --status says otherwise.'
  static override examples = [
    { description: 'What went wrong today:', command: 'neuronx dlq groups --tenant acme --since 24h' },
    {
      description: 'Ids of the groups alone:',
      command: 'neuronx dlq groups --tenant acme --json | jq -r .data[].fingerprint',
    },
  ]
  static override flags = {
    ...tenantFlag,
    since: string({
      summary: 'Letters written since then: RFC 3339, or how long ago (24h).',
      helpValue: 'TIME',
    }),
    status: string({
      options: [...letterStatuses, 'all'],
      default: 'open',
      summary: 'Groups with letters of this status.',
      helpValue: 'STATUS',
    }),
    limit: integer({
      min: 1,
      max: groupsMax,
      default: 50,
      summary: `How many at most, 1 to ${groupsMax}.`,
      helpValue: 'N',
    }),
  }

  override async run(): Promise<readonly DeadLetterGroup[]> {
    const { flags } = await this.parse(DlqGroups)
    return this.withTenant(flags.tenant, 'dead_letter.read', async ({ operator, tenant }) => {
      const since =
        flags.since === undefined ? {} : { since: await parseTime(flags.since, operator.clock.now()) }
      return operator.letters.groups(tenant.id, { ...statusOf(flags), ...since, max: flags.limit })
    })
  }

  protected override render(groups: readonly DeadLetterGroup[]): void {
    const [first] = groups
    if (first === undefined) {
      if (this.output.isTerminal) this.output.tell('There are no such dead letters.')
      return
    }
    this.output.print(renderTable(groups, groupColumns(systemClock.now(), this.output.columns), this.output))
    const words =
      first.class === 'in_doubt'
        ? `resolve --group ${first.fingerprint} --outcome done-elsewhere|skip --evidence TEXT`
        : `replay --group ${first.fingerprint}`
    const tenant = `--tenant ${this.tenantSlug}`
    this.output.tell(
      `\nlook  neuronx dlq show ${first.sampleId} ${tenant}\nthen  neuronx dlq ${words} ${tenant} --dry-run`,
    )
  }
}
