/** The longest wait of a source that fails, milliseconds; longer only when its interval is. */
const retryMsMax = 600_000

/** After how long a source that failed so often in a row is tried again: its interval, doubled each time, up to ten minutes. */
export function retryDelayMs(intervalMs: number, attempts: number): number {
  const doubled = intervalMs * 2 ** Math.min(Math.max(attempts - 1, 0), 20)
  return Math.max(intervalMs, Math.min(doubled, retryMsMax))
}
