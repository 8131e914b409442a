import { pageFlags, pageOf, tenantFlag } from '../../src/cli/flags.ts'
import { letterColumns } from '../../src/cli/letters/letter-columns.ts'
import {
  letterFilterFlags,
  letterFilterOf,
  statusFlag,
  statusOf,
} from '../../src/cli/letters/letter-flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { DeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'

export default class DlqList extends OperatorCommand<Page<DeadLetter>> {
  static override summary = 'List dead letters: what could not be done, and why.'
  static override description =
    'Newest first; open ones unless --status says otherwise. Letters with the same GROUP have the same trouble: fix it once, then replay the group.'
  static override examples = [
    { description: 'What is open:', command: 'neuronx dlq list --tenant acme' },
    { description: 'One group:', command: 'neuronx dlq list --tenant acme --group fp_0123456789ab' },
    {
      description: 'Of one lead, whatever became of them:',
      command: 'neuronx dlq list --tenant acme --entity lead/42 --status all',
    },
  ]
  static override flags = { ...tenantFlag, ...pageFlags, ...statusFlag, ...letterFilterFlags }

  override async run(): Promise<Page<DeadLetter>> {
    const { flags } = await this.parse(DlqList)
    return this.withTenant(flags.tenant, 'dead_letter.read', async ({ operator, tenant }) => {
      const filter = { ...(await letterFilterOf(flags, operator.clock.now())), ...statusOf(flags) }
      return operator.messages.deadLetters(tenant.id, filter, pageOf(flags))
    })
  }

  protected override render(page: Page<DeadLetter>): void {
    const columns = letterColumns(systemClock.now(), this.output.columns)
    this.printPage(page, columns, 'There are no such dead letters.')
  }
}
