import { boolean, string } from '@oclif/core/flags'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import type { ExplainedEvent } from '../../src/app/explain/explain-event.ts'
import type { JsonObject } from '../../src/kernel/json.ts'

/** An explanation, or with `--as-test` the document. */
type Explained =
  (ExplainedEvent & { readonly test?: undefined }) | { readonly test: JsonObject; readonly yaml: string }

export default class RuleExplain extends OperatorCommand<Explained> {
  static override summary = 'Explain an event: which rules fired, which did not, and why.'
  static override description =
    'The entity is put together as it was before the event and decided again under the configuration of then. Each rule comes with the clause that settled it, the values that it read, and the layers that it is made of.'
  static override examples = [
    { description: 'All rules of an event:', command: 'neuronx rule explain 0198c7d2-… --tenant acme' },
    {
      description: 'One of them:',
      command: 'neuronx rule explain 0198c7d2-… --rule hot-price-question --tenant acme',
    },
    {
      description: 'As a test case:',
      command: 'neuronx rule explain 0198c7d2-… --as-test --tenant acme > test.yaml',
    },
  ]
  static override args = { event: requiredArg('The id of the event.') }
  static override flags = {
    ...tenantFlag,
    rule: string({ summary: 'Only this rule, as RULESET/RULE or by its id.', helpValue: 'RULE' }),
    'as-test': boolean({
      exclusive: ['rule'],
      summary: 'Print a Test document that says the same and passes. It holds the data of the event.',
    }),
  }

  override async run(): Promise<Explained> {
    const { args, flags } = await this.parse(RuleExplain)
    const { eventAsTest, explainEvent } = await import('../../src/app/explain/explain-event.ts')
    return this.withTenant(flags.tenant, 'event.read', async ({ operator, tenant }) => {
      const hint = `neuronx event tail --tenant ${tenant.slug}`
      if (flags['as-test']) {
        const test = foundOr(await eventAsTest(operator, tenant, args.event), 'event', args.event, hint)
        const { stringify } = await import('yaml')
        return { test, yaml: stringify(test) }
      }
      const explained = await explainEvent(operator, tenant, args.event, flags.rule ?? null)
      return foundOr(explained, 'event', args.event, hint)
    })
  }

  protected override render(result: Explained): void {
    if (result.test !== undefined) return this.output.print(result.yaml.trimEnd())
    const { strong, faint } = this.output.theme
    const { event, configDigest, decidedAt, rules, replay } = result
    this.output.print(strong(plainLine(`${event.type} about ${event.entity}`)))
    this.output.print(faint(`decided ${decidedAt} under ${configDigest.slice(0, 12)}`))
    if (rules.length === 0) this.output.print('No rule listens to this type of event.')
    for (const { rule, outcome, because, error, layers } of rules) {
      const from = layers.map(({ scope, outcome: how }) => `${scope} ${how}`).join(', ')
      this.output.print(
        `\n${outcome === 'fired' ? strong('fired') : outcome.replaceAll('_', ' ')}  ${plainLine(rule)}  ${faint(from)}`,
      )
      for (const { text, outcome: is, values, error: failure } of because) {
        const facts = Object.entries(values).map(([name, value]) => `${name} is ${JSON.stringify(value)}`)
        this.output.print(
          plainLine(`  ${text} is ${failure ?? is}${facts.length === 0 ? '' : `  (${facts.join(', ')})`}`),
        )
      }
      if (error !== null) this.output.print(plainLine(`  ${error.message} (${error.code})`))
    }
    if (replay.state === 'differs') this.note(replay.detail)
  }
}
