import type { IncomingMessage } from 'node:http'
import { NxError } from '../../../kernel/errors.ts'
import { RetryLater } from '../../../messaging/intake/retry-later.ts'
import type { ByteBudget } from './byte-budget.ts'

export interface BodyBounds {
  /** Of this body, bytes. */
  readonly bytesMax: number
  /** Of all bodies under way; what is read is counted as it arrives, so that a promise of bytes costs nobody anything. */
  readonly budget: ByteBudget<IncomingMessage>
}

/**
 * Reads a body. Throws NX-HTTP-TOO-LARGE (invalid) above its own limit, at once when it announces so; NX-HTTP-BYTES
 * (RetryLater) when all bodies together are too large; NX-HTTP-REQUEST (invalid) when it breaks off. What follows is not kept.
 */
export async function readBody(
  message: IncomingMessage,
  { bytesMax, budget }: BodyBounds,
): Promise<Buffer | undefined> {
  if (Number(message.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const chunks: Buffer[] = []
  let length = 0
  await new Promise<void>((resolve, reject) => {
    const settle = (error: NxError | null): void => {
      message.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      if (error === null) return resolve()
      chunks.length = 0
      // Without a listener the rest would stay in the socket's buffer and the answer behind it.
      message.on('error', () => {}).resume()
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > bytesMax) return settle(tooLarge(bytesMax))
      if (!budget.take(message, chunk.length)) return settle(tooMany())
      chunks.push(chunk)
    }
    const onEnd = (): void => settle(null)
    const onBroken = (): void =>
      settle(new NxError('invalid', 'NX-HTTP-REQUEST', 'The request broke off before its end'))
    message.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
  })
  return length === 0 ? undefined : Buffer.concat(chunks, length)
}

function tooLarge(bytesMax: number): NxError {
  return new NxError('invalid', 'NX-HTTP-TOO-LARGE', 'The body is larger than may be', {
    detail: `It may have ${bytesMax} bytes.`,
    fix: 'Send fewer events at once, and keep large content elsewhere.',
  })
}

function tooMany(): RetryLater {
  return new RetryLater('NX-HTTP-BYTES', 'Too much is being received at once', 1_000, {
    fix: 'Send it again after the time in Retry-After.',
  })
}
