import { parseEntityRef, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import type { EntityView } from '../../src/sales-core/reading/entity-reader.ts'
import { awaitedText, positionsOf } from '../../src/sales-core/workflows/workflow-instance.ts'
import type { WorkflowInstance } from '../../src/sales-core/workflows/workflow-instance.ts'

export default class EntityShow extends OperatorCommand<EntityView> {
  static override summary = 'Show what is known of one entity.'
  static override description = 'Its fields, its scores as they are now, and the workflows it is in.'
  static override examples = [
    { description: 'A lead:', command: 'neuronx entity show lead/42 --tenant acme' },
    {
      description: 'Its score in a script:',
      command: 'neuronx entity show lead/42 --tenant acme --json | jq .data.fields.score',
    },
  ]
  static override args = { entity: requiredArg('The entity, as KIND/ID.') }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<EntityView> {
    const { args, flags } = await this.parse(EntityShow)
    const ref = parseEntityRef(args.entity)
    const { currentEntities } = await import('../../src/app/scores/current-scores-of.ts')
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) =>
      foundOr(
        await currentEntities(operator, tenant).byId(tenant.id, flags.workspace, ref),
        'entity',
        args.entity,
        `neuronx entity list --tenant ${tenant.slug}`,
      ),
    )
  }

  protected override render(view: EntityView): void {
    const facts = [
      ['ENTITY', `${view.ref.kind}/${view.ref.id}`],
      ['WORKSPACE', view.workspace],
      ['VERSION', view.version],
      ['CREATED', view.createdAt],
      ['UPDATED', view.updatedAt],
      ...Object.entries(view.scores).map(
        ([model, score]) =>
          [`SCORE ${model}`, `${score.points}${score.band === null ? '' : ` (${score.band})`}`] as const,
      ),
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${this.output.theme.faint('FIELDS')}\n${renderJson(view.fields)}`)
    if (view.instances.length === 0) return
    const columns = [
      { title: 'WORKFLOW', value: (instance: WorkflowInstance) => instance.workflow },
      { title: 'INSTANCE', value: (instance: WorkflowInstance) => instance.id },
      { title: 'STATE', value: (instance: WorkflowInstance) => instance.state.status },
      { title: 'AT', value: (instance: WorkflowInstance) => placeOf(instance) },
    ]
    this.output.print(`\n${renderTable(view.instances, columns, this.output)}`)
  }
}

function placeOf({ state }: WorkflowInstance): string | null {
  if (state.status === 'done') return null
  if (state.status === 'failed') return `${state.stepId}: ${state.error}`
  return positionsOf(state)
    .map(({ stepId, wait }) => {
      const until = wait.until === null ? '' : ` until ${wait.until}`
      return `${stepId}, waits${awaitedText(wait)}${until}`
    })
    .join('; ')
}
