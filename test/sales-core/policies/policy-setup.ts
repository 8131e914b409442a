import type { CompiledPolicy } from '../../../src/sales-core/policies/compiled-policy.ts'
import type { SendFacts, SendRequest } from '../../../src/sales-core/policies/send-facts.ts'

export const dayMs = 86_400_000

/** A policy about messages of all channels that forbids nothing yet. */
export function policy(change: Partial<CompiledPolicy> = {}): CompiledPolicy {
  return {
    name: 'p',
    effects: new Set(['send']),
    channels: null,
    quiet: null,
    pack: null,
    consent: null,
    caps: [],
    window: null,
    onBlock: 'defer',
    swapTo: ['whatsapp', 'sms', 'email'],
    waitMaxMs: 7 * dayMs,
    ...change,
  }
}

export function request(change: Partial<SendRequest> = {}): SendRequest {
  return {
    commandId: 'c1',
    effect: 'send',
    channels: ['sms'],
    entityKind: 'lead',
    priority: 'normal',
    freeText: true,
    dueMs: Date.parse('2026-03-05T00:00:00Z'),
    ...change,
  }
}

export function facts(change: Partial<SendFacts> = {}): SendFacts {
  return { fields: {}, lastInboundMs: new Map(), slots: new Map(), homeZone: null, ...change }
}

/** Open from one minute of the day to another, every day. */
export function open(from: number, to: number) {
  return Array.from({ length: 7 }, () => [{ from, to }])
}
