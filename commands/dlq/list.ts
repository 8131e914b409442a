import { string } from '@oclif/core/flags'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { pageFlags, pageOf, tenantFlag } from '../../src/cli/flags.ts'
import type {
  DeadLetter,
  DeadLetterClass,
  DeadLetterStatus,
} from '../../src/messaging/dead-letters/dead-letter.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'

const statuses: readonly DeadLetterStatus[] = ['open', 'replaying', 'resolved', 'discarded']
const classes: readonly DeadLetterClass[] = ['permanent', 'exhausted', 'in_doubt', 'poison', 'invalid']

export default class DlqList extends OperatorCommand<Page<DeadLetter>> {
  static override summary = 'List dead letters: what could not be done, and why.'
  static override description =
    'Newest first; open ones unless --status says otherwise. Letters with the same GROUP have the same trouble: fix it once, then replay the group.'
  static override examples = [
    { description: 'What is open:', command: 'neuronx dlq list --tenant acme' },
    { description: 'One group:', command: 'neuronx dlq list --tenant acme --group fp_0123456789ab' },
  ]
  static override flags = {
    ...tenantFlag,
    ...pageFlags,
    status: string({
      options: statuses,
      default: 'open',
      summary: 'Only letters of this status.',
      helpValue: 'STATUS',
    }),
    class: string({ options: classes, summary: 'Only letters of this class.', helpValue: 'CLASS' }),
    integration: string({ summary: 'Only letters of this integration.', helpValue: 'NAME' }),
    group: string({ summary: 'Only letters of this group.', helpValue: 'GROUP' }),
  }

  override async run(): Promise<Page<DeadLetter>> {
    const { flags } = await this.parse(DlqList)
    const status = statuses.find((known) => known === flags.status)
    const kind = classes.find((known) => known === flags.class)
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(kind === undefined ? {} : { class: kind }),
      ...(flags.integration === undefined ? {} : { integration: flags.integration }),
      ...(flags.group === undefined ? {} : { fingerprint: flags.group }),
    }
    return this.withTenant(flags.tenant, 'dead_letter.read', ({ operator, tenant }) =>
      operator.messages.deadLetters(tenant.id, filter, pageOf(flags)),
    )
  }

  protected override render(page: Page<DeadLetter>): void {
    const columns = [
      { title: 'ID', value: (letter: DeadLetter) => letter.id },
      { title: 'GROUP', value: (letter: DeadLetter) => letter.fingerprint },
      { title: 'SOURCE', value: (letter: DeadLetter) => letter.source },
      { title: 'CLASS', value: (letter: DeadLetter) => letter.class },
      { title: 'CODE', value: (letter: DeadLetter) => letter.code },
      { title: 'REASON', value: (letter: DeadLetter) => letter.reason, shrink: true },
    ]
    this.printPage(page, columns, 'There are no such dead letters.')
  }
}
