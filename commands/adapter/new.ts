import { boolean, string } from '@oclif/core/flags'
import type { NewAdapterReport } from '../../src/app/adapters/new/new-adapter.ts'
import { scaffoldAuthKinds } from '../../src/app/adapters/new/scaffold.ts'
import { dryRunFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { readInput } from '../../src/cli/read-input.ts'

interface NewAdapter extends NewAdapterReport {
  /** What to do next, in this order. */
  readonly next: readonly string[]
}

export default class AdapterNew extends NeuronxCommand<NewAdapter> {
  static override summary = 'Begin a connector of your own: an Integration document with tests that pass.'
  static override description =
    'Writes tenants/TENANT/NAME.yaml into a configuration repository: auth, an operation that reads, one that creates, with what answers mean and what may be repeated, and a Test document that tries them without a network. --from takes operations of an OpenAPI 3 description instead: their paths, parameters and required fields. Checked and tested before it is written; nothing is written over. Needs no database.'
  static override examples = [
    {
      description: 'A REST API with a bearer token:',
      command: 'neuronx adapter new crm --base-url https://crm.example.com/v1 --tenant acme',
    },
    {
      description: 'Operations of a description, one under a name of its own:',
      command:
        'neuronx adapter new crm --from openapi.yaml --operation getMe --operation contact.upsert=upsertContact --tenant acme',
    },
    {
      description: 'A GraphQL endpoint that also sends webhooks; see it first:',
      command:
        'neuronx adapter new shop --kind graphql --base-url https://shop.example.com/graphql --webhooks --tenant acme --dry-run',
    },
  ]
  static override args = { name: requiredArg('Name of the new integration.') }
  static override flags = {
    ...tenantFlag,
    ...dryRunFlag,
    'base-url': string({
      summary: 'Where the API is. Default: the first server of --from.',
      helpValue: 'URL',
    }),
    auth: string({
      options: scaffoldAuthKinds,
      summary: 'How calls prove who they are. Default: what --from says, else bearer.',
      helpValue: 'KIND',
    }),
    kind: string({
      options: ['http', 'graphql'] as const,
      default: 'http',
      summary: 'What kind of API it is.',
      helpValue: 'KIND',
    }),
    from: string({ summary: 'An OpenAPI 3 description, JSON or YAML, - for stdin.', helpValue: 'FILE' }),
    operation: string({
      multiple: true,
      multipleNonGreedy: true,
      summary: "With --from: an operationId, or 'GET /path'; NAME=ID gives it a name. May be said again.",
      helpValue: 'ID',
    }),
    webhooks: boolean({ summary: 'With a section for what the system sends.' }),
    dir: string({ default: '.', summary: 'The configuration repository.', helpValue: 'DIR' }),
  }

  override async run(): Promise<NewAdapter> {
    const { args, flags } = await this.parse(AdapterNew)
    const { slug: tenant } = await this.slugOf(flags.tenant)
    const { newAdapter } = await import('../../src/app/adapters/new/new-adapter.ts')
    const { openapiBytesMax } = await import('../../src/app/adapters/new/openapi/openapi-file.ts')
    const { from, dir } = flags
    const report = await newAdapter({
      name: args.name,
      tenant,
      directory: dir,
      baseUrl: flags['base-url'] ?? null,
      auth: scaffoldAuthKinds.find((one) => one === flags.auth) ?? null,
      kind: flags.kind === 'graphql' ? 'graphql' : 'http',
      webhooks: flags.webhooks,
      from:
        from === undefined
          ? null
          : { text: (await readInput(from, openapiBytesMax)).toString('utf8'), file: from },
      operations: flags.operation ?? [],
      dryRun: flags['dry-run'],
    })
    return { ...report, next: nextOf(report, tenant, dir) }
  }

  protected override render({ file, content, written, tests, operations, next }: NewAdapter): void {
    this.output.print(
      written ? `${file}: ${operations.join(', ')}; ${tests} tests, all pass` : content.trimEnd(),
    )
    if (!written) return this.output.tell(`${file} would be written; its ${tests} tests pass`)
    for (const command of next) this.output.tell(`next  ${command}`)
  }
}

function nextOf({ name, secrets, health }: NewAdapterReport, tenant: string, dir: string): readonly string[] {
  return [
    `neuronx config test ${dir} --filter ${name}`,
    ...secrets.map((secret) => `neuronx secret set ${secret} --tenant ${tenant} < FILE`),
    `neuronx config apply ${dir}`,
    health === null
      ? `neuronx adapter show ${name} --tenant ${tenant}`
      : `neuronx adapter test ${name} --tenant ${tenant}`,
  ]
}
