import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { lookup } from 'node:dns'
import type { LookupAddress, LookupAllOptions } from 'node:dns'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { errorText } from '../../../kernel/errors.ts'
import type { Clock } from '../../../kernel/clock.ts'

/** One stretch of the way to a vendor. */
export interface WayStep {
  readonly step: 'dns' | 'connect' | 'tls' | 'http' | 'smtp'
  readonly state: 'ok' | 'failed'
  readonly detail: string
  readonly ms: number | null
}

type Lookup = typeof lookup

const nameCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'ESERVFAIL'])
const tlsCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/

/**
 * Watches how connections of this process to a vendor are made: names, connections, TLS. It looks on at the real client's work and
 * changes nothing of it.
 */
export class ConnectionWitness implements Disposable {
  readonly steps: WayStep[] = []
  readonly #clock: Clock
  #startedMs = 0
  readonly #onBefore = (): void => void (this.#startedMs = this.#clock.monotonicMs())
  readonly #onConnected = (message: unknown): void => this.#connected(message as { socket: Socket })
  readonly #onError = (message: unknown): void => this.#failed((message as { error: unknown }).error)

  constructor(clock: Clock) {
    this.#clock = clock
    subscribe('undici:client:beforeConnect', this.#onBefore)
    subscribe('undici:client:connected', this.#onConnected)
    subscribe('undici:client:connectError', this.#onError)
  }

  [Symbol.dispose](): void {
    unsubscribe('undici:client:beforeConnect', this.#onBefore)
    unsubscribe('undici:client:connected', this.#onConnected)
    unsubscribe('undici:client:connectError', this.#onError)
  }

  /** Resolves names as `node:dns` does, and notes what came of it. */
  readonly resolve: Lookup = ((
    hostname: string,
    options: LookupAllOptions,
    done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ): void => {
    const startedMs = this.#clock.monotonicMs()
    lookup(hostname, options, (error, addresses) => {
      const ms = Math.round(this.#clock.monotonicMs() - startedMs)
      const found = error === null ? [addresses].flat() : []
      const detail =
        error === null
          ? `${hostname} is ${found.map((one) => (typeof one === 'string' ? one : one.address)).join(', ')}`
          : `${hostname}: ${errorText(error)}`
      this.steps.push({ step: 'dns', state: error === null ? 'ok' : 'failed', detail, ms })
      done(error, addresses)
    })
  }) as Lookup

  #connected({ socket }: { socket: Socket }): void {
    const ms = Math.round(this.#clock.monotonicMs() - this.#startedMs)
    const peer = `${socket.remoteAddress ?? 'unknown'} port ${socket.remotePort ?? 'unknown'}`
    this.steps.push({ step: 'connect', state: 'ok', detail: peer, ms })
    if (!(socket instanceof TLSSocket)) return
    const { issuer, valid_to: until } = socket.getPeerCertificate()
    const by = issuer === undefined ? '' : `, issued by ${issuer.O ?? issuer.CN}, valid until ${until}`
    const detail = `${socket.getProtocol() ?? 'TLS'}${by}`
    this.steps.push({ step: 'tls', state: 'ok', detail, ms: null })
  }

  #failed(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // The look-up has said so itself.
    if (nameCodes.has(code) && this.steps.some(({ step }) => step === 'dns')) return
    const ms = Math.round(this.#clock.monotonicMs() - this.#startedMs)
    const step = nameCodes.has(code) ? 'dns' : tlsCodes.test(code) ? 'tls' : 'connect'
    this.steps.push({ step, state: 'failed', detail: errorText(error), ms })
  }
}
