const idleMs = 200

/** Runs rounds while there is something to do, then when woken or after a while. Returns what wakes it. */
export function repeat(round: () => Promise<number>): () => void {
  let woken = false
  let wakeUp: () => void = () => {}
  const run = async (): Promise<never> => {
    for (;;) {
      woken = false
      const did = await round()
      if (did > 0 || woken) await new Promise((resolve) => setImmediate(resolve))
      else {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, idleMs)
          wakeUp = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  }
  void run()
  return () => {
    woken = true
    wakeUp()
  }
}
