import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { GatewayObserver } from './gateway-ports.ts'

/** The edge in numbers. Labels are routes and statuses: never tenants, ids or addresses. */
export class GatewayMetrics implements GatewayObserver {
  readonly #requests: Histogram<'route' | 'status'>
  readonly #events: Counter<'repeat'>
  readonly #refused: Counter<'why'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#requests = new Histogram({
      name: 'neuronx_http_request_seconds',
      help: 'Duration of HTTP requests by route and status',
      labelNames: ['route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    })
    this.#events = new Counter({
      name: 'neuronx_http_events_accepted_total',
      help: 'Events taken over HTTP; repeat: known already, without effect',
      labelNames: ['repeat'],
      registers,
    })
    this.#refused = new Counter({
      name: 'neuronx_webhooks_refused_total',
      help: 'Webhooks that were not verified, by reason',
      labelNames: ['why'],
      registers,
    })
  }

  request(route: string, status: number, durationMs: number): void {
    this.#requests.observe({ route, status }, durationMs / 1_000)
  }

  accepted(events: number, duplicates: number): void {
    if (events > duplicates) this.#events.inc({ repeat: 'no' }, events - duplicates)
    if (duplicates > 0) this.#events.inc({ repeat: 'yes' }, duplicates)
  }

  refusedWebhook(why: string): void {
    this.#refused.inc({ why })
  }
}
