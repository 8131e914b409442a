import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { OutgoingRequest } from '../../src/adapters/http/outgoing-request.ts'

/** Bare undici: a pool as ours, the finished bytes in, the answer's text out, nothing looked at. The leanest way it has. */
export class BareUndici {
  readonly #pool: Pool

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async call({ url, method, headers, body }: OutgoingRequest): Promise<string> {
    return await new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => {},
        onResponseStart: (_controller, status) => {
          if (status >= 300) reject(new Error(`The vendor answered ${status}`))
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(Buffer.concat(chunks).toString('utf8')),
        onResponseError: (_controller, error) => reject(error),
      }
      this.#pool.dispatch({ path: url.pathname + url.search, method, headers, body }, handler)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy()
  }
}
