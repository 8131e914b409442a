import { string as stringArg } from '@oclif/core/args'
import { string } from '@oclif/core/flags'
import { tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import type { StoredDocument } from '../../src/control-plane/documents/document.ts'

interface ShownConfig {
  /** The bundle's digest, which every decision records. */
  readonly digest: string
  readonly workspace: string
  readonly documents: readonly StoredDocument[]
}

export default class ConfigShow extends OperatorCommand<ShownConfig> {
  static override summary = 'Show the configuration that is active for a tenant.'
  static override description =
    'The documents of the global, the tenant’s and the workspace’s scope together, or one of them in full.'
  static override examples = [
    { description: 'What is active:', command: 'neuronx config show --tenant acme' },
    { description: 'One document:', command: 'neuronx config show Workflow/speed-to-lead --tenant acme' },
  ]
  static override args = {
    document: stringArg({ ignoreStdin: true, description: 'One document, as KIND/NAME.' }),
  }
  static override flags = {
    ...tenantFlag,
    workspace: string({ default: 'default', summary: 'The workspace of the tenant.', helpValue: 'NAME' }),
  }

  override async run(): Promise<ShownConfig> {
    const { args, flags } = await this.parse(ConfigShow)
    return this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) => {
      const { digest, documents } = await operator.revisions.effective(tenant.id, flags.workspace)
      if (args.document === undefined) return { digest, workspace: flags.workspace, documents }
      const one = documents.find((document) => `${document.kind}/${document.name}` === args.document) ?? null
      return {
        digest,
        workspace: flags.workspace,
        documents: [foundOr(one, 'document', args.document, 'neuronx config show')],
      }
    })
  }

  protected override render(shown: ShownConfig): void {
    const [only] = shown.documents
    if (shown.documents.length === 1 && only !== undefined) return this.output.print(renderJson(only.body))
    this.output.print(
      renderFacts(
        [
          ['DIGEST', shown.digest],
          ['WORKSPACE', shown.workspace],
        ],
        this.output,
      ),
    )
    const columns = [
      { title: 'KIND', value: (document: StoredDocument) => document.kind },
      { title: 'NAME', value: (document: StoredDocument) => document.name },
      { title: 'DIGEST', value: (document: StoredDocument) => document.digest.slice(0, 12) },
    ]
    if (shown.documents.length > 0)
      this.output.print(`\n${renderTable(shown.documents, columns, this.output)}`)
    else this.output.tell('Nothing is applied for this tenant: neuronx config apply DIR')
  }
}
