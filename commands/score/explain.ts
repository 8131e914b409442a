import { boolean } from '@oclif/core/flags'
import { parseEntityRef, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { ExplainedNow } from '../../src/app/scores/current-scores-of.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import type { ScoreShare } from '../../src/sales-core/decide/decision.ts'

interface ExplainResult {
  readonly entity: string
  readonly scores: readonly ExplainedNow[]
  /** With `--as-test`: a Test document about the event that changed a score last. */
  readonly test?: JsonObject
  readonly yaml?: string
}

export default class ScoreExplain extends OperatorCommand<ExplainResult> {
  static override summary = 'Explain the scores of an entity: what each factor adds.'
  static override description =
    'Every factor of every score with its points now, their age and what decay took, the reason, and the event that changed the score last.'
  static override examples = [
    { description: 'Why is this lead hot?', command: 'neuronx score explain lead/42 --tenant acme' },
    { description: 'As a test case:', command: 'neuronx score explain lead/42 --as-test --tenant acme' },
    { description: 'For a report:', command: 'neuronx score explain lead/42 --tenant acme --json' },
  ]
  static override args = { entity: requiredArg('The entity, as KIND/ID.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    'as-test': boolean({
      summary: 'Print a Test document about the last change of a score. It holds the data of the event.',
    }),
  }

  override async run(): Promise<ExplainResult> {
    const { args, flags } = await this.parse(ScoreExplain)
    const ref = parseEntityRef(args.entity)
    const { explainScoresNow } = await import('../../src/app/scores/current-scores-of.ts')
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) => {
      const explained = await explainScoresNow(operator, tenant, flags.workspace, ref)
      const { scores } = foundOr(
        explained,
        'entity',
        args.entity,
        `neuronx entity list --tenant ${tenant.slug}`,
      )
      if (!flags['as-test']) return { entity: args.entity, scores }
      const [last] = scores.flatMap(({ changedBy }) => changedBy ?? []).sort((a, b) => (a.at < b.at ? 1 : -1))
      if (last === undefined) {
        throw new NxError('not_found', 'NX-EXPLAIN-NO-TEST', 'No change of a score is recorded any more', {
          fix: `neuronx entity history ${args.entity} --tenant ${tenant.slug} shows what is still known.`,
        })
      }
      const { eventAsTest } = await import('../../src/app/explain/explain-event.ts')
      const test = foundOr(
        await eventAsTest(operator, tenant, last.eventId),
        'event',
        last.eventId,
        `neuronx entity history ${args.entity} --tenant ${tenant.slug}`,
      )
      const { stringify } = await import('yaml')
      return { entity: args.entity, scores, test, yaml: stringify(test) }
    })
  }

  protected override render({ entity, scores, yaml }: ExplainResult): void {
    if (yaml !== undefined) return this.output.print(yaml.trimEnd())
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
      for (const note of notesOf(score, this.tenantSlug)) this.output.print(faint(note))
      const cause = score.changedBy
      if (cause !== null)
        this.output.print(faint(`since ${cause.at}: ${cause.eventType} ${cause.eventId} (was ${cause.from})`))
    }
  }
}

function notesOf(
  { model, points, recorded, crossesAt, isOfOldModel }: ExplainedNow,
  tenant: string | null,
): readonly string[] {
  const anew = `neuronx score recompute --model ${model} --tenant ${tenant}`
  return [
    ...(recorded === null || recorded === points ? [] : [`${recorded} after the last event`]),
    ...(crossesAt === null ? [] : [`leaves its band by ${crossesAt} unless something happens`]),
    ...(isOfOldModel ? [`an older model scored it last: ${anew}`] : []),
  ]
}
