import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOfParts } from '../../kernel/digest.ts'
import { findFiles } from '../directory/find-files.ts'
import { scopeOfPath } from '../directory/scope-of-path.ts'
import { defaultDocumentLimits } from '../documents/document-limits.ts'
import { gitSource } from '../revisions/git-source.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import { sourceMoving } from './source-errors.ts'
import type { SourceCheckout, SourceHead, SourceReader } from './source-reader.ts'

/** A directory that differs from what was seen must stand still for so long before it is taken, milliseconds. */
const settleMsDefault = 1_000

/** Follows a directory on this machine. Its version is a fingerprint over its files' names, sizes and times. */
export class DirectorySource implements SourceReader {
  readonly #directory: string
  readonly #settleMs: number

  constructor(directory: string, settleMs = settleMsDefault) {
    this.#directory = directory
    this.#settleMs = settleMs
  }

  async look(seen: string | null, signal: AbortSignal): Promise<SourceHead> {
    const version = await this.#fingerprint()
    if (version !== seen) {
      await sleep(this.#settleMs, undefined, { signal })
      if ((await this.#fingerprint()) !== version) throw sourceMoving(this.#directory)
    }
    return { version, name: 'the directory', subject: null, rewritten: false }
  }

  async open({ version }: SourceHead): Promise<SourceCheckout> {
    const directory = this.#directory
    return {
      directory,
      shownAs: directory,
      source: await gitSource(directory),
      isCurrent: async () => (await this.#fingerprint()) === version,
      [Symbol.asyncDispose]: async () => Promise.resolve(),
    }
  }

  async #fingerprint(): Promise<string> {
    try {
      const enters = (path: string): boolean =>
        scopeOfPath(`${path.split('/')[0]}/x/x.yaml`).state !== 'elsewhere'
      const found = await findFiles(this.#directory, defaultDocumentLimits, enters)
      const parts: string[] = [...found.folders, ...found.refused.map(({ path, code }) => `${path} ${code}`)]
      for (const { path, bytes } of found.files) {
        // What goes away meanwhile makes it another version.
        const times = await stat(join(this.#directory, path)).catch(() => null)
        parts.push(path, String(bytes), String(times?.mtimeMs ?? 'gone'))
      }
      return digestOfParts(parts)
    } catch (error) {
      throw new NxError('not_found', 'NX-SOURCE-DIRECTORY', 'The directory cannot be read', {
        detail: errorText(error),
        fix: 'Check that it is there and that the daemon may read it.',
      })
    }
  }
}
