import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import type { SampleName } from '../../src/app/adapters/trigger/known-samples.ts'
import type { TestKey } from '../../src/app/adapters/trigger/test-keys.ts'
import type { TriggerResult } from '../../src/app/adapters/trigger/trigger-event.ts'
import { jsonObjectFlag } from '../../src/cli/adapters/json-object-flag.ts'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import { NxError } from '../../src/kernel/errors.ts'

type Triggered =
  | { readonly kind: 'list'; readonly samples: readonly SampleName[] }
  | { readonly kind: 'key'; readonly integration: string; readonly key: TestKey }
  | { readonly kind: 'posted'; readonly posted: TriggerResult }

const columns = [
  { title: 'EVENT', value: ({ connector, event }: SampleName) => `${connector}.${event}` },
  { title: 'AT THE VENDOR', value: ({ vendorName }: SampleName) => vendorName },
]

export default class EventTrigger extends OperatorCommand<Triggered> {
  static override summary = 'Post a made-up webhook of a vendor, correctly signed, to a running daemon.'
  static override description =
    "Rules act on what comes of it as on any other event, so it asks before; without a terminal it needs --yes. It signs with the test key that --new-test-key made for the integration, or with --key-file; the integration's own secrets are never opened for it. People and numbers in the payloads do not exist."
  static override examples = [
    { description: 'What there is:', command: 'neuronx event trigger --list' },
    {
      description: 'Once, in a test tenant: a key to sign with:',
      command: 'neuronx event trigger gohighlevel.contact.created --tenant test --new-test-key',
    },
    {
      description: 'A lead comes in:',
      command: `neuronx event trigger gohighlevel.contact.created --tenant test --data '{"email":"eve@example.com"}'`,
    },
  ]
  static override args = {
    event: stringArg({ ignoreStdin: true, description: 'VENDOR.EVENT; with --list a vendor, or nothing.' }),
  }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    list: boolean({ summary: 'List what can be triggered; needs no database.' }),
    integration: string({
      summary: 'For which integration, where the vendor has several.',
      helpValue: 'NAME',
    }),
    data: string({ summary: 'Changes of the payload, a JSON Merge Patch.', helpValue: 'JSON' }),
    'key-file': string({
      summary: 'Sign with this: the signing secret as text, or a private key as PEM.',
      helpValue: 'FILE',
      exclusive: ['new-test-key'],
    }),
    'new-test-key': boolean({ summary: 'Make a key for tests, say how to use it, and post nothing.' }),
    url: string({
      summary: 'Where the daemon listens. Default: NEURONX_HTTP_LISTEN.',
      helpValue: 'http://HOST:PORT',
    }),
  }

  override async run(): Promise<Triggered> {
    const { args, flags } = await this.parse(EventTrigger)
    const { findSample, sampleNames } = await import('../../src/app/adapters/trigger/known-samples.ts')
    if (flags.list) return { kind: 'list', samples: sampleNames(args.event ?? null) }
    const name = args.event
    if (name === undefined) {
      throw new NxError('usage', 'NX-USAGE', 'Which event?', { fix: 'neuronx event trigger --list' })
    }
    const wanted = findSample(name)
    const change = jsonObjectFlag('--data', flags.data ?? '{}')
    return this.withTenant(flags.tenant, 'event.publish', async ({ operator, tenant, settings }) => {
      const { findReceiving, newTestKey, runTrigger } =
        await import('../../src/app/adapters/trigger/run-trigger.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      const receiving = await findReceiving(operator, place, wanted.connector, flags.integration ?? null)
      const integration = receiving.integration.name
      if (flags['new-test-key'])
        return { kind: 'key', integration, key: await newTestKey(settings, place, receiving) }
      await this.confirmed(`Post ${name} to ${integration} of ${tenant.slug}? Rules act on it.`)
      const how = { keyFile: flags['key-file'] ?? null, change, url: flags.url ?? null }
      const posted = await runTrigger(operator, settings, place, receiving, wanted, how)
      if (posted.deadLetters.length > 0) this.endWith(exitCodes.failed)
      return { kind: 'posted', posted }
    })
  }

  protected override render(result: Triggered): void {
    if (result.kind === 'list') return this.output.print(renderTable(result.samples, columns, this.output))
    if (result.kind === 'key') return this.#renderKey(result.integration, result.key)
    const { integration, event, url, scheme, status, events, deadLetters } = result.posted
    const facts: (readonly [string, string | number])[] = [
      ['Posted', `${event} to ${integration}`],
      ['Address', url],
      ['Signed', scheme],
      ['Answer', status],
      ['Events', events.join(', ')],
    ]
    if (deadLetters.length > 0) facts.push(['Dead letters', deadLetters.join(', ')])
    this.output.print(renderFacts(facts, this.output))
    const [first] = events
    const next =
      deadLetters.length > 0
        ? `dlq show ${deadLetters[0]}`
        : first === undefined
          ? 'event tail'
          : `event trace ${first}`
    this.output.tell(`next  neuronx ${next} --tenant ${this.tenantSlug}`)
  }

  #renderKey(integration: string, { file, name, publicKey }: TestKey): void {
    this.output.print(`${file} holds a key that signs tests of ${integration}`)
    if (publicKey === null) {
      this.output.tell(
        `next  neuronx secret set SECRET --tenant ${this.tenantSlug} --from ${file}, where SECRET is what webhooks.${name} of the document names`,
      )
      return
    }
    this.output.tell(`next  write this as webhooks.${name} of the document, and neuronx config apply:`)
    this.output.print(publicKey.trimEnd())
  }
}
