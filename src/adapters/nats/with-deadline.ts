import { NxError } from '../../kernel/errors.ts'

/** Waits for NATS no longer than `ms`. Throws NX-BUS-SLOW. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new NxError('timeout', 'NX-BUS-SLOW', `NATS did not answer in ${ms} ms`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
