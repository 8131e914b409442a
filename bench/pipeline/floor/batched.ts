/** Hands items on in batches: what comes while `writers` batches are under way waits for the next. Resolves when it is done. */
export function batched<Item>(
  max: number,
  writers: number,
  work: (batch: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  const waiting: { item: Item; done: () => void }[] = []
  let busy = 0
  const next = (): void => {
    if (busy === writers || waiting.length === 0) return
    busy += 1
    const batch = waiting.splice(0, max)
    void work(batch.map(({ item }) => item)).then(() => {
      for (const { done } of batch) done()
      busy -= 1
      next()
    })
  }
  return async (item) => {
    await new Promise<void>((done) => {
      waiting.push({ item, done })
      next()
    })
  }
}
