import type { BusFacts } from '../../messaging/bus/bus-facts.ts'
import { fail, ok, warn } from './finding.ts'
import type { CheckResult } from './finding.ts'

/** A stream or store that is so full will soon be full. */
const fullShare = 0.9

/** What a look at the bus says. */
export function busChecks(facts: BusFacts): readonly CheckResult[] {
  return [
    ok(
      'bus.reachable',
      `nats-server ${facts.version}${facts.cluster === null ? ', alone' : `, cluster ${facts.cluster}`}`,
    ),
    ok('bus.jetstream', `Enabled; ${syncText(facts)}`),
    payloadCheck(facts),
    streamsCheck(facts),
    ...roomChecks(facts),
    aheadCheck(facts),
    ...facts.warnings.map((warning) => warn('bus.settings', warning, 'See docs/nats.md')),
  ]
}

function syncText({ syncInterval, syncIntervalMs }: BusFacts): string {
  if (syncInterval === 'unknown' || syncIntervalMs === null)
    return 'how often it syncs its files is not known'
  return `it syncs its files every ${syncIntervalMs / 1_000} s`
}

function payloadCheck({ maxPayloadBytes, payloadBytesNeeded }: BusFacts): CheckResult {
  const check = 'bus.payload'
  return maxPayloadBytes >= payloadBytesNeeded
    ? ok(check, `It takes messages up to ${maxPayloadBytes} bytes`)
    : fail(
        check,
        `It takes messages up to ${maxPayloadBytes} bytes; events may need ${payloadBytesNeeded}`,
        `Set max_payload: ${payloadBytesNeeded} in the server's configuration`,
      )
}

function streamsCheck({ streams, streamsMissing }: BusFacts): CheckResult {
  if (streamsMissing.length > 0)
    return fail(
      'bus.streams',
      `Missing: ${streamsMissing.join(', ')}`,
      'A daemon makes them at its start: neuronx daemon run',
    )
  const text = streams.map(({ name, messages, replicas }) => `${name} ${messages} messages, R${replicas}`)
  return ok('bus.streams', text.join('; '))
}

function roomChecks({ streams, storage }: BusFacts): readonly CheckResult[] {
  const places = [
    { name: 'JetStream storage', used: storage.usedBytes, max: storage.maxBytes },
    ...streams.map(({ name, bytes, maxBytes }) => ({ name, used: bytes, max: maxBytes })),
  ]
  const full = places.flatMap(({ name, used, max }) =>
    max !== null && max > 0 && used / max >= fullShare
      ? [`${name} is ${Math.floor((100 * used) / max)} % full`]
      : [],
  )
  return full.length === 0
    ? [ok('bus.room', 'Streams and storage have room')]
    : full.map((found) =>
        warn(
          'bus.room',
          found,
          'Raise the limit (docs/nats.md), or look at why consumers are behind: neuronx outbox stats',
        ),
      )
}

function aheadCheck({ consumersAhead }: BusFacts): CheckResult {
  const check = 'bus.consumers'
  return consumersAhead.length === 0
    ? ok(check, 'No consumer is ahead of its stream')
    : fail(
        check,
        `Consumers ahead of their stream (they deliver nothing): shards ${consumersAhead.join(', ')}`,
        'A running daemon heals it within 30 s; if it stays: neuronx daemon status',
      )
}
