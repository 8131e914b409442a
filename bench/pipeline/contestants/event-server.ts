import fastify from 'fastify'
import type { AddressInfo } from 'node:net'

/** A lead.created event as the load generator sends it. */
export interface IncomingLead {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}

/** `lead/42` -> `42`. */
export function leadOf(event: IncomingLead): string {
  return event.subject.slice('lead/'.length)
}

const bodyBytesMax = 16 * 1024 * 1024

/**
 * The HTTP side that the peers and the floor share: `POST /v1/events` with a batch of CloudEvents, answered with 202 and the
 * ids once `accept` has resolved, which means committed. Returns the origin it listens on.
 */
export async function openEventServer(
  accept: (events: readonly IncomingLead[]) => Promise<void>,
): Promise<string> {
  const server = fastify({ bodyLimit: bodyBytesMax, keepAliveTimeout: 60_000 })
  server.addContentTypeParser(
    'application/cloudevents-batch+json',
    { parseAs: 'string' },
    server.getDefaultJsonParser('error', 'error'),
  )
  server.post('/v1/events', async (request, reply) => {
    const events = request.body as readonly IncomingLead[]
    await accept(events)
    return await reply.code(202).send({ accepted: events.map(({ id }) => ({ id, duplicate: false })) })
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
}
