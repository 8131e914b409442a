import type { RulesMeasurement } from './rules-process.ts'

/** What was to be reached, and what was. */
export interface Target {
  readonly what: string
  readonly wanted: string
  readonly actual: string
  readonly isReached: boolean
}

const own: ReadonlySet<string> = new Set(['closures', 'neuronx', 'neuronx-indexed'])

type Rows = ReadonlyMap<string, RulesMeasurement>

/** The targets that these rows say something about. */
export function targetsOf(rows: Rows): readonly Target[] {
  const [linear, indexed, closures] = [rows.get('neuronx'), rows.get('neuronx-indexed'), rows.get('closures')]
  const wrapped = {
    linear: rows.get('neuronx, 10 % wrapped'),
    indexed: rows.get('neuronx-indexed, 10 % wrapped'),
  }
  const peers = [...rows].filter(([name]) => !own.has(name) && !name.startsWith('neuronx'))
  const best = peers.toSorted(([, a], [, b]) => a.usPerEvent - b.usPerEvent)[0]
  const targets: (Target | null)[] = [
    ...[
      { peer: 'marcbachmann-cel', factor: 2 },
      { peer: 'bufbuild-cel', factor: 25 },
    ].map(({ peer, factor }) =>
      atLeast(
        `one condition, times ${peer}`,
        factor,
        linear?.conditionsPerSecond,
        rows.get(peer)?.conditionsPerSecond,
      ),
    ),
    atLeast(`linear, times the best peer (${best?.[0] ?? ''})`, 5, best?.[1].usPerEvent, linear?.usPerEvent),
    atMost('linear, times closures written by hand', 8, linear?.usPerEvent, closures?.usPerEvent),
    atLeast(
      `indexed, times the best peer (${best?.[0] ?? ''})`,
      300,
      best?.[1].usPerEvent,
      indexed?.usPerEvent,
    ),
    atLeast(
      '10 % wrapped: indexed, times linear',
      2.5,
      wrapped.linear?.usPerEvent,
      wrapped.indexed?.usPerEvent,
    ),
    atMost('heap with the index, bytes a rule', 2_048, indexed?.heapBytesPerRule, 1),
    atMost('compiled and indexed, CPU ms', 1_000, indexed?.compileMs, 1),
  ]
  return targets.filter((target) => target !== null)
}

function atLeast(what: string, wanted: number, a: number | undefined, b: number | undefined): Target | null {
  if (a === undefined || b === undefined) return null
  return { what, wanted: `>= ${wanted}`, actual: shown(a / b), isReached: a / b >= wanted }
}

function atMost(what: string, wanted: number, a: number | undefined, b: number | undefined): Target | null {
  if (a === undefined || b === undefined) return null
  return { what, wanted: `<= ${wanted}`, actual: shown(a / b), isReached: a / b <= wanted }
}

function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
