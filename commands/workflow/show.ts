import type { JsonObject } from '../../src/kernel/json.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import type { InstanceDetail, InstanceMove } from '../../src/sales-core/reading/workflow-reader.ts'

interface ShownPlace {
  readonly step: string
  /** What it waits for. */
  readonly waits: string
  readonly until: string | null
}

interface ShownInstance extends InstanceDetail {
  readonly positions: readonly ShownPlace[]
  /** What it did, oldest first; only the newest of a long life. */
  readonly history: readonly InstanceMove[]
}

const movesMax = 100

export default class WorkflowShow extends OperatorCommand<ShownInstance> {
  static override summary = 'Show one workflow instance: where it is, what it waits for, what it did.'
  static override description =
    'Where it stands and since when, what it waits for and until when, its variables, and what it did so far, from the log.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx workflow show 0198c2d4-… --tenant acme' },
    {
      description: 'With everything it remembers:',
      command: 'neuronx workflow show 0198c2d4-… --tenant acme --json',
    },
  ]
  static override args = { instance: requiredArg('The instance, by id.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<ShownInstance> {
    const { args, flags } = await this.parse(WorkflowShow)
    const { awaitedText, positionsOf } = await import('../../src/sales-core/workflows/workflow-instance.ts')
    return this.withTenant(flags.tenant, 'workflow.read', async ({ operator, tenant }) => {
      const detail = foundOr(
        await operator.workflows.instance(tenant.id, args.instance),
        'workflow instance',
        args.instance,
        `neuronx workflow list --tenant ${tenant.slug}`,
      )
      const history = await operator.workflows.moves(tenant.id, detail.instance, movesMax)
      const positions = positionsOf(detail.instance.state).map(({ stepId, wait }) => ({
        step: stepId,
        waits: wait.kind === 'timer' ? 'for its time' : awaitedText(wait).trim() || wait.kind,
        until: wait.until,
      }))
      return { ...detail, positions, history }
    })
  }

  protected override render({ instance, workspace, wakeAt, positions, history }: ShownInstance): void {
    const { id, workflow, state, entityKey, startedAt, steps, definitionDigest, vars } = instance
    const ended = state.status === 'waiting' ? null : state.endedAt
    const why = state.status === 'failed' ? `${state.stepId}: ${state.error}` : null
    const facts: ReadonlyArray<readonly [string, string | number | null]> = [
      ['instance', id],
      ['workflow', workflow],
      ['entity', entityKey.slice(entityKey.indexOf('/') + 1)],
      ['workspace', workspace],
      ['status', state.status],
      ['failed at', why],
      ['goes on', wakeAt],
      ['started', startedAt],
      ['ended', ended],
      ['steps run', steps],
      ['definition', definitionDigest],
      ['vars', textOf(vars)],
    ]
    this.output.print(
      renderFacts(
        facts.filter(([, value]) => value !== null),
        this.output,
      ),
    )
    if (positions.length > 0) {
      const columns = [
        { title: 'AT', value: (one: ShownPlace) => one.step },
        { title: 'WAITS', value: (one: ShownPlace) => one.waits, shrink: true },
        { title: 'UNTIL', value: (one: ShownPlace) => one.until },
      ]
      this.output.print(`\n${renderTable(positions, columns, this.output)}`)
    }
    if (history.length > 0) {
      const columns = [
        { title: 'WHEN', value: (one: InstanceMove) => one.at },
        { title: 'EVENT', value: (one: InstanceMove) => one.eventType, shrink: true },
        { title: 'FROM', value: (one: InstanceMove) => one.from },
        { title: 'TO', value: (one: InstanceMove) => one.to },
        { title: 'RAN', value: (one: InstanceMove) => one.ran.join(', '), shrink: true },
      ]
      this.output.print(`\n${renderTable(history, columns, this.output)}`)
    }
  }
}

function textOf(vars: JsonObject): string | null {
  return Object.keys(vars).length === 0 ? null : JSON.stringify(vars).slice(0, 500)
}
