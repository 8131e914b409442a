import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import { renderTree } from '../../src/cli/views/render-tree.ts'
import type { TreeNode } from '../../src/cli/views/render-tree.ts'
import { shortDuration } from '../../src/cli/text/relative-time.ts'
import { isJsonObject } from '../../src/kernel/json.ts'
import type { TraceNode } from '../../src/messaging/reading/event-reader.ts'

export default class EventTrace extends OperatorCommand<TraceNode> {
  static override summary = 'Show everything that followed from an event.'
  static override description =
    'The whole chain from its first event: rules that fired, scores and fields that changed, workflows that moved, commands with their results, events that those made; with the time since the first event was accepted. Takes the id of any event of the chain.'
  static override examples = [
    { description: 'As a tree:', command: 'neuronx event trace 0199… --tenant acme' },
    {
      description: 'With everything that is known:',
      command: 'neuronx event trace 0199… --tenant acme --json',
    },
  ]
  static override args = { id: requiredArg('Id of an event of the chain.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<TraceNode> {
    const { args, flags } = await this.parse(EventTrace)
    return this.withTenant(flags.tenant, 'event.read', async ({ operator, tenant }) =>
      foundOr(
        await operator.messages.trace(tenant.id, args.id),
        'event',
        args.id,
        `neuronx outbox list --tenant ${tenant.slug}`,
      ),
    )
  }

  protected override render(root: TraceNode): void {
    this.output.print(renderTree(this.#node(root), this.output))
  }

  #node(node: TraceNode): TreeNode {
    const { faint, strong, bad } = this.output.theme
    // Only these two can be looked up by their id.
    const isNamed = node.kind === 'event' || node.kind === 'command'
    const paint = node.kind === 'dead_letter' ? bad : isNamed ? strong : (text: string) => text
    return {
      kind: node.kind.replace('_', ' '),
      title: paint(plainLine(node.title)),
      notes: [
        node.ms === null ? null : faint(`+${shortDuration(node.ms)}`),
        factsOf(node),
        isNamed ? faint(node.id) : null,
      ],
      children: node.children.map((child) => this.#node(child)),
    }
  }
}

const factsMax = 6
const factCharsMax = 60

/** The short facts of a node that its title does not say: `status=200 attempts=1`. Long and nested ones are for --json. */
function factsOf({ detail, title }: TraceNode): string | null {
  if (!isJsonObject(detail)) return null
  const facts = Object.entries(detail).flatMap(([name, value]) => {
    const code = isJsonObject(value) ? value['code'] : value
    if (code === null || code === undefined || typeof code === 'object') return []
    const text = plainLine(String(code))
    return text.length > factCharsMax || title.includes(text) || text === 'default' ? [] : [`${name}=${text}`]
  })
  return facts.length === 0 ? null : facts.slice(0, factsMax).join(' ')
}
