/** Why a service ends: a signal, or something it cannot work without. */
export type StopReason = { readonly signal: 'SIGINT' | 'SIGTERM' } | { readonly failure: string }

/**
 * Resolves with the first SIGINT, SIGTERM or failure. From then on a second signal calls `onSecond` at once: somebody does
 * not want to wait.
 */
export async function untilToldToStop(failure: Promise<string>, onSecond: () => void): Promise<StopReason> {
  return await new Promise((resolve) => {
    let told = false
    const tell = (reason: StopReason): void => {
      if (told && 'signal' in reason) onSecond()
      told = true
      resolve(reason)
    }
    process.on('SIGINT', () => tell({ signal: 'SIGINT' }))
    process.on('SIGTERM', () => tell({ signal: 'SIGTERM' }))
    void failure.then((name) => tell({ failure: name }))
  })
}
