import { boolean, integer, string } from '@oclif/core/flags'
import type { TemplatesReport } from '../../src/app/adapters/messages/check-templates.ts'
import type { MessagePreview } from '../../src/app/adapters/messages/preview-message.ts'
import type { HealthReport } from '../../src/app/adapters/testing/test-health.ts'
import type { RenderedCall } from '../../src/app/adapters/testing/render-call.ts'
import type { SendReport } from '../../src/app/adapters/testing/send-test.ts'
import { renderPreview, renderTemplates } from '../../src/cli/adapters/render-preview.ts'
import { exitOfHealth, exitOfPreview, exitOfSend, exitOfTemplates } from '../../src/cli/adapters/test-exit.ts'
import { renderHealth, renderRequest, renderSend } from '../../src/cli/adapters/render-test.ts'
import { parseEntityRef, reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { TenantScope } from '../../src/cli/operator-command.ts'
import { readInput } from '../../src/cli/read-input.ts'

type Tested =
  | { readonly kind: 'health'; readonly health: HealthReport }
  | { readonly kind: 'render'; readonly request: RenderedCall }
  | { readonly kind: 'preview'; readonly preview: MessagePreview }
  | { readonly kind: 'templates'; readonly templates: TemplatesReport }
  | { readonly kind: 'send'; readonly send: SendReport }

interface Words {
  readonly name: string
  readonly workspace: string
  readonly to: string | undefined
  readonly text: string
  readonly channel: string | undefined
  readonly about: string | undefined
  readonly reason: string | undefined
  readonly timeout: number
  readonly template: string | undefined
  readonly dir: string | undefined
}

const inputBytesMax = 1024 * 1024

export default class AdapterTest extends OperatorCommand<Tested> {
  static override summary =
    'Try an integration out: a harmless call, a message, or a request that is only shown.'
  static override description =
    "Without more it carries out the connector's health operation, which changes nothing, from this machine with the daemons' own executor and credentials, and says how far it came: name, connection, TLS, answer, and what that means. --render shows the exact request of an operation, secrets masked; nothing is sent and no secret is opened. With --template it shows the message of a Template as the person gets it: texts or the parameters of the vendor's template, segments of an SMS, and what is missing, empty or too long. --templates reads what the vendor keeps and compares every Template document with it: name, language, approval, parameters. --send queues one message for the daemons, under the tenant's policies and budget like every other. Exit code 0: all well; 2: the vendor's templates differ; 65: a message that could not be sent; 69: not reached; 75: later; 78: credentials; 1: else."
  static override examples = [
    {
      description: 'Does it answer, and take our credentials?',
      command: 'neuronx adapter test sms --tenant acme',
    },
    {
      description: 'What would be sent:',
      command: `echo '{"to":"+14155550100","text":"Hi"}' | neuronx adapter test sms --tenant acme --render message.send --with -`,
    },
    {
      description: 'A message as a lead would get it:',
      command:
        'neuronx adapter test sms --tenant acme --render message.send --template welcome --about lead/42',
    },
    {
      description: 'Are the templates there, approved, with these parameters?',
      command: 'neuronx adapter test wa --tenant acme --templates',
    },
    {
      description: 'A message to a colleague:',
      command: 'neuronx adapter test sms --tenant acme --send --to +14155550100',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
    render: string({
      summary: 'Show the request of this operation, without sending it.',
      helpValue: 'OPERATION',
      exclusive: ['send'],
    }),
    with: string({
      summary: 'With --render: the input, a file of JSON or YAML, - for stdin.',
      helpValue: 'FILE',
      dependsOn: ['render'],
    }),
    template: string({
      summary: 'With --render: fill in this Template, and show the message too.',
      helpValue: 'NAME',
      dependsOn: ['render'],
    }),
    templates: boolean({
      summary: 'Compare the Template documents with what the vendor keeps.',
      exclusive: ['render', 'send'],
    }),
    dir: string({
      summary: 'With --template or --templates: read this configuration directory, not what is active.',
      helpValue: 'DIR',
      relationships: [{ type: 'some', flags: ['template', 'templates'] }],
    }),
    send: boolean({ summary: 'Send one message.', dependsOn: ['to'] }),
    to: string({
      summary: 'With --send: who gets it, as the vendor knows them.',
      helpValue: 'TO',
      dependsOn: ['send'],
    }),
    text: string({
      default: 'A test message of neuronx.',
      summary: 'With --send: what it says.',
      helpValue: 'TEXT',
    }),
    channel: string({
      summary: 'With --send or --template: where the integration serves several.',
      helpValue: 'CHANNEL',
      relationships: [{ type: 'some', flags: ['send', 'template'] }],
    }),
    about: string({
      summary: "Whom it is about. Policies ask for this entity's consent. Default: the integration.",
      helpValue: 'KIND/ID',
    }),
    timeout: integer({
      min: 1,
      max: 600,
      default: 30,
      summary: 'With --send: how long to wait for its end, seconds.',
    }),
  }

  override async run(): Promise<Tested> {
    const { args, flags } = await this.parse(AdapterTest)
    const words: Words = { name: args.name, ...flags }
    if (flags.send) return await this.#send(flags.tenant, words)
    if (flags.templates) return await this.#templates(flags.tenant, words)
    const { render, template } = flags
    if (render !== undefined && template !== undefined)
      return await this.#preview(flags.tenant, words, { operation: render, template }, flags.with)
    if (render !== undefined) return await this.#render(flags.tenant, words, render, flags.with)
    return this.withTenant(flags.tenant, 'integration.manage', async (scope) => {
      const { testHealth } = await import('../../src/app/adapters/testing/test-health.ts')
      const { place, integration } = await adapterOf(scope, words)
      const { operator, settings } = scope
      const health = await testHealth(operator, settings, place, integration, this.interrupted())
      this.endWith(exitOfHealth(health))
      return { kind: 'health', health }
    })
  }

  async #render(
    tenant: string | undefined,
    words: Words,
    operation: string,
    file: string | undefined,
  ): Promise<Tested> {
    const { renderCall } = await import('../../src/app/adapters/testing/render-call.ts')
    const entity = words.about === undefined ? { kind: 'lead', id: 'LEAD-ID' } : parseEntityRef(words.about)
    const input = await inputOf(file)
    return this.withTenant(tenant, 'config.read', async (scope) => {
      const { place, integration } = await adapterOf(scope, words)
      const asked = { operation, input, entity }
      return { kind: 'render', request: await renderCall(integration, place, asked, scope.operator.clock) }
    })
  }

  async #preview(
    tenant: string | undefined,
    words: Words,
    asked: { readonly operation: string; readonly template: string },
    file: string | undefined,
  ): Promise<Tested> {
    const { previewMessage } = await import('../../src/app/adapters/messages/preview-message.ts')
    const { fieldsOf, previewSource } = await import('../../src/app/adapters/messages/preview-source.ts')
    const about = words.about === undefined ? null : parseEntityRef(words.about)
    const given = await inputOf(file)
    return this.withTenant(tenant, 'config.read', async (scope) => {
      const { operator } = scope
      const place = placeOf(scope, words)
      const { set, integration } = await previewSource(operator, place, words.name, words.dir ?? null)
      const fields = about === null ? null : await fieldsOf(operator, place, about)
      const entity = about ?? { kind: 'lead', id: 'LEAD-ID' }
      const channel = words.channel ?? null
      const wish = { ...asked, channel, entity, fields, given }
      const preview = await previewMessage(integration, set, place, wish, operator.clock)
      this.endWith(exitOfPreview(preview))
      return { kind: 'preview', preview }
    })
  }

  async #templates(tenant: string | undefined, words: Words): Promise<Tested> {
    const { checkTemplates } = await import('../../src/app/adapters/messages/check-templates.ts')
    const { previewSource } = await import('../../src/app/adapters/messages/preview-source.ts')
    return this.withTenant(tenant, 'integration.manage', async (scope) => {
      const { operator, settings } = scope
      const place = placeOf(scope, words)
      const source = await previewSource(operator, place, words.name, words.dir ?? null)
      const templates = await checkTemplates(operator, settings, place, source, this.interrupted())
      this.endWith(exitOfTemplates(templates))
      return { kind: 'templates', templates }
    })
  }

  async #send(tenant: string | undefined, words: Words): Promise<Tested> {
    const { sendTest, testSendOf } = await import('../../src/app/adapters/testing/send-test.ts')
    return this.withTenant(tenant, 'integration.manage', async (scope) => {
      const { place, integration } = await adapterOf(scope, words)
      const { name, to = '', text } = words
      const message = {
        to,
        text,
        channel: words.channel ?? null,
        about: words.about === undefined ? { kind: 'integration', id: name } : parseEntityRef(words.about),
        reason: words.reason ?? null,
      }
      const { operation } = testSendOf(integration, message)
      await this.confirmed(
        `Send a real message to ${to} by ${name} (${operation}, mode ${integration.mode})?`,
      )
      const limits = { timeoutMs: words.timeout * 1_000, signal: this.interrupted() }
      const { operator } = scope
      const send = await sendTest(operator, scope.tenant, place.workspace, integration, message, limits)
      this.endWith(exitOfSend(send))
      return { kind: 'send', send }
    })
  }

  protected override render(tested: Tested): void {
    if (tested.kind === 'health') return this.output.print(renderHealth(tested.health, this.output))
    if (tested.kind === 'render') return this.output.print(renderRequest(tested.request))
    if (tested.kind === 'preview') return this.output.print(renderPreview(tested.preview, this.output))
    if (tested.kind === 'templates') return this.output.print(renderTemplates(tested.templates, this.output))
    this.output.print(renderSend(tested.send, this.output))
    this.output.tell(`next  neuronx command show ${tested.send.commandId} --tenant ${this.tenantSlug}`)
  }
}

async function adapterOf(scope: TenantScope, words: Words) {
  const { activeAdapter } = await import('../../src/app/adapters/catalog/active-adapter.ts')
  const place = placeOf(scope, words)
  return { place, integration: (await activeAdapter(scope.operator, place, words.name)).integration }
}

function placeOf({ tenant }: TenantScope, { workspace }: Words) {
  return { tenantId: tenant.id, slug: tenant.slug, workspace }
}

/** What `--with` names; without it nothing is given. */
async function inputOf(file: string | undefined) {
  const { readCallInput } = await import('../../src/app/adapters/testing/render-call.ts')
  const text = file === undefined ? '{}' : (await readInput(file, inputBytesMax)).toString('utf8')
  return readCallInput(text, file ?? '')
}
