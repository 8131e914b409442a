import { parseEntityRef, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { ExplainedScore } from '../../src/app/explain-scores.ts'
import type { ScoreShare } from '../../src/sales-core/decide/decision.ts'

interface ExplainResult {
  readonly entity: string
  readonly scores: readonly ExplainedScore[]
}

export default class ScoreExplain extends OperatorCommand<ExplainResult> {
  static override summary = 'Explain the scores of an entity: what each factor adds.'
  static override description =
    'Every factor of every score with its points and the reason, and the event that brought the score to where it is.'
  static override examples = [
    { description: 'Why is this lead hot?', command: 'neuronx score explain lead/42 --tenant acme' },
    { description: 'For a report:', command: 'neuronx score explain lead/42 --tenant acme --json' },
  ]
  static override args = { entity: requiredArg('The entity, as KIND/ID.') }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<ExplainResult> {
    const { args, flags } = await this.parse(ScoreExplain)
    const ref = parseEntityRef(args.entity)
    const { explainScores } = await import('../../src/app/explain-scores.ts')
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) => {
      const explained = await explainScores(operator.entities, tenant.id, flags.workspace, ref)
      const { scores } = foundOr(
        explained,
        'entity',
        args.entity,
        `neuronx entity list --tenant ${tenant.slug}`,
      )
      return { entity: args.entity, scores }
    })
  }

  protected override render({ entity, scores }: ExplainResult): void {
    const { strong, faint } = this.output.theme
    if (scores.length === 0) this.output.print(`${entity} has no score.`)
    for (const [index, score] of scores.entries()) {
      const band = score.band === null ? '' : ` (${score.band})`
      this.output.print(`${index > 0 ? '\n' : ''}${strong(`${score.model} ${score.points}${band}`)}`)
      const columns = [
        {
          title: 'POINTS',
          value: (share: ScoreShare) => (share.points > 0 ? `+${share.points}` : share.points),
          align: 'right' as const,
        },
        { title: 'FACTOR', value: (share: ScoreShare) => share.factor },
        { title: 'WHY', value: (share: ScoreShare) => share.why, shrink: true },
      ]
      if (score.shares.length > 0) this.output.print(renderTable(score.shares, columns, this.output))
      const cause = score.changedBy
      if (cause !== null)
        this.output.print(faint(`since ${cause.at}: ${cause.eventType} ${cause.eventId} (was ${cause.from})`))
    }
  }
}
