import { eventBusContract } from '../contracts/event-bus.contract.ts'
import { MemoryEventBus } from './memory-event-bus.ts'

eventBusContract('in memory', async () => {
  const bus = new MemoryEventBus()
  return {
    bus,
    offer: async (subject, body) => bus.offer(subject, Buffer.from(body)),
    close: async () => {},
  }
})
