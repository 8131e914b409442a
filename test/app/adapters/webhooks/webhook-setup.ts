import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { activeAdapter } from '../../../../src/app/adapters/catalog/active-adapter.ts'
import type { WebhookAsk, WebhookReport } from '../../../../src/app/adapters/webhooks/webhook-report.ts'
import { vaultOf } from '../../../../src/app/credentials/operator-vault.ts'
import type { Operator } from '../../../../src/app/operator.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { setSecret } from '../../../../src/platform/secrets/set-secret.ts'
import { startSystem } from '../../../support/system/running-system.ts'
import type { RunningSystem } from '../../../support/system/running-system.ts'
import { documents, LoopbackVendors } from './loopback-vendors.ts'

/** An installation whose integrations reach vendors on this machine. Fresh vendors by `reset`. */
export class WebhookSetup implements AsyncDisposable {
  vendor = new LoopbackVendors()
  /** What was asked before overwriting and removing. */
  questions: string[] = []
  readonly system: RunningSystem
  readonly #close: () => void

  private constructor(system: RunningSystem, close: () => void) {
    this.system = system
    this.#close = close
  }

  static async start(): Promise<WebhookSetup> {
    const started: { setup?: WebhookSetup } = {}
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        const given = started.setup?.vendor.answer(method, url, body, headers) ?? null
        if (given === null) return void request.socket.destroy()
        response.writeHead(given[0], { 'content-type': 'application/json' }).end(JSON.stringify(given[1]))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const system = await startSystem()
    const setup = new WebhookSetup(system, () => {
      server.closeAllConnections()
      server.close()
    })
    started.setup = setup
    await system.apply(documents(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    await setup.store('twilio-token', 'the-token')
    await setup.store('mail-key', 'the-key')
    return setup
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]()
    this.#close()
  }

  reset(): void {
    this.vendor = new LoopbackVendors()
    this.vendor.number = { sid: 'PN1', phone_number: '+14155550100', sms_url: '', status_callback: '' }
    this.questions = []
  }

  async store(name: string, value: string): Promise<void> {
    const { operator, settings } = this.system
    const vault = await vaultOf(operator, settings)
    const ports = { tenants: operator.tenants, secrets: operator.secrets, vault }
    await setSecret(ports, operator.actor, { tenant: 'acme', name, value: Buffer.from(value) })
  }

  async opened(name: string): Promise<string | null> {
    const { operator, settings, tenant } = this.system
    const sealed = await operator.secrets.get(tenant.id, name)
    if (sealed === null) return null
    const vault = await vaultOf(operator, settings)
    return (await vault.open({ tenantId: tenant.id, name }, sealed)).toString()
  }

  async ask(
    name: string,
    { says = true, ...more }: { says?: boolean; publicUrl?: string | null; operator?: Operator } = {},
  ): Promise<WebhookAsk> {
    const { system } = this
    const operator = more.operator ?? system.operator
    const place = { tenantId: system.tenant.id, slug: 'acme', workspace: 'default' }
    const publicUrl = more.publicUrl === undefined ? 'https://hooks.example.com' : more.publicUrl
    return {
      operator,
      settings: { ...system.settings, publicUrl },
      place,
      adapter: await activeAdapter(operator, place, name),
      reason: 'test',
      confirm: async (question) => {
        this.questions.push(question)
        if (!says) throw Object.assign(new Error('no'), { code: 'NX-DECLINED' })
      },
      signal: new AbortController().signal,
    }
  }

  async audits(name: string): Promise<readonly JsonObject[]> {
    const client = new pg.Client({ connectionString: this.system.settings.databaseUrl ?? '' })
    await client.connect()
    try {
      await client.query(`set role neuronx_app; set nx.tenants = '{${this.system.tenant.id}}'`)
      const { rows } = await client.query<JsonObject>(
        `select action, reason, before, after from neuronx.audit_log where target = $1 and action like 'integration.webhook%' order by id`,
        [`integration/${name}`],
      )
      return rows
    } finally {
      await client.end()
    }
  }
}

export function stateOf({ vendor }: WebhookReport): string | undefined {
  return vendor?.state
}
