import { cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { errorText, NxError } from '../../../kernel/errors.ts'
import { scopeName } from '../../documents/document.ts'
import type { DocumentKind } from '../../documents/document-kind.ts'
import { defaultDocumentLimits } from '../../documents/document-limits.ts'
import type { Finding } from '../../documents/finding.ts'
import type { ValidationReport } from '../validate-directory.ts'
import { validateDirectory } from '../validate-directory.ts'
import { fileEdits } from './file-edits.ts'
import { applyEdits } from './text-edit.ts'
import { unifiedDiff } from './unified-diff.ts'

/** A file that `--fix` changes. */
export interface FixedFile {
  /** As findings name it. */
  readonly file: string
  readonly diff: string
  readonly after: string
}

/** Rounds of fixing and looking again: one fix may uncover the next. */
const roundsMax = 8

/**
 * Works out the safe fixes of a directory's findings, on a copy, until nothing changes. Every round has to leave fewer findings, else it is
 * dropped. Changes nothing; `writeFixes` does. Throws as `validateDirectory` does.
 */
export async function planFixes(
  directory: string,
  kinds: readonly DocumentKind[],
): Promise<readonly FixedFile[]> {
  const report = await validateDirectory(directory, kinds)
  if (report.findings.length === 0) return []
  const copy = await mkdtemp(join(tmpdir(), 'neuronx-fix-'))
  try {
    await copyFiles(directory, copy, report)
    const changed = await fixCopy(copy, kinds)
    const fixed = await Promise.all(
      [...changed].sort().map(async (path) => {
        const file = join(directory, path)
        const [before, after] = await Promise.all([
          readFile(file, 'utf8'),
          readFile(join(copy, path), 'utf8'),
        ])
        return { file, after, diff: unifiedDiff(file, before, after) }
      }),
    )
    return fixed.filter(({ diff }) => diff !== '')
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function copyFiles(directory: string, copy: string, report: ValidationReport): Promise<void> {
  for (const { scope } of report.scopes) await mkdir(join(copy, scopeName(scope)), { recursive: true })
  for (const file of report.files) {
    const target = join(copy, relative(directory, file))
    await mkdir(dirname(target), { recursive: true })
    await cp(await realpath(file), target)
  }
}

/** Fixes in place, round by round; returns the files that changed, relative to `root`. */
async function fixCopy(root: string, kinds: readonly DocumentKind[]): Promise<ReadonlySet<string>> {
  const changed = new Set<string>()
  let report = await validateDirectory(root, kinds)
  for (let round = 0; round < roundsMax; round += 1) {
    const edited = await editedTexts(report)
    if (edited.size === 0) break
    for (const [file, { after }] of edited) await writeFile(file, after)
    const next = await validateDirectory(root, kinds)
    if (next.findings.length >= report.findings.length) {
      for (const [file, { before }] of edited) await writeFile(file, before)
      break
    }
    for (const file of edited.keys()) changed.add(relative(root, file))
    report = next
  }
  return changed
}

async function editedTexts(
  report: ValidationReport,
): Promise<ReadonlyMap<string, { readonly before: string; readonly after: string }>> {
  const duplicates = identicalDuplicates(report)
  const edited = new Map<string, { before: string; after: string }>()
  const known = new Set(report.files)
  for (const [file, findings] of Map.groupBy(report.findings, (finding) => finding.file)) {
    if (!known.has(file)) continue
    const bytes = await readFile(file)
    const before = bytes.toString('utf8')
    // A byte order mark would shift every offset, and bytes that are no text would not survive.
    if (before.startsWith('\uFEFF') || !Buffer.from(before).equals(bytes)) continue
    const after = applyEdits(before, fileEdits(before, findings, duplicates, defaultDocumentLimits))
    if (after !== before) edited.set(file, { before, after })
  }
  return edited
}

/** Findings of documents that stand twice in one scope, the same to the last value. */
function identicalDuplicates({ findings, documents }: ValidationReport): ReadonlySet<Finding> {
  const duplicates = findings.filter(({ code }) => code === 'NX-CONFIG-DUPLICATE')
  if (duplicates.length === 0) return new Set()
  const copies = Map.groupBy(
    documents,
    ({ scope, kind, name, digest }) => `${scopeName(scope)} ${kind} ${name} ${digest}`,
  )
  const places = new Set(
    [...copies.values()]
      .filter((group) => group.length > 1)
      .flatMap((group) => group.map((document) => placeText(document.locate(['name'])))),
  )
  return new Set(duplicates.filter((finding) => places.has(placeText(finding))))
}

function placeText({ file, line, column }: Pick<Finding, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`
}

/** Writes planned fixes: each file whole or not at all. Throws NX-CONFIG-FIX-WRITE (io). */
export async function writeFixes(files: readonly FixedFile[]): Promise<void> {
  for (const { file, after } of files) {
    const target = await realpath(file)
    const draft = `${target}.neuronx-fix`
    try {
      const { mode } = await stat(target)
      await writeFile(draft, after, { mode, flush: true })
      await rename(draft, target)
    } catch (error) {
      await rm(draft, { force: true })
      throw new NxError('io', 'NX-CONFIG-FIX-WRITE', `'${file}' could not be written`, {
        detail: errorText(error),
        where: { file },
        fix: 'Check its permissions and run it again: files before it were written whole.',
        cause: error,
      })
    }
  }
}
