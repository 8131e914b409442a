import { isJsonObject } from '../../kernel/json.ts'
import type { EntityDraft } from '../decide/entity-draft.ts'
import type { MarkDraft, Marks } from '../decide/marks.ts'
import type { BusinessClock } from '../time/business-clock.ts'
import type { CompiledAssign, CompiledTeam, PickRule } from './compiled-people.ts'
import type { PickedRep } from './pick-rep.ts'
import { pickRep } from './pick-rep.ts'
import type { TeamEffects, TeamMove, TeamState, TeamStates } from './team-state.ts'
import { afterMoves, freshTeam } from './team-state.ts'

/** Where a desk finds the teams of the configuration. */
export interface TeamDirectory {
  readonly teamNames: readonly string[]
  team(name: string): CompiledTeam | null
  /** Who answers for the team, else for the first team by name that `rep` is in; null: nobody is named. */
  managerOf(team: string | null, rep: string | null): string | null
  /** The working hours of a member, by the first team by name that says them; null: nobody says them. */
  hoursOf(rep: string): BusinessClock | null
}

/** What came of an `assign`. `why` is for the trace. */
export type AssignOutcome =
  | { readonly state: 'assigned'; readonly rep: string; readonly why: string }
  /** The owner stayed. */
  | { readonly state: 'kept'; readonly rep: string; readonly why: string }
  | { readonly state: 'released'; readonly why: string }
  /** Nobody may take it: the field stays as it was, `assign.unfilled` is emitted, a step goes to its `else`. */
  | { readonly state: 'unfilled'; readonly team: string; readonly why: string }

/** An assignment that counts against somebody's capacity. */
export interface OpenAssignment {
  readonly team: string
  readonly rep: string
}

/** An assignment that nobody could take. */
export interface Unfilled {
  readonly team: string
  /** The field that names who has it. */
  readonly field: string
  readonly why: string
  /** The rule or step that asked. */
  readonly cause: string
}

/** The mark that keeps the assignment which a field of the entity stands for. */
export function assignMark(field: string): string {
  return `${markPrefix}${field}`
}
const markPrefix = 'assign:'

/** What a desk has done so far. */
interface Sheet {
  /** By field: what counts now. */
  readonly open: Map<string, OpenAssignment>
  /** Fields whose assignment was closed. */
  readonly closed: Set<string>
  readonly moves: TeamMove[]
  readonly used: Map<string, CompiledTeam>
  readonly unfilled: Unfilled[]
  readonly notes: string[]
}

const none: readonly never[] = []

function copyOf({ open, closed, moves, used, unfilled, notes }: Sheet): Sheet {
  return {
    open: new Map(open),
    closed: new Set(closed),
    moves: [...moves],
    used: new Map(used),
    unfilled: [...unfilled],
    notes: [...notes],
  }
}

/**
 * Hands out the work of one event: picks members, and collects what changes in their load. Nothing is carried out; it goes with the
 * decision. A desk that is forked goes on without touching the one it came from, so that what a failed rule got is given back.
 */
export class AssignDesk {
  readonly #teams: TeamDirectory
  readonly #now: Date
  readonly #marks: Marks
  #states: TeamStates
  #written: Sheet | null = null

  /** `marks`: what the entity remembers; they keep its open assignments. */
  constructor(teams: TeamDirectory, states: TeamStates, marks: Marks, now: Date) {
    this.#teams = teams
    this.#states = states
    this.#marks = marks
    this.#now = now
  }

