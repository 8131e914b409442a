import { expect } from 'chai'
import fc from 'fast-check'
import type {
  CompiledMember,
  CompiledTeam,
  PickRule,
} from '../../../src/sales-core/people/compiled-people.ts'
import { pickRep } from '../../../src/sales-core/people/pick-rep.ts'
import type { TeamMove, TeamState } from '../../../src/sales-core/people/team-state.ts'
import { afterMoves, freshTeam, repState } from '../../../src/sales-core/people/team-state.ts'
import { compileCalendar } from '../../../src/sales-core/time/compile-calendar.ts'

const monday = new Date('2026-03-02T10:00:00Z')
const office = compileCalendar({
  apiVersion: 'neuronx/v1',
  kind: 'Calendar',
  name: 'office',
  tz: 'UTC',
  week: { 'mon-fri': '09:00-17:00' },
  holidays: [],
})

function member(rep: string, change: Partial<CompiledMember> = {}): CompiledMember {
  return { rep, capacity: null, skills: new Set(), hours: null, ...change }
}

function team(...members: readonly CompiledMember[]): CompiledTeam {
  return { name: 'closers', members, manager: null, closedWhen: new Map() }
}

const rule: PickRule = { by: 'round_robin', onlyAvailable: false, skills: [] }

/** Carries a pick out. */
function take(state: TeamState, rep: string): TeamState {
  const move: TeamMove = { move: 'picked', team: 'closers', rep, turn: state.turn + 1 }
  return afterMoves(new Map([['closers', state]]), [move]).get('closers') as TeamState
}

function picks(of: CompiledTeam, count: number, by: Partial<PickRule> = {}): (string | null)[] {
  let state = freshTeam
  return Array.from({ length: count }, () => {
    const { rep } = pickRep(of, state, { ...rule, ...by }, monday)
    if (rep !== null) state = take(state, rep)
    return rep
  })
}

describe('pickRep', () => {
  it('goes round in the order of the document', () => {
    expect(picks(team(member('a'), member('b'), member('c')), 5)).to.deep.equal(['a', 'b', 'c', 'a', 'b'])
  })

  it('passes over who is full, and says when nobody is left', () => {
    const small = team(member('a', { capacity: 1 }), member('b', { capacity: 2 }))
    expect(picks(small, 5)).to.deep.equal(['a', 'b', 'b', null, null])
    const full = take(freshTeam, 'a')
    expect(pickRep(team(member('a', { capacity: 1 })), full, rule, monday).why).to.equal(
      'nobody of closers may take it: a is full (1 of 1)',
    )
  })

  it('asks for every skill', () => {
    const mixed = team(
      member('a', { skills: new Set(['en']) }),
      member('b', { skills: new Set(['en', 'ar']) }),
    )
    expect(picks(mixed, 3, { skills: ['en', 'ar'] })).to.deep.equal(['b', 'b', 'b'])
  })

  it('minds hours and sign-offs only when asked for who is available', () => {
    const hours = { calendar: 'office', clock: office }
    const one = team(member('a', { hours }))
    const night = new Date('2026-03-02T22:00:00Z')
    const available = { ...rule, onlyAvailable: true }
    expect(pickRep(one, freshTeam, rule, night).rep).to.equal('a')
    expect(pickRep(one, freshTeam, available, night)).to.deep.include({ rep: null })
    expect(pickRep(one, freshTeam, available, monday).rep).to.equal('a')
    const away = { turn: 0, reps: new Map([['a', { open: 0, lastTurn: 0, available: false }]]) }
    expect(pickRep(one, away, available, monday).passed).to.deep.equal([{ rep: 'a', why: 'has signed off' }])
    const lost = team(member('a', { hours: { calendar: 'gone', clock: null } }))
    expect(pickRep(lost, freshTeam, available, monday).rep).to.equal(null)
  })

  it('gives least_busy to the fewest open, ties to who waited longest', () => {
    const state = afterMoves(new Map(), [
      { move: 'picked', team: 'closers', rep: 'a', turn: 1 },
      { move: 'picked', team: 'closers', rep: 'b', turn: 2 },
      { move: 'picked', team: 'closers', rep: 'a', turn: 3 },
      { move: 'closed', team: 'closers', rep: 'a' },
    ]).get('closers') as TeamState
    const least = { ...rule, by: 'least_busy' as const }
    expect(pickRep(team(member('a'), member('b')), state, least, monday).rep).to.equal('b')
    expect(pickRep(team(member('a'), member('b'), member('c')), state, least, monday).rep).to.equal('c')
  })

  it('never goes over a capacity, whatever comes and goes', () => {
    const step = fc.record({ close: fc.boolean(), by: fc.constantFrom('round_robin', 'least_busy') })
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(step, { maxLength: 60 }),
        (capacities, steps) => {
          const of = team(...capacities.map((capacity, index) => member(`r${index}`, { capacity })))
          let states = new Map([['closers', freshTeam]]) as ReadonlyMap<string, TeamState>
          for (const { close, by } of steps) {
            const state = states.get('closers') as TeamState
            const busy = of.members.find(({ rep }) => repState(state, rep).open > 0)
            if (close && busy !== undefined) {
              states = afterMoves(states, [{ move: 'closed', team: 'closers', rep: busy.rep }])
            } else {
              const { rep } = pickRep(of, state, { ...rule, by: by as PickRule['by'] }, monday)
              const room = of.members.some(
                ({ rep: name, capacity }) => repState(state, name).open < (capacity ?? 0),
              )
              expect(rep !== null).to.equal(room)
              if (rep !== null) states = new Map([['closers', take(state, rep)]])
            }
            const after = states.get('closers') as TeamState
            for (const { rep, capacity } of of.members)
              expect(repState(after, rep).open).to.be.within(0, capacity ?? 0)
          }
        },
      ),
    )
  })

  it('differs by at most one among members who can all take it, whoever comes and goes beside them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), { maxLength: 80 }),
        (rounds) => {
          const always = ['a', 'b', 'c']
          const sometimes = ['x', 'y', 'z']
          const of = team(...[...always, ...sometimes].map((rep) => member(rep)))
          let state: TeamState = freshTeam
          const count = new Map<string, number>()
          for (const away of rounds) {
            const reps = new Map(state.reps)
            for (const [index, rep] of sometimes.entries())
              reps.set(rep, { ...repState(state, rep), available: away[index] !== true })
            state = { ...state, reps }
            const { rep } = pickRep(of, state, { ...rule, onlyAvailable: true }, monday)
            if (rep === null) throw new Error('Three are always there')
            count.set(rep, (count.get(rep) ?? 0) + 1)
            state = take(state, rep)
          }
          const counts = always.map((rep) => count.get(rep) ?? 0)
          expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1)
        },
      ),
    )
  })
})
