import { boolean, string } from '@oclif/core/flags'
import type { GotValue, ValueLayer } from '../../src/app/configuration/get-config.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainText } from '../../src/cli/text/plain-text.ts'
import { renderTable } from '../../src/cli/views/table.ts'

export default class ConfigGet extends OperatorCommand<GotValue> {
  static override summary = 'Show a value of the effective configuration, and where it comes from.'
  static override description =
    'What a tenant’s workspace is under after inheritance: global, merged with the tenant’s and the workspace’s documents. From a directory (offline) with --dir, else what is active. --explain shows every layer: its value, its place, its commit and author, how it merges, and why the winner won. Ends with exit code 66 when there is no such value.'
  static override examples = [
    {
      description: 'A value of what is active:',
      command: 'neuronx config get "RuleSet/inbound.rules[hot-lead].when" --tenant acme --explain',
    },
    {
      description: 'A whole document as a workspace sees it, before it is applied:',
      command: 'neuronx config get LeadScore/fit --dir config-examples --tenant acme --workspace eu',
    },
  ]
  static override args = {
    path: requiredArg('KIND/NAME, or a value in it: KIND/NAME.FIELD, list items by id in brackets.'),
  }
  static override flags = {
    ...tenantFlag,
    workspace: string({
      summary: 'The workspace of the tenant. Default: what the tenant itself is under.',
      helpValue: 'NAME',
    }),
    dir: string({ summary: 'Read this configuration directory, not the database.', helpValue: 'DIR' }),
    explain: boolean({ summary: 'Show every layer and why the winner won.' }),
  }

  private isExplained = false
  private text = ''

  override async run(): Promise<GotValue> {
    const { args, flags } = await this.parse(ConfigGet)
    const { getFromDirectory, getFromRevisions } = await import('../../src/app/configuration/get-config.ts')
    const workspace = flags.workspace ?? null
    const got =
      flags.dir === undefined
        ? await this.withTenant(flags.tenant, 'config.read', async ({ operator, tenant }) =>
            getFromRevisions(operator.revisions, tenant, workspace, args.path),
          )
        : await getFromDirectory(flags.dir, { tenant: flags.tenant ?? null, workspace }, args.path)
    const { stringify } = await import('yaml')
    this.isExplained = flags.explain || got.isUnset
    this.text = got.isUnset ? '' : valueText(got.value, (value) => stringify(value, { lineWidth: 0 }))
    return got
  }

  protected override render({ document, path, layers, isUnset }: GotValue): void {
    if (!this.isExplained) return this.output.print(plainText(this.text))
    const name = path === '' ? document : `${document}.${path}`
    this.output.print(isUnset ? `${plainText(name)} is unset` : `${plainText(name)}\n${plainText(this.text)}`)
    const columns = [
      { title: 'SCOPE', value: ({ scope }: ValueLayer) => scope },
      { title: 'OUTCOME', value: ({ outcome }: ValueLayer) => outcome },
      { title: 'VALUE', value: ({ value }: ValueLayer) => JSON.stringify(value), shrink: true },
      { title: 'PLACE', value: placeText },
      { title: 'COMMIT', value: ({ commit }: ValueLayer) => (commit === null ? null : shortCommit(commit)) },
      { title: 'AUTHOR', value: ({ author }: ValueLayer) => author, shrink: true },
      { title: 'POLICY', value: ({ policy }: ValueLayer) => policy },
      { title: 'WHY', value: ({ why }: ValueLayer) => why, shrink: true },
    ]
    this.output.print(`\n${renderTable(layers, columns, this.output)}`)
  }
}

function valueText(value: unknown, yaml: (value: unknown) => string): string {
  return typeof value === 'object' && value !== null ? yaml(value).trimEnd() : String(value)
}

function placeText({ file, line, column }: ValueLayer): string | null {
  return file === null || line === null || column === null ? null : `${file}:${line}:${column}`
}

function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1')
}
