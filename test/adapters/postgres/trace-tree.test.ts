import { expect } from 'chai'
import { traceTree } from '../../../src/adapters/postgres/reading/trace-tree.ts'
import type { TracedDecision, TraceParts } from '../../../src/adapters/postgres/reading/trace-tree.ts'
import type { CommandView, EventView, TraceNode } from '../../../src/messaging/reading/event-reader.ts'
import type { DeadLetter } from '../../../src/messaging/dead-letters/dead-letter.ts'
import { someCommand } from '../../support/commands.ts'
import { someLoggedEvent } from '../../support/events.ts'

const at = (second: number) => `2026-03-05T12:00:0${second}.000Z`

function event(
  id: string,
  causationId: string | null,
  second: number,
  change: Partial<EventView> = {},
): EventView {
  return {
    ...someLoggedEvent({ id, causationId, rootId: 'root', acceptedAt: at(second) }),
    status: 'published',
    ...change,
  }
}

function decision(eventId: string, trace: Partial<TracedDecision['trace']> = {}): TracedDecision {
  const whole = { rules: [], scores: [], workflows: [], notes: [], ...trace }
  return { eventId, version: 1, configDigest: 'd', changes: [], trace: whole, at: at(1) }
}

function command(id: string, eventId: string, cause: string, instanceId: string | null = null) {
  const view: CommandView = {
    command: someCommand({ id, eventId, cause, instanceId }),
    state: 'succeeded',
    attempts: 1,
    nextAttemptAt: null,
    sentAt: at(2),
    endedAt: at(3),
    error: null,
    result: null,
  }
  return { ...view, createdAt: at(1), durationMs: 5 }
}

function letter(id: string, change: Partial<DeadLetter>): DeadLetter {
  return {
    id,
    tenantId: 't',
    workspace: 'default',
    source: 'event',
    class: 'poison',
    code: 'NX-X',
    reason: 'r',
    integration: null,
    entityKey: null,
    eventId: null,
    commandId: null,
    cause: null,
    payload: null,
    status: 'open',
    fingerprint: 'f',
    createdAt: at(4),
    replays: 0,
    ...change,
  }
}

const tree = (parts: Partial<TraceParts>) =>
  traceTree({
    rootId: 'root',
    events: [event('root', null, 0)],
    decisions: [],
    commands: [],
    deadLetters: [],
    ...parts,
  })

/** `kind id` of each node, children in brackets. */
function outline(node: TraceNode | null): string {
  if (node === null) return 'none'
  const children = node.children.map(outline).join(' ')
  return `${node.kind}:${node.id}${children === '' ? '' : `(${children})`}`
}

describe('traceTree', () => {
  it('hangs commands under the rule or workflow that asked for them, and results under the command', () => {
    const result = tree({
      events: [
        event('root', null, 0),
        event('res', 'c1', 3, { type: 'command.succeeded' }),
        event('hot', 'root', 1),
      ],
      decisions: [
        decision('root', {
          rules: [
            { rule: 'RuleSet/a#one', outcome: 'fired', actions: [] },
            { rule: 'RuleSet/a#two', outcome: 'failed', code: 'NX-Y', error: 'e' },
          ],
          workflows: [{ instanceId: 'i1', workflow: 'w', from: null, to: 'nap', ran: ['greet'] }],
        }),
      ],
      commands: [
        command('c1', 'root', 'RuleSet/a#one'),
        command('c2', 'root', 'Workflow/w#greet', 'i1'),
        command('c3', 'root', 'RuleSet/b#x'),
      ],
      deadLetters: [
        letter('l1', { commandId: 'c2' }),
        letter('l2', { source: 'rule', eventId: 'root', cause: 'RuleSet/a#two' }),
        letter('l3', { eventId: 'hot' }),
      ],
    })
    expect(outline(result)).to.equal(
      'event:root(decision:root/decision(' +
        'rule:root/RuleSet/a#one(command:c1(event:res)) rule:root/RuleSet/a#two(dead_letter:l2)' +
        ' workflow:root/i1(command:c2(dead_letter:l1)) command:c3) event:hot(dead_letter:l3))',
    )
  })

  it('counts milliseconds from the root', () => {
    const result = tree({ events: [event('root', null, 0), event('b', 'root', 2)] })
    expect(result?.ms).to.equal(0)
    expect(result?.children[0]?.ms).to.equal(2_000)
  })

  it('shows what has no known parent under the root, and everything once', () => {
    const result = tree({
      events: [event('root', null, 0), event('lost', 'gone', 1), event('b', 'lost', 2)],
      commands: [command('c', 'never', 'x')],
      deadLetters: [letter('l', { commandId: 'unknown' })],
    })
    expect(outline(result)).to.equal('event:root(command:c dead_letter:l event:lost(event:b))')
  })

  it('comes to an end when damaged data makes a circle', () => {
    const result = tree({ events: [event('root', null, 0), event('a', 'b', 1), event('b', 'a', 2)] })
    expect(outline(result)).to.equal('event:root')
  })

  it('is nothing without its root', () => {
    expect(tree({ events: [] })).to.be.null
  })
})
