import { expect } from 'chai'
import { checkCounters } from './check-counters.ts'
import { checkHistory } from './check-history.ts'
import type { CommandRow, DatabaseFacts, OracleCall } from './history.ts'
import { soundHistory } from './sound-history.ts'
import type { Changes } from './sound-history.ts'

const found = (changes: Changes): readonly string[] =>
  checkHistory(soundHistory(changes)).map(
    ({ invariant, what, subject }) => `${invariant} ${subject}: ${what}`,
  )

const command =
  (id: string, change: Partial<CommandRow>) =>
  (facts: DatabaseFacts): DatabaseFacts => ({
    ...facts,
    commands: facts.commands.map((one) => (one.id === id ? { ...one, ...change } : one)),
  })

const call = (n: number, change: Partial<OracleCall>) => (all: readonly OracleCall[]) =>
  all.map((one) => (one.n === n ? { ...one, ...change } : one))

const repeated = (n: number, change: Partial<OracleCall>) => (all: readonly OracleCall[]) => [
  ...all,
  ...all.filter((one) => one.n === n).map((one) => ({ ...one, n: 99, ...change })),
]

/** What goes wrong, what of it the checker must say. */
const broken: readonly (readonly [string, Changes, RegExp])[] = [
  [
    'an accepted event that is not in the log',
    { facts: (facts) => ({ ...facts, log: facts.log.filter(({ eventId }) => eventId !== 'event-2') }) },
    /I1 w1-2: lost: accepted/,
  ],
  [
    'a logged event that was never applied',
    {
      facts: (facts) => ({
        ...facts,
        decisions: facts.decisions.filter(({ eventId }) => eventId !== 'event-4'),
      }),
    },
    /I1 event-4: lost: logged, and never applied/,
  ],
  [
    'an event that was applied twice',
    {
      facts: (facts) => ({
        ...facts,
        decisions: [...facts.decisions, ...facts.decisions.filter(({ eventId }) => eventId === 'event-4')],
      }),
    },
    /I1 event-4: applied 2 times/,
  ],
  [
    'an event that was stored twice',
    {
      facts: (facts) => ({
        ...facts,
        log: [
          ...facts.log,
          ...facts.log
            .filter(({ eventId }) => eventId === 'event-6')
            .map((row) => ({ ...row, eventId: 'again', entitySeq: 4 })),
        ],
      }),
    },
    /I1 w1-6: stored 2 times/,
  ],
  [
    'an event that was refused and stored',
    { operations: (all) => all.map((one) => (one.counter === 'w1-2' ? { ...one, end: 'fail' } : one)) },
    /I1 w1-2: refused, and stored/,
  ],
  [
    'an answer that names another event',
    { operations: (all) => all.map((one) => (one.counter === 'w1-2' ? { ...one, eventId: 'other' } : one)) },
    /I1 w1-2: the answer named another event/,
  ],
  [
    'an unchanged repeat that was called a conflict',
    {
      operations: (all) => [
        ...all,
        { ...all[0]!, end: 'fail', eventId: null, detail: '409 NX-EVENT-CONFLICT' },
      ],
    },
    /I1 w1-1: an unchanged repeat/,
  ],
  [
    'an emitted event that is missing',
    { facts: (facts) => ({ ...facts, log: facts.log.filter(({ eventId }) => eventId !== 'echo-3') }) },
    /I1 w1-3: its rule emits 1 events, 0 are logged/,
  ],
  [
    'state that was made in another order',
    {
      facts: (facts) => ({
        ...facts,
        entities: facts.entities.map((one) =>
          one.entityKey === 'default/lead/0' ? { ...one, trail: ',w1-4,w1-2,w1-6' } : one,
        ),
      }),
    },
    /I2 default\/lead\/0: its state was not made/,
  ],
  [
    'a number that is missing in the order of an entity',
    {
      facts: (facts) => ({
        ...facts,
        log: facts.log.map((row) => (row.eventId === 'event-6' ? { ...row, entitySeq: 5 } : row)),
      }),
    },
    /I2 default\/lead\/0: its order has a step at 3/,
  ],
  [
    'a later event of a writer that is logged before an earlier one',
    {
      facts: (facts) => ({
        ...facts,
        log: facts.log.map((row) =>
          row.eventId === 'event-2'
            ? { ...row, entitySeq: 2 }
            : row.eventId === 'event-4'
              ? { ...row, entitySeq: 1 }
              : row,
        ),
      }),
    },
    /I2 w1-4: logged before w1-2/,
  ],
  ['a second effect', { calls: repeated(1, {}) }, /I3 w1-1 \(keyed, succeeded\): double: 2 effects/],
  [
    'a success without an effect',
    { calls: (all) => all.filter(({ n }) => n !== 3) },
    /I3 w1-5 \(keyed, succeeded\): said to have succeeded/,
  ],
  [
    'a command that its rule asked for and that was never made',
    {
      facts: (facts) => ({ ...facts, commands: facts.commands.filter(({ id }) => id !== 'bare-w1-5') }),
    },
    /I3 w1-5: its rules ask for 1 commands to bare, there are 0/,
  ],
  [
    'a call that was repeated although nobody knew of the first',
    {
      calls: (all) => [
        ...call(2, { answer: 'effect_then_reset' })(all),
        { ...all[1]!, n: 99, effect: false },
      ],
    },
    /I3 w1-1 \(bare, succeeded\): repeated unchecked after effect_then_reset/,
  ],
  [
    'a doubt that nobody is told of',
    { facts: command('bare-w1-1', { state: 'in_doubt' }) },
    /I3 w1-1 \(bare, in_doubt\): silent/,
  ],
  [
    'a call under another key',
    { calls: repeated(1, { key: 'another', effect: false }) },
    /I3 w1-1 \(keyed, succeeded\): called under different keys/,
  ],
  [
    'effects that overtake each other in a lane',
    {
      calls: (all) =>
        all.map((one) => (one.n === 1 ? { ...one, n: 3 } : one.n === 3 ? { ...one, n: 1 } : one)),
    },
    /I4 w1-5: overtaken in its lane/,
  ],
  [
    'an event that nobody sent',
    { operations: (all) => all.filter(({ counter }) => counter !== 'w1-6') },
    /I5 w1-6: phantom: an event that nobody sent/,
  ],
  [
    'a call without a command',
    { calls: (all) => [...all, { ...all[0]!, n: 99, counter: 'w9-9' }] },
    /I5 w9-9: phantom: a call without a command/,
  ],
  [
    'a command without its event',
    { facts: command('keyed-w1-1', { eventId: 'nowhere' }) },
    /I5 keyed-w1-1: phantom: a command without its event/,
  ],
  [
    'an event that is applied and not in the log',
    {
      facts: (facts) => ({
        ...facts,
        decisions: [...facts.decisions, { eventId: 'ghost', entityKey: 'default/lead/1', entitySeq: 9 }],
      }),
    },
    /I5 ghost: phantom: applied, and not in the log/,
  ],
  [
    'a lease at rest',
    { facts: command('keyed-w1-5', { state: 'leased' }) },
    /I6 keyed-w1-5: is leased at rest/,
  ],
  [
    'a command that waits behind nothing',
    { facts: command('keyed-w1-5', { state: 'waiting' }), calls: (all) => all.filter(({ n }) => n !== 3) },
    /I6 keyed-w1-5: waits behind nothing/,
  ],
  [
    'a command that is nowhere',
    { facts: command('keyed-w1-5', { state: 'missing' }) },
    /I6 keyed-w1-5: is neither queued nor ended/,
  ],
]

describe('the checker of the fault suite', () => {
  it('finds nothing in a history in which every promise was kept', () => {
    expect(found({})).to.deep.equal([])
  })

  it('takes an unknown end for either', () => {
    expect(
      found({ operations: (all) => all.map((one) => ({ ...one, end: 'unknown', eventId: null })) }),
    ).to.deep.equal([])
  })

  it('takes a call again for sound when the first was turned away unread', () => {
    expect(
      found({ calls: (all) => [{ ...all[1]!, n: 0, answer: 'status_429', effect: false }, ...all] }),
    ).to.deep.equal([])
  })

  for (const [what, changes, said] of broken)
    it(`reports ${what}`, () => {
      expect(found(changes).filter((line) => said.test(line))).to.have.length(1)
    })

  it('reports a layer that had to step in although nothing was wrong below it', () => {
    const counters = { 'reconciler.repaired': 3, 'processor.duplicates': 0 }
    expect(checkCounters(counters, new Set(['vendor']))).to.have.length(1)
    expect(checkCounters(counters, new Set(['vendor', 'bus']))).to.deep.equal([])
  })
})
