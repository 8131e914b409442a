import { string } from '@oclif/core/flags'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import {
  pageFlags,
  pageOf,
  parseEntityRef,
  parseTime,
  tenantFlag,
  workspaceFlag,
} from '../../src/cli/flags.ts'
import type { OutboxRow, Page } from '../../src/messaging/reading/event-reader.ts'

const statuses = ['pending', 'published', 'recorded'] as const

export default class OutboxList extends OperatorCommand<Page<OutboxRow>> {
  static override summary = 'List the rows of the event outbox.'
  static override description =
    'Newest first. pending: committed, not on the bus yet. published: on the bus. recorded: kept in the log; nothing listens, so it does not travel.'
  static override examples = [
    {
      description: 'What waits to be published:',
      command: 'neuronx outbox list --tenant acme --status pending',
    },
    {
      description: 'The last hour of one lead:',
      command: 'neuronx outbox list --tenant acme --entity lead/42 --since 1h',
    },
    {
      description: 'The newest ten as JSON:',
      command: 'neuronx outbox list --tenant acme --limit 10 --json',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...pageFlags,
    status: string({ options: statuses, summary: 'Only rows of this status.', helpValue: 'STATUS' }),
    ...workspaceFlag,
    entity: string({ summary: 'Only events about this entity.', helpValue: 'KIND/ID' }),
    type: string({ summary: 'Only events of this type.', helpValue: 'TYPE' }),
    since: string({ summary: 'Only what was accepted since: RFC 3339, or how long ago.', helpValue: 'TIME' }),
    until: string({
      summary: 'Only what was accepted before: RFC 3339, or how long ago.',
      helpValue: 'TIME',
    }),
  }

  override async run(): Promise<Page<OutboxRow>> {
    const { flags } = await this.parse(OutboxList)
    const status = statuses.find((known) => known === flags.status)
    const entity = flags.entity === undefined ? null : parseEntityRef(flags.entity)
    return this.withTenant(flags.tenant, 'outbox.read', async ({ operator, tenant }) => {
      const now = operator.clock.now()
      const filter = {
        ...(status === undefined ? {} : { status }),
        ...(flags.type === undefined ? {} : { type: flags.type }),
        ...(entity === null ? {} : { entity: { workspace: flags.workspace, ...entity } }),
        ...(flags.since === undefined ? {} : { since: await parseTime(flags.since, now) }),
        ...(flags.until === undefined ? {} : { until: await parseTime(flags.until, now) }),
      }
      return operator.messages.outbox(tenant.id, filter, pageOf(flags))
    })
  }

  protected override render(page: Page<OutboxRow>): void {
    const columns = [
      { title: 'ID', value: (row: OutboxRow) => row.id },
      { title: 'TYPE', value: (row: OutboxRow) => row.eventType, shrink: true },
      { title: 'STATUS', value: (row: OutboxRow) => row.status },
      { title: 'RETRIES', value: (row: OutboxRow) => row.retryCount, align: 'right' as const },
      { title: 'CREATED', value: (row: OutboxRow) => row.createdAt },
    ]
    this.printPage(page, columns, 'The outbox holds no such rows.')
  }
}
