import { readFile } from 'node:fs/promises'
import { defaultDocumentLimits } from '../../control-plane/documents/document-limits.ts'
import { locateNode, offsetOf } from '../../control-plane/documents/yaml/locate-node.ts'
import { parseYaml } from '../../control-plane/documents/yaml/parse-yaml.ts'
import { removeItems, replaceValue } from '../../control-plane/documents/yaml/replace-value.ts'
import type { FixedFile } from '../../control-plane/validate/fix/fix-directory.ts'
import { applyEdits } from '../../control-plane/validate/fix/text-edit.ts'
import type { TextEdit } from '../../control-plane/validate/fix/text-edit.ts'
import { unifiedDiff } from '../../control-plane/validate/fix/unified-diff.ts'
import { canonicalJson } from '../../kernel/json.ts'
import type { TestCaseResult } from '../../sales-core/testing/run-tests.ts'
import type { ExpectationUpdate } from '../../sales-core/testing/test-failure.ts'
import { positionOf } from './describe-failure.ts'

/** What `--update` would write. */
export interface PlannedUpdate {
  readonly files: readonly FixedFile[]
  /** Expectations that get their actual value. */
  readonly updated: number
  /** Failures that only a person can settle: matchers, effects that are missing, values shared by rows. */
  readonly left: number
}

interface PlacedUpdate {
  readonly result: TestCaseResult
  readonly update: ExpectationUpdate
}

/** Works out the files in which failed expectations say what really came; comments and everything else stay. Writes nothing. */
export async function planUpdate(cases: readonly TestCaseResult[]): Promise<PlannedUpdate> {
  const placed = cases.flatMap((result) =>
    result.failures.flatMap(({ updates }) => updates.map((update) => ({ result, update }))),
  )
  const byFile = Map.groupBy(placed, ({ result }) => positionOf(result.document, result.path).file)
  const files: FixedFile[] = []
  let updated = 0
  for (const [file, updates] of [...byFile].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const before = await readFile(file, 'utf8')
    const edits = editsOf(before, updates)
    updated += edits.length
    const after = applyEdits(before, edits)
    const diff = unifiedDiff(file, before, after)
    if (diff !== '') files.push({ file, after, diff })
  }
  const failures = cases.reduce((sum, { failures: found }) => sum + found.length, 0)
  const settled = cases.reduce(
    (sum, result) => sum + result.failures.filter(({ updates }) => updates.length > 0).length,
    0,
  )
  return { files, updated, left: failures - settled }
}

function editsOf(text: string, updates: readonly PlacedUpdate[]): readonly TextEdit[] {
  const { trees, positionOf: place } = parseYaml(text, defaultDocumentLimits)
  const edits = new Map<string, TextEdit | null>()
  const removals = new Map<
    string,
    {
      readonly tree: (typeof trees)[number]
      readonly path: readonly (string | number)[]
      readonly indexes: Set<number>
    }
  >()
  for (const { result, update } of updates) {
    const path = [...result.path, ...update.path]
    const wanted = positionOf(result.document, path)
    // An overlay's path is that of the merged document: only where both lead to the same place is it written.
    const tree = trees.find(({ tree: candidate }) => {
      const located = locateNode(candidate, path)
      const at = place(offsetOf(located, false))
      return located.exact && at.line === wanted.line && at.column === wanted.column
    })
    if (tree === undefined) continue
    const index = trees.indexOf(tree)
    if (!('remove' in update)) {
      edits.set(canonicalJson([index, ...path]), replaceValue(tree.tree, path, update.value))
      continue
    }
    const list = path.slice(0, -1)
    const key = canonicalJson([index, ...list])
    const removal = removals.get(key) ?? { tree, path: list, indexes: new Set<number>() }
    removal.indexes.add(Number(path.at(-1)))
    removals.set(key, removal)
  }
  for (const [key, { tree, path, indexes }] of removals) edits.set(key, removeItems(tree.tree, path, indexes))
  return [...edits.values()].filter((edit) => edit !== null)
}
