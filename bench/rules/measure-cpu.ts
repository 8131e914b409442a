/** The CPU time of the process so far, every thread included, microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

const samplesWanted = 15
const sampleUs = 20_000
const warmUpUs = 400_000
/** What is so slow that it takes this long in all is measured with fewer samples. */
const totalUs = 12_000_000

/** CPU time of one call of `work`, microseconds: the median of samples of at least 20 ms, after a warm-up. */
export async function cpuOf(work: () => unknown): Promise<number> {
  let repeats = 1
  const begun = cpuUs()
  for (;;) {
    const before = cpuUs()
    await repeated(work, repeats)
    const took = cpuUs() - before
    if (took >= sampleUs) break
    repeats *= 2
  }
  while (cpuUs() - begun < warmUpUs) await repeated(work, repeats)
  const samples: number[] = []
  while (samples.length < samplesWanted && (samples.length < 2 || cpuUs() - begun < totalUs)) {
    const before = cpuUs()
    await repeated(work, repeats)
    samples.push((cpuUs() - before) / repeats)
  }
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0
}

/** CPU time of doing something once, microseconds, with what it returned. */
export async function cpuOnce<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly us: number; readonly made: T }> {
  const before = cpuUs()
  const made = await work()
  return { us: cpuUs() - before, made }
}

async function repeated(work: () => unknown, times: number): Promise<void> {
  for (let left = times; left > 0; left -= 1) {
    const result = work()
    // Awaiting what is no promise costs more than one condition takes.
    if (result instanceof Promise) await result
  }
}
