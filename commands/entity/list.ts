import { string } from '@oclif/core/flags'
import { pageFlags, pageOf, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { EntityView } from '../../src/sales-core/reading/entity-reader.ts'

export default class EntityList extends OperatorCommand<Page<EntityView>> {
  static override summary = 'List entities: leads and whatever else the configuration declares.'
  static override description = 'In the order of their ids, with their scores as they are now.'
  static override examples = [
    { description: 'The leads that moved last:', command: 'neuronx entity list --tenant acme' },
    { description: 'Another kind:', command: 'neuronx entity list --tenant acme --kind company --json' },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...pageFlags,
    kind: string({ default: 'lead', summary: 'Which kind of entity.', helpValue: 'KIND' }),
  }

  override async run(): Promise<Page<EntityView>> {
    const { flags } = await this.parse(EntityList)
    const { currentEntities } = await import('../../src/app/scores/current-scores-of.ts')
    return this.withTenant(flags.tenant, 'entity.read', ({ operator, tenant }) =>
      currentEntities(operator, tenant).list(tenant.id, flags.workspace, flags.kind, pageOf(flags)),
    )
  }

  protected override render(page: Page<EntityView>): void {
    const text = (view: EntityView, field: string): string | null => {
      const value = view.fields[field]
      return typeof value === 'string' || typeof value === 'number' ? String(value) : null
    }
    const columns = [
      { title: 'ENTITY', value: (view: EntityView) => `${view.ref.kind}/${view.ref.id}` },
      { title: 'NAME', value: (view: EntityView) => text(view, 'name'), shrink: true },
      { title: 'SCORE', value: (view: EntityView) => text(view, 'score'), align: 'right' as const },
      { title: 'BANDS', value: (view: EntityView) => bandsOf(view), shrink: true },
      {
        title: 'WORKFLOWS',
        value: (view: EntityView) => view.instances.map((instance) => instance.workflow).join(','),
        shrink: true,
      },
      { title: 'UPDATED', value: (view: EntityView) => view.updatedAt },
    ]
    this.printPage(page, columns, 'There are no such entities.')
  }
}

function bandsOf(view: EntityView): string {
  const bands = Object.entries(view.scores).flatMap(([model, score]) =>
    score.band === null ? [] : [`${model}:${score.band}`],
  )
  return bands.join(' ')
}
