import type { Command, LeasedCommand } from '../../src/messaging/commands/command.ts'
import { derivedId } from '../../src/kernel/ids.ts'

const tenantId = '018f0000-0000-7000-8000-000000000001'

/** A command with made-up but well-formed members. */
export function someCommand(change: Partial<Command> = {}): Command {
  const seed = change.idempotencyKey ?? 'key-1'
  return {
    id: derivedId('test', seed),
    tenantId,
    workspace: 'default',
    entityKey: 'default/lead/1',
    eventId: derivedId('event', seed),
    rootId: derivedId('event', seed),
    correlationId: derivedId('event', seed),
    depth: 0,
    cause: 'RuleSet/test#rule',
    instanceId: null,
    integration: 'sink',
    operation: 'hit',
    input: { lead: '1' },
    idempotencyKey: seed,
    priority: 'normal',
    repeatable: 'yes',
    dueAt: '2026-03-05T12:00:00.000Z',
    routeResult: false,
    parentId: null,
    ...change,
  }
}

export function someLease(change: Partial<LeasedCommand> = {}): LeasedCommand {
  return {
    command: someCommand(),
    attempt: 1,
    runLease: '1',
    firstAttemptAt: null,
    leaseEndsMs: Number.MAX_SAFE_INTEGER,
    ...change,
  }
}
