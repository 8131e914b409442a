import { boolean, string } from '@oclif/core/flags'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import type { JsonSchema } from '../../src/control-plane/schema/json-schema.ts'

type SchemaResult =
  { readonly schema: JsonSchema } | { readonly folder: string; readonly files: readonly string[] }

export default class ConfigSchema extends NeuronxCommand<SchemaResult> {
  static override summary = 'Print or write the JSON Schemas that editors check documents with.'
  static override description =
    'Draft-07, as yaml-language-server completes from. Without --out one schema goes to stdout: that of any document, or of one kind. With --out all of them are written into a folder: neuronx.schema.json for global/, neuronx.overlay.schema.json for tenants/ (where a document may be part of one above it, so only its head is required), and one per kind. `config init` writes them and points the editor at them.'
  static override examples = [
    {
      description: 'After an update, bring a repository’s schemas up to date:',
      command: 'neuronx config schema --out .neuronx/schemas',
    },
    { description: 'One kind:', command: 'neuronx config schema --kind Workflow' },
  ]
  static override flags = {
    kind: string({ summary: 'Only this kind, such as Workflow.', helpValue: 'KIND' }),
    overlay: boolean({
      summary: 'The schema of documents below global, which may be parts of upper ones.',
      exclusive: ['kind', 'out'],
    }),
    out: string({
      summary: 'A folder to write the files into, over those of before.',
      helpValue: 'DIR',
    }),
  }

  override async run(): Promise<SchemaResult> {
    const { flags } = await this.parse(ConfigSchema)
    const { editorSchema, writeSchemas } = await import('../../src/app/init/config-schema.ts')
    const kind = flags.kind ?? null
    if (flags.out === undefined) return { schema: editorSchema({ kind, overlay: flags.overlay }) }
    return { folder: flags.out, files: await writeSchemas(flags.out, kind) }
  }

  protected override render(result: SchemaResult): void {
    if ('schema' in result) this.output.print(JSON.stringify(result.schema, null, 2))
    else this.output.tell(`${result.files.length} schemas written to ${result.folder}`)
  }
}
