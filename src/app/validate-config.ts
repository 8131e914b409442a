import type { Finding } from '../control-plane/documents/finding.ts'
import { gitSource } from '../control-plane/revisions/git-source.ts'
import type { FixedFile } from '../control-plane/validate/fix/fix-directory.ts'
import { planFixes, writeFixes } from '../control-plane/validate/fix/fix-directory.ts'
import { validateDirectory } from '../control-plane/validate/validate-directory.ts'
import { systemClock } from '../kernel/clock.ts'
import { documentKinds } from './kinds.ts'

export interface ConfigReport {
  /** Sorted by file, line and column. */
  readonly findings: readonly Finding[]
  readonly documents: number
  /** The files that were read, as findings name them. */
  readonly files: readonly string[]
  /** How long it took. */
  readonly ms: number
}

/** Checks a configuration directory, offline; all findings at once. Throws only when it cannot be read. */
export async function validateConfig(directory: string): Promise<ConfigReport> {
  const startMs = systemClock.monotonicMs()
  const { findings, documents, files } = await validateDirectory(directory, documentKinds)
  return { findings, documents: documents.length, files, ms: Math.round(systemClock.monotonicMs() - startMs) }
}

/**
 * Makes the safe fixes of a directory's findings, or with `dryRun` says what they would be. `wasDirty`: there were changes that git did
 * not hold yet. Throws when the directory cannot be read or a file cannot be written (NX-CONFIG-FIX-WRITE).
 */
export async function fixConfig(
  directory: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<{ readonly files: readonly FixedFile[]; readonly wasDirty: boolean }> {
  const files = await planFixes(directory, documentKinds)
  if (dryRun || files.length === 0) return { files, wasDirty: false }
  const { commit } = await gitSource(directory)
  await writeFixes(files)
  return { files, wasDirty: commit?.endsWith('-dirty') ?? false }
}
