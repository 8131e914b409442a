import { string as stringArg } from '@oclif/core/args'
import { string } from '@oclif/core/flags'
import { tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { parseScope } from '../../src/app/plan/parse-scope.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
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
    {
      description: 'What a revision of the history held:',
      command: 'neuronx config show --scope acme --revision 4f2a9c1d',
    },
    { description: 'One document:', command: 'neuronx config show Workflow/speed-to-lead --tenant acme' },
  ]
  static override args = {
    document: stringArg({ ignoreStdin: true, description: 'One document, as KIND/NAME.' }),
  }
  static override flags = {
    ...tenantFlag,
    workspace: string({ default: 'default', summary: 'The workspace of the tenant.', helpValue: 'NAME' }),
    revision: string({
      dependsOn: ['scope'],
      summary: 'A stored revision instead, active or not, by its digest (config history).',
      helpValue: 'DIGEST',
    }),
    scope: string({
      dependsOn: ['revision'],
      summary: 'Of which scope: global, TENANT, or TENANT/WORKSPACE.',
      helpValue: 'SCOPE',
    }),
  }

  override async run(): Promise<ShownConfig> {
    const { args, flags } = await this.parse(ConfigShow)
    if (flags.revision !== undefined && flags.scope !== undefined)
      return this.#revision(args.document, flags.scope, flags.revision)
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

  async #revision(document: string | undefined, scope: string, digest: string): Promise<ShownConfig> {
    const { requireInstallation, permittedTenant } = await import('../../src/app/permitted-tenant.ts')
    const wanted = parseScope(scope)
    return this.withOperator(async (operator) => {
      if (wanted.level === 'global') requireInstallation(operator, 'config.read')
      else await permittedTenant(operator, wanted.tenant, 'config.read')
      const found = await operator.revisions.revision(wanted, digest)
      const revision = foundOr(found, 'revision', digest, `neuronx config history --scope ${scope}`)
      const { documents } = revision
      const shown = documents.filter(
        (one) => document === undefined || `${one.kind}/${one.name}` === document,
      )
      if (document !== undefined && shown.length === 0)
        foundOr(null, 'document', document, `neuronx config show --scope ${scope} --revision ${digest}`)
      return { digest: revision.digest, workspace: scopeName(wanted), documents: shown }
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
