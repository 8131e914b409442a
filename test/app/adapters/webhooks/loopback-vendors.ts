const account = `AC${'0a'.repeat(16)}`
/** What the vendor makes up to sign with. */
export const signing = 'whsec_c2lnbmluZy1zZWNyZXQtb2YtMjAyNi0wMQ=='

interface Endpoint {
  readonly id: string
  endpoint: string
  events: readonly string[]
  status: string
  created_at: string
}

/** Twilio's numbers, Resend's webhooks and a WhatsApp account, as far as registrations read and change them. */
export class LoopbackVendors {
  number: Record<string, string> | null = null
  endpoints: Endpoint[] = []
  subscribed: { override_callback_uri?: string }[] = []
  tellsSecret = true
  changesLost = false
  /** Does what it is asked, and breaks the connection instead of saying so. */
  answersLost = false
  /** Takes nothing away. */
  keeps = false
  /** Says that all is well, and does nothing. */
  ignoresChanges = false
  readonly asked: string[] = []
  #made = 0

  answer(
    method: string,
    path: string,
    body: string,
    headers: Record<string, unknown>,
  ): [number, unknown] | null {
    this.asked.push(`${method} ${path}`)
    if (this.changesLost && method !== 'GET') return null
    if (this.ignoresChanges && method !== 'GET') return [200, { success: false, error: 'no' }]
    const answer = this.#answer(method, path, body, headers)
    return this.answersLost && method !== 'GET' ? null : answer
  }

  #answer(method: string, path: string, body: string, headers: Record<string, unknown>): [number, unknown] {
    if (path.includes('/IncomingPhoneNumbers')) return this.#twilio(method, body, headers)
    if (path.startsWith('/webhooks')) return this.#resend(method, path, body)
    return this.#whatsapp(method, body)
  }

  #twilio(method: string, body: string, headers: Record<string, unknown>): [number, unknown] {
    if (headers['authorization'] !== `Basic ${Buffer.from(`${account}:the-token`).toString('base64')}`)
      return [401, { code: 20003 }]
    if (method === 'GET') return [200, { incoming_phone_numbers: this.number === null ? [] : [this.number] }]
    const fields = new URLSearchParams(body)
    this.number = {
      ...this.number,
      sms_url: fields.get('SmsUrl') ?? '',
      status_callback: fields.get('StatusCallback') ?? '',
      sms_method: fields.get('SmsMethod') ?? 'POST',
      status_callback_method: fields.get('StatusCallbackMethod') ?? 'POST',
    }
    return [200, this.number]
  }

  #resend(method: string, path: string, body: string): [number, unknown] {
    const id = path.split('/')[2] ?? ''
    if (method === 'GET') return [200, { object: 'list', has_more: false, data: this.endpoints }]
    if (method === 'DELETE' && this.keeps) return [500, {}]
    if (method === 'DELETE') this.endpoints = this.endpoints.filter((one) => one.id !== id)
    if (method === 'PATCH') {
      const changed = JSON.parse(body) as Partial<Endpoint>
      this.endpoints = this.endpoints.map((one) => (one.id === id ? { ...one, ...changed } : one))
    }
    if (method !== 'POST') return [200, { id }]
    const { endpoint, events } = JSON.parse(body) as Endpoint
    const made = {
      id: `wh${(this.#made += 1)}`,
      endpoint,
      events,
      status: 'enabled',
      created_at: new Date().toISOString(),
    }
    this.endpoints.push(made)
    return [201, { object: 'webhook', id: made.id, ...(this.tellsSecret ? { signing_secret: signing } : {}) }]
  }

  #whatsapp(method: string, body: string): [number, unknown] {
    if (method === 'GET') return [200, { data: this.subscribed }]
    if (method === 'DELETE') this.subscribed = []
    else {
      const { override_callback_uri, verify_token } = JSON.parse(body) as Record<string, string>
      if (verify_token !== 'the-verify-token') return [400, { error: { code: 100 } }]
      this.subscribed = [{ override_callback_uri: override_callback_uri ?? '' }]
    }
    return [200, { success: true }]
  }
}

/** Integrations whose vendors these are. */
export const documents = (vendor: string): string => `
apiVersion: neuronx/v1
kind: Integration
name: sms
connector: twilio
connection: { accountSid: ${account}, from: '+14155550100', baseUrl: "${vendor}" }
credentials: { authToken: { secret: twilio-token } }
webhooks: { authToken: { secret: twilio-token } }
channels: [sms]
---
apiVersion: neuronx/v1
kind: Integration
name: sandboxed
connector: twilio
mode: sandbox
connection: { accountSid: ${account}, baseUrl: "${vendor}" }
credentials: { authToken: { secret: twilio-token } }
channels: []
---
apiVersion: neuronx/v1
kind: Integration
name: nameless
connector: twilio
connection: { accountSid: ${account}, baseUrl: "${vendor}" }
credentials: { authToken: { secret: twilio-token } }
channels: []
---
apiVersion: neuronx/v1
kind: Integration
name: mail
connector: resend
connection: { baseUrl: "${vendor}" }
credentials: { apiKey: { secret: mail-key } }
webhooks: { secret: { secret: mail-hook } }
---
apiVersion: neuronx/v1
kind: Integration
name: wa
connector: whatsapp
connection: { phoneNumberId: '12345678', businessAccountId: '87654321', baseUrl: "${vendor}" }
credentials: { accessToken: { secret: mail-key } }
webhooks: { appSecret: { secret: wa-app }, verifyToken: { secret: wa-verify } }
---
apiVersion: neuronx/v1
kind: Integration
name: chat
connector: slack
connection: { teamId: T0000000 }
credentials: { botToken: { secret: mail-key } }
webhooks: { signingSecret: { secret: wa-app } }
---
apiVersion: neuronx/v1
kind: Integration
name: plain
connector: http
connection: { baseUrl: "${vendor}" }
operations: { ping: { method: GET, path: /ping, effect: read } }
`
