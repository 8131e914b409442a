import { string } from '@oclif/core/flags'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { pageFlags, pageOf, tenantFlag } from '../../src/cli/flags.ts'
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
      description: 'The newest ten as JSON:',
      command: 'neuronx outbox list --tenant acme --limit 10 --json',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...pageFlags,
    status: string({ options: statuses, summary: 'Only rows of this status.', helpValue: 'STATUS' }),
  }

  override async run(): Promise<Page<OutboxRow>> {
    const { flags } = await this.parse(OutboxList)
    const status = statuses.find((known) => known === flags.status) ?? null
    return this.withTenant(flags.tenant, 'outbox.read', ({ operator, tenant }) =>
      operator.messages.outbox(tenant.id, status, pageOf(flags)),
    )
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
