import {
  pageFlags,
  pageOf,
  parseEntityRef,
  requiredArg,
  tenantFlag,
  workspaceFlag,
} from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { JsonValue } from '../../src/kernel/json.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { HistoryEntry } from '../../src/sales-core/reading/entity-reader.ts'

export default class EntityHistory extends OperatorCommand<Page<HistoryEntry>> {
  static override summary = 'Show what changed an entity, event by event.'
  static override description =
    'Newest first: each event with the fields it changed, and which rule or score changed them.'
  static override examples = [
    {
      description: 'The last changes of a lead:',
      command: 'neuronx entity history lead/42 --tenant acme --limit 10',
    },
    {
      description: 'With rules, scores and workflows:',
      command: 'neuronx entity history lead/42 --tenant acme --json',
    },
  ]
  static override args = { entity: requiredArg('The entity, as KIND/ID.') }
  static override flags = { ...tenantFlag, ...workspaceFlag, ...pageFlags }

  override async run(): Promise<Page<HistoryEntry>> {
    const { args, flags } = await this.parse(EntityHistory)
    const ref = parseEntityRef(args.entity)
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) => {
      const { entities } = operator
      const page = await entities.history(tenant.id, flags.workspace, ref, pageOf(flags))
      const known = page.items[0] ?? (await entities.byId(tenant.id, flags.workspace, ref))
      foundOr(known, 'entity', args.entity, `neuronx entity list --tenant ${tenant.slug}`)
      return page
    })
  }

  protected override render(page: Page<HistoryEntry>): void {
    const columns = [
      { title: 'VERSION', value: (entry: HistoryEntry) => entry.version, align: 'right' as const },
      { title: 'AT', value: (entry: HistoryEntry) => entry.at },
      { title: 'EVENT', value: (entry: HistoryEntry) => entry.eventType },
      { title: 'EVENT ID', value: (entry: HistoryEntry) => entry.eventId },
      { title: 'CHANGES', value: (entry: HistoryEntry) => changesOf(entry), shrink: true },
    ]
    this.printPage(page, columns, 'Nothing is recorded of it any more.')
  }
}

function changesOf(entry: HistoryEntry): string {
  return entry.changes
    .map((change) => `${change.field} ${short(change.from)} -> ${short(change.to)} (${change.by})`)
    .join('; ')
}

function short(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
