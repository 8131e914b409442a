import { integer } from '@oclif/core/flags'
import { requiredArg, tenantFlag, workspaceFlag } from '../src/cli/flags.ts'
import { foundOr } from '../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../src/cli/operator-command.ts'
import { plainLine } from '../src/cli/text/plain-text.ts'
import type { Story } from '../src/app/explain/tell-story.ts'

export default class Why extends OperatorCommand<Story> {
  static override summary = 'Tell the story of a lead: what it is now, and why.'
  static override description =
    'Its scores as they are now with every factor, where its workflows wait, and newest first the events with the rules that fired, the commands with how they ended, and the dead letters.'
  static override examples = [
    { description: 'Why is this lead hot?', command: 'neuronx why 42 --tenant acme' },
    { description: 'Any other entity:', command: 'neuronx why deal/7 --tenant acme --limit 100 --json' },
  ]
  static override args = { entity: requiredArg('A lead by its id, or any entity as KIND/ID.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    limit: integer({
      min: 1,
      max: 500,
      default: 20,
      summary: 'How many entries at most, 1 to 500.',
      helpValue: 'N',
    }),
  }

  override async run(): Promise<Story> {
    const { args, flags } = await this.parse(Why)
    const ref = refOf(args.entity)
    const { tellStory } = await import('../src/app/explain/tell-story.ts')
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) => {
      const story = await tellStory(operator, tenant, flags.workspace, ref, flags.limit)
      return foundOr(story, 'entity', args.entity, `neuronx entity list --tenant ${tenant.slug}`)
    })
  }

  protected override render({ entity, version, scores, waiting, entries, hasMore }: Story): void {
    const { strong, faint } = this.output.theme
    const print = (text: string): void => this.output.print(plainLine(text))
    this.output.print(strong(plainLine(`${entity}, version ${version}`)))
    for (const { model, points, band, shares } of scores) {
      print(`${model} ${points}${band === null ? '' : ` (${band})`}`)
      for (const share of shares)
        print(`  ${share.points > 0 ? '+' : ''}${share.points}  ${share.factor}: ${share.why}`)
    }
    for (const { workflow, step, waitsFor } of waiting) print(`${workflow} waits at ${step} ${waitsFor}`)
    for (const { at, title, id, lines } of entries) {
      this.output.print(`\n${faint(at)}  ${strong(plainLine(title))}  ${faint(id)}`)
      for (const line of lines) print(`  ${line}`)
    }
    if (hasMore) this.output.tell(this.output.errorTheme.faint('There is more: add --limit'))
  }
}

/** `42` is a lead; `deal/7` and `deal:7` say what they are. An id with a slash must be written with its kind. */
function refOf(text: string): { kind: string; id: string } {
  const parts = /^([a-z][a-z0-9_]{0,62})[/:](.+)$/s.exec(text)
  return parts === null ? { kind: 'lead', id: text } : { kind: parts[1] ?? 'lead', id: parts[2] ?? text }
}
