import type { ActionDifference, BandTransition, SignalRate } from './report.ts'
import type { ArmStates, Unit } from './unit.ts'

interface BandCount {
  readonly kind: string
  readonly model: string
  readonly band: string
  baseline: number
  candidate: number
}

/** Counts entities by what they are in the end. */
export class UnitTally {
  readonly #kinds = new Map<string, number>()
  readonly #transitions = new Map<string, { -readonly [K in keyof BandTransition]: BandTransition[K] }>()
  readonly #bands = new Map<string, BandCount>()
  count = 0
  changed = 0
  /** Entities whose place in their order is not recorded. */
  unordered = 0

  add({ changed, seq }: Unit, { baseline, candidate }: ArmStates): void {
    const { kind } = baseline.entity.ref
    this.count += 1
    if (changed) this.changed += 1
    if (seq === null) this.unordered += 1
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
    const models = new Set([...Object.keys(baseline.entity.scores), ...Object.keys(candidate.entity.scores)])
    for (const model of models) {
      const from = baseline.entity.scores[model]?.band ?? null
      const to = candidate.entity.scores[model]?.band ?? null
      const key = JSON.stringify([model, from, to])
      const held = this.#transitions.get(key) ?? { model, from, to, units: 0 }
      held.units += 1
      this.#transitions.set(key, held)
      if (from !== null) this.#band(kind, model, from).baseline += 1
      if (to !== null) this.#band(kind, model, to).candidate += 1
    }
  }

  transitions(): readonly BandTransition[] {
    const order = (a: BandTransition): string => `${a.model} ${a.from ?? ''} ${a.to ?? ''}`
    return [...this.#transitions.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1))
  }

  /** The rates that a rollout watches. */
  signals(actions: readonly ActionDifference[]): readonly SignalRate[] {
    const signals: SignalRate[] = []
    for (const { kind, model, band, baseline, candidate } of this.#bands.values()) {
      const shared = [...this.#bands.values()].filter((other) => other.kind === kind && other.band === band)
      const name = `${shared.length > 1 ? `${model}.` : ''}${band}_${kind}_share`
      signals.push(rateOf(name, this.#kinds.get(kind) ?? 0, baseline, candidate))
    }
    const sum = (name: string, fits: (action: ActionDifference) => boolean): void => {
      const some = actions.filter(fits)
      const of = (side: 'baseline' | 'candidate') => some.reduce((total, action) => total + action[side], 0)
      signals.push(rateOf(name, this.count, of('baseline'), of('candidate')))
    }
    sum('actions_per_unit', ({ kind }) => kind === 'send' || kind === 'call')
    sum('sends_per_unit', ({ kind }) => kind === 'send')
    for (const { kind, name } of actions)
      if (kind === 'send')
        sum(`sends_per_unit.${name}`, (action) => action.kind === 'send' && action.name === name)
    sum('emitted_per_unit', ({ kind }) => kind === 'emit')
    sum('starts_per_unit', ({ kind }) => kind === 'start')
    return signals.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #band(kind: string, model: string, band: string): BandCount {
    const key = JSON.stringify([kind, model, band])
    const held = this.#bands.get(key) ?? { kind, model, band, baseline: 0, candidate: 0 }
    this.#bands.set(key, held)
    return held
  }
}

function rateOf(name: string, units: number, baseline: number, candidate: number): SignalRate {
  const side = (count: number) => ({ count, rate: units === 0 ? 0 : count / units })
  return { name, units, baseline: side(baseline), candidate: side(candidate) }
}