  fork(): AssignDesk {
    const desk = new AssignDesk(this.#teams, this.#states, this.#marks, this.#now)
    if (this.#written !== null) desk.#written = copyOf(this.#written)
    return desk
  }

  // Begun when first needed: most events hand out nothing.
  get #sheet(): Sheet {
    this.#written ??= {
      open: openOf(this.#marks),
      closed: new Set(),
      moves: [],
      used: new Map(),
      unfilled: [],
      notes: [],
    }
    return this.#written
  }

  /** Nothing was handed out, and nothing is open. */
  get isIdle(): boolean {
    return this.#written === null && !hasOpen(this.#marks)
  }

  /** What the decision does to teams; undefined: nothing, and it looked at none. */
  get effects(): TeamEffects | undefined {
    if (this.#written === null) return undefined
    const { moves, used: teams } = this.#written
    if (moves.length === 0 && teams.size === 0) return undefined
    const used = [...teams.values()].map(({ name, members }) => ({
      team: name,
      members: members.map(({ rep }) => rep),
    }))
    return { used, moves }
  }

  /** Each is to be told by an `assign.unfilled` event of the entity. */
  get unfilled(): readonly Unfilled[] {
    return this.#written?.unfilled ?? none
  }

  /** Who got what and why: for the trace. */
  get notes(): readonly string[] {
    return this.#written?.notes ?? none
  }

  /** Who answers for a team, or for the first team (by name) that somebody is in; null: nobody is named. */
  managerOf(team: string | null, rep: string | null): string | null {
    return this.#teams.managerOf(team, rep)
  }

  /** Carries out an `assign` on an entity: sets the field and remembers the assignment. `by`: the rule or step. */
  assign(wanted: CompiledAssign, draft: EntityDraft, by: string): AssignOutcome {
    const outcome = this.#assign(wanted, draft, by)
    const did = {
      assigned: `gave ${wanted.writes} to`,
      kept: `left ${wanted.writes} with`,
      released: `released ${wanted.writes}`,
      unfilled: `could not assign ${wanted.writes}`,
    }[outcome.state]
    const whom = 'rep' in outcome ? ` ${outcome.rep}` : ''
    this.note(`${by} ${did}${whom}: ${outcome.why}`)
    if (outcome.state === 'unfilled') this.refuse(outcome.team, wanted.writes, outcome.why, by)
    return outcome
  }

  #assign(wanted: CompiledAssign, draft: EntityDraft, by: string): AssignOutcome {
    const { writes } = wanted
    const open = this.#sheet.open.get(writes) ?? null
    if (wanted.does === 'release') {
      if (open === null) return { state: 'released', why: 'nothing was open' }
      this.#closeField(open, writes)
      return { state: 'released', why: `${open.rep} of ${open.team} has one less` }
    }
    const team = this.#teams.team(wanted.team)
    if (team === null)
      return { state: 'unfilled', team: wanted.team, why: `there is no Team ${wanted.team} any more` }
    const owner = draft.read(writes)
    if (wanted.keepOwner && typeof owner === 'string' && team.members.some(({ rep }) => rep === owner))
      return { state: 'kept', rep: owner, why: `${owner} is in ${team.name}` }
    // What is given to somebody else leaves the one who has it, and must not stand in the own way of a full team.
    const trial = open === null ? this.#states : afterMoves(this.#states, [{ ...open, move: 'closed' }])
    this.#sheet.used.set(team.name, team)
    const picked = pickRep(team, trial.get(team.name) ?? freshTeam, wanted.pick, this.#now)
    if (picked.rep === null) return { state: 'unfilled', team: team.name, why: picked.why }
    if (open !== null) this.#closeField(open, writes)
    const taken = { team: team.name, rep: picked.rep }
    this.#sheet.open.set(writes, taken)
    this.#take(taken)
    draft.set(writes, picked.rep, by)
    return { state: 'assigned', rep: picked.rep, why: whyText(picked, team) }
  }

  /** Picks somebody for a task and counts it. `except`: who has it now. */
  pick(teamName: string, rule: PickRule, except: string | null): PickedRep {
    const team = this.#teams.team(teamName)
    if (team === null) return { rep: null, why: `there is no Team ${teamName} any more`, passed: [] }
    this.#sheet.used.set(teamName, team)
    const picked = pickRep(team, this.#stateOf(team), rule, this.#now, except)
    if (picked.rep !== null) this.#take({ team: teamName, rep: picked.rep })
    return picked
  }

  /** Nobody could take something: it is told. */
  refuse(team: string, field: string, why: string, cause: string): void {
    this.#sheet.unfilled.push({ team, field, why, cause })
  }

  note(text: string): void {
    this.#sheet.notes.push(text)
  }

  /** An assignment that does not count any more. */
  close({ team, rep }: OpenAssignment): void {
    this.#move({ move: 'closed', team, rep })
  }

  /**
   * Closes the assignments of fields that name somebody else by now, whoever changed them, and those that `isClosed` says are over;
   * writes what counts to the entity's marks. Call it once an event's changes are all made.
   */
  settle(draft: EntityDraft, marks: MarkDraft, isClosed: (team: CompiledTeam) => boolean): void {
    if (this.isIdle) return
    const { open: assignments, closed } = this.#sheet
    for (const [field, open] of [...assignments]) {
      const team = this.#teams.team(open.team)
      if (draft.read(field) !== open.rep || (team !== null && isClosed(team))) this.#closeField(open, field)
    }
    for (const [field, { team, rep }] of assignments) {
      const known = marks.read(assignMark(field))
      if (!isJsonObject(known) || known['team'] !== team || known['rep'] !== rep)
        marks.set(assignMark(field), { team, rep }, null)
    }
    for (const field of closed) if (!assignments.has(field)) marks.drop(assignMark(field))
  }

  #closeField(open: OpenAssignment, field: string): void {
    this.#sheet.open.delete(field)
    this.#sheet.closed.add(field)
    this.close(open)
  }

  #take({ team, rep }: OpenAssignment): void {
    const turn = (this.#states.get(team) ?? freshTeam).turn + 1
    this.#move({ move: 'picked', team, rep, turn })
  }

  #stateOf({ name }: CompiledTeam): TeamState {
    return this.#states.get(name) ?? freshTeam
  }

  #move(move: TeamMove): void {
    this.#sheet.moves.push(move)
    this.#states = afterMoves(this.#states, [move])
  }
}

function hasOpen(marks: Marks): boolean {
  for (const key in marks) if (key.startsWith(markPrefix)) return true
  return false
}

/** The open assignments that marks keep, by field. */
export function openOf(marks: Marks): Map<string, OpenAssignment> {
  const open = new Map<string, OpenAssignment>()
  for (const [key, { value }] of Object.entries(marks)) {
    if (!key.startsWith(markPrefix) || !isJsonObject(value)) continue
    const { team, rep } = value
    if (typeof team === 'string' && typeof rep === 'string')
      open.set(key.slice(markPrefix.length), { team, rep })
  }
  return open
}

function whyText({ why, passed }: PickedRep, team: CompiledTeam): string {
  if (passed.length === 0) return `${why} of ${team.name}`
  const listed = passed.slice(0, 5).map(({ rep, why: reason }) => `${rep} ${reason}`)
  return `${why} of ${team.name} (${listed.join(', ')}${passed.length > 5 ? ', …' : ''})`
}
