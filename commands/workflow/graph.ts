import { boolean, string } from '@oclif/core/flags'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

interface Drawn {
  readonly name: string
  readonly definition: string
  readonly counts: Readonly<Record<string, number>>
  /** Who waits at steps that only older definitions have. */
  readonly elsewhere: Readonly<Record<string, number>>
  /** The picture itself. */
  readonly text: string
}

export default class WorkflowGraph extends OperatorCommand<Drawn> {
  static override summary = 'Draw a workflow, with how many wait at each step.'
  static override description =
    'Mermaid for documents, or an SVG picture that needs nothing else to be shown.'
  static override examples = [
    { description: 'As Mermaid:', command: 'neuronx workflow graph speed-to-lead --tenant acme' },
    {
      description: 'As a picture:',
      command: 'neuronx workflow graph speed-to-lead --tenant acme --format svg > speed-to-lead.svg',
    },
  ]
  static override args = { workflow: requiredArg('The workflow, by name.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    format: string({
      options: ['mermaid', 'svg'],
      default: 'mermaid',
      summary: 'What to draw with.',
      helpValue: 'FORMAT',
    }),
    counts: boolean({ allowNo: true, default: true, summary: 'Write beside each step how many wait there.' }),
  }

  #workspace = ''

  override async run(): Promise<Drawn> {
    const { args, flags } = await this.parse(WorkflowGraph)
    const { drawWorkflow } = await import('../../src/app/workflows/list-workflows.ts')
    this.#workspace = flags.workspace
    const format = flags.format === 'svg' ? 'svg' : 'mermaid'
    return this.withTenant(flags.tenant, 'workflow.read', ({ operator, tenant }) =>
      drawWorkflow(operator, { tenant, workspace: flags.workspace }, args.workflow, {
        format,
        counts: flags.counts,
      }),
    )
  }

  protected override render({ name, elsewhere, text }: Drawn): void {
    this.output.print(text.trimEnd())
    const gone = Object.entries(elsewhere).map(([step, count]) => `${step} ${count}`)
    if (gone.length === 0) return
    const list = `neuronx workflow list ${name} --step STEP --workspace ${this.#workspace} --tenant ${this.tenantSlug}`
    this.output.tell(`not in the picture, at steps of older definitions: ${gone.join(', ')} · ${list}`)
  }
}
