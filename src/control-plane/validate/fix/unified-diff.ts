/** Lines of context around a change. */
const contextLines = 3

interface LineRun {
  readonly kind: ' ' | '-' | '+'
  readonly text: string
}

/** The difference of two texts as `diff -u` shows it; empty when there is none. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return ''
  const isEnded = before.endsWith('\n') && after.endsWith('\n')
  const linesOf = (text: string): readonly string[] => (isEnded ? text.slice(0, -1) : text).split('\n')
  const runs = lineRuns(linesOf(before), linesOf(after))
  const name = file.replace(/^\/+/, '')
  return [`--- a/${name}`, `+++ b/${name}`, ...hunks(runs)].join('\n')
}

/** The lines of both texts in order; those of a shortest edit script that differ are marked (Myers' greedy algorithm). */
function lineRuns(a: readonly string[], b: readonly string[]): readonly LineRun[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const same = (lines: readonly string[]): readonly LineRun[] => lines.map((text) => ({ kind: ' ', text }))
  return [
    ...same(a.slice(0, start)),
    ...editScript(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(end === 0 ? [] : a.slice(-end)),
  ]
}

function editScript(a: readonly string[], b: readonly string[]): readonly LineRun[] {
  const trace: Map<number, number>[] = []
  let reached = new Map<number, number>([[1, 0]])
  for (let edits = 0; edits <= a.length + b.length; edits += 1) {
    trace.push(new Map(reached))
    const next = new Map(reached)
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = firstOf(next, diagonal, edits)
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1
      next.set(diagonal, x)
      if (x >= a.length && x - diagonal >= b.length) return walkBack(trace, a, b)
    }
    reached = next
  }
  return []
}

function firstOf(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  const isInsertion =
    diagonal === -edits ||
    (diagonal !== edits && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1))
  return isInsertion ? (reached.get(diagonal + 1) ?? 0) : (reached.get(diagonal - 1) ?? 0) + 1
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  a: readonly string[],
  b: readonly string[],
): readonly LineRun[] {
  const runs: LineRun[] = []
  let [x, y] = [a.length, b.length]
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reached = trace[edits] as ReadonlyMap<number, number>
    const diagonal = x - y
    const isInsertion =
      diagonal === -edits ||
      (diagonal !== edits && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1))
    const from = isInsertion ? diagonal + 1 : diagonal - 1
    const fromX = edits === 0 ? 0 : (reached.get(from) ?? 0)
    const fromY = edits === 0 ? 0 : fromX - from
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      runs.push({ kind: ' ', text: a[x] ?? '' })
    }
    if (edits > 0)
      runs.push(isInsertion ? { kind: '+', text: b[fromY] ?? '' } : { kind: '-', text: a[fromX] ?? '' })
    ;[x, y] = [fromX, fromY]
  }
  return runs.reverse()
}

function* hunks(runs: readonly LineRun[]): Generator<string> {
  const changes = runs.flatMap(({ kind }, index) => (kind === ' ' ? [] : [index]))
  let [oldLine, newLine, at] = [1, 1, 0]
  for (let first = 0; first < changes.length;) {
    let last = first
    while ((changes[last + 1] ?? Number.POSITIVE_INFINITY) - (changes[last] ?? 0) <= 2 * contextLines)
      last += 1
    const from = Math.max(0, (changes[first] ?? 0) - contextLines)
    const to = Math.min(runs.length, (changes[last] ?? 0) + contextLines + 1)
    // Between hunks all lines are in both texts.
    ;[oldLine, newLine] = [oldLine + from - at, newLine + from - at]
    const shown = runs.slice(from, to)
    const [olds, news] = [shown.filter(({ kind }) => kind !== '+'), shown.filter(({ kind }) => kind !== '-')]
    yield `@@ -${oldLine},${olds.length} +${newLine},${news.length} @@`
    for (const { kind, text } of shown) yield `${kind}${text}`
    ;[oldLine, newLine, at] = [oldLine + olds.length, newLine + news.length, to]
    first = last + 1
  }
}
