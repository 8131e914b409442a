/**
 * Waits until `check` no longer throws and does not return false; looks again every few milliseconds. After `deadlineMs`
 * the last failure is thrown. The one way a test waits for something to happen.
 */
export async function eventually<T>(check: () => Promise<T> | T, deadlineMs = 15_000): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    try {
      const value = await check()
      if (value !== false) return value
      if (performance.now() > end) throw new Error(`Still false after ${deadlineMs} ms`)
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
