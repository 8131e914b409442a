/**
 * Something the daemon keeps alive.
 *
 * `start` resolves once the service is ready. `stop` resolves once it has gone quiet, and must tolerate being called
 * twice or before `start`. A loop reports `lastSuccess` so that one that silently stopped working is seen.
 */
export interface Service {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** Starts in order. When one refuses, stops those already running, then rethrows. */
export async function startAll(services: readonly Service[]): Promise<void> {
  const running: Service[] = []
  for (const service of services) {
    try {
      await service.start()
    } catch (error) {
      await stopAll(running)
      throw error
    }
    running.push(service)
  }
}

/** Services that need nothing of each other to go quiet: started in order, stopped all at once. */
export function stoppedTogether(name: string, services: readonly Service[]): Service {
  return {
    name,
    start: async () => await startAll(services),
    stop: async () => {
      const ended = await Promise.allSettled(services.map(async (service) => await service.stop()))
      const failures = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
      if (failures.length > 0) throw new AggregateError(failures, 'Some services did not stop cleanly')
    },
  }
}

/** Stops last-started first, so that no service outlives one it depends on. Every one is stopped; failures are thrown together. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  const failures: unknown[] = []
  for (const service of services.toReversed()) {
    await service.stop().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some services did not stop cleanly')
}
