import type { ConfigDifference } from '../../app/plan/diff-config.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'

type PlannedDocument = ConfigDifference['documents'][number]
type PlannedLeaf = PlannedDocument['leaves'][number]
type RawChange = ConfigDifference['raw'][number]['changes'][number]
type Themed = Pick<Output, 'theme'>

/** Characters of a value that are shown; `--json` has all of them. */
const valueMax = 80

/** Changes by scope and document: `+ - ~`, `file:line`, old -> new, and in how many workspaces it is so. */
export function renderDocuments(documents: readonly PlannedDocument[], output: Themed): string {
  const { strong } = output.theme
  return [...Map.groupBy(documents, ({ scope }) => scope)]
    .map(([scope, own]) => [strong(scope), ...own.flatMap((one) => documentLines(one, output))].join('\n'))
    .join('\n\n')
}

function documentLines(document: PlannedDocument, output: Themed): readonly string[] {
  const { kind, name, change, previousName, place, leaves } = document
  const { faint } = output.theme
  const was = previousName === undefined ? '' : ` (was ${previousName})`
  const text = `${markOf(change, output)} ${kind}/${plainLine(name)}${plainLine(was)}`
  const even = leaves.length > 0 && leaves.every((leaf) => leaf.effective === document.effective)
  const fanOut = leaves.length === 0 || even ? `  ${fanOutText(document, output)}` : ''
  return [
    `  ${text}  ${faint(plainLine(place))}${fanOut}`,
    ...leaves.map((leaf) => `      ${leafLine(leaf, even ? '' : `  ${leafFanOut(leaf, output)}`, output)}`),
  ]
}

function leafLine(
  { path, change, before, after, place }: Omit<PlannedLeaf, 'effective' | 'total' | 'workspaces'>,
  end: string,
  output: Themed,
): string {
  const at = output.theme.faint(plainLine(place))
  return `${markOf(change, output)} ${plainLine(path)}  ${valuesText(change, before, after)}  ${at}${end}`
}

function valuesText(change: PlannedLeaf['change'], before: unknown, after: unknown): string {
  switch (change) {
    case 'added':
      return valueText(after)
    case 'removed':
      return valueText(before)
    case 'renamed':
      return `renamed from ${valueText(before)}`
    case 'reordered':
      return `order: ${valueText(before)} -> ${valueText(after)}`
    case 'changed':
      return `${valueText(before)} -> ${valueText(after)}`
  }
}

function valueText(value: unknown): string {
  const text = plainLine(JSON.stringify(value) ?? '')
  return text.length > valueMax ? `${text.slice(0, valueMax)}…` : text
}

function leafFanOut(leaf: PlannedLeaf, output: Themed): string {
  return leaf.guard === true ? output.theme.faint('binds lower scopes') : fanOutText(leaf, output)
}

/** `effective in 37 of 42 workspaces; 5 override it`. */
export function fanOutText(
  { effective, total, workspaces }: Pick<PlannedLeaf, 'effective' | 'total' | 'workspaces'>,
  { theme }: Themed,
): string {
  if (total === 0) return theme.faint('no workspace sees it yet')
  if (total === 1 && effective === 1) return theme.faint(`effective in ${plainLine(workspaces[0] ?? '')}`)
  const rest = total - effective
  if (effective === 0) return theme.warn(`effective nowhere: all ${total} workspaces below override it`)
  const text = `effective in ${effective} of ${total} workspaces`
  return rest === 0 ? theme.faint(text) : theme.warn(`${text}; ${rest} override it`)
}

/** Differences of documents as they are written, one line each. */
export function renderRawChanges(changes: readonly RawChange[], output: Themed): string {
  const byDocument = Map.groupBy(changes, ({ kind, name }) => `${kind}/${name}`)
  return [...byDocument]
    .flatMap(([document, own]) =>
      own.map(({ path, change, before, after, place }) => {
        if (path === null)
          return `  ${markOf(change, output)} ${plainLine(document)}  ${output.theme.faint(plainLine(place))}`
        const leaf = { path: `${document}.${path}`, change, place, before, after } as PlannedLeaf
        return `  ${leafLine(leaf, '', output)}`
      }),
    )
    .join('\n')
}

function markOf(change: PlannedLeaf['change'], { theme }: Themed): string {
  if (change === 'added') return theme.good('+')
  return change === 'removed' ? theme.bad('-') : theme.warn('~')
}
