import { rm } from 'node:fs/promises'
import type { SourceCheckout, SourceHead, SourceReader } from '../../control-plane/sources/source-reader.ts'
import { checkOut, removeCheckouts } from './git-checkout.ts'
import { GitMirror } from './git-mirror.ts'
import type { GitMirrorOptions } from './git-mirror.ts'
import { GitFailed } from './run-git.ts'

export interface GitSourceOptions extends GitMirrorOptions {
  /** The configuration's folder in the repository; `.`: its root. */
  readonly path: string
}

/** Name and address on lines of their own, each padded and cut by git. */
const authorFormat = '--format=%<(150,trunc)%an%n%<(150,trunc)%ae'

/** Follows a branch of a repository with the git executable. */
export class GitSourceReader implements SourceReader {
  readonly #options: GitSourceOptions
  readonly #mirror: GitMirror

  constructor(options: GitSourceOptions) {
    this.#options = options
    this.#mirror = new GitMirror(options)
  }

  async look(seen: string | null, signal: AbortSignal): Promise<SourceHead> {
    await removeCheckouts(this.#options.folder)
    return await this.#mirror.update(seen, signal)
  }

  async open({ version }: SourceHead): Promise<SourceCheckout> {
    const { path, folder, access } = this.#options
    try {
      const directory = await checkOut(this.#mirror, { commit: version, path, folder })
      const author = await this.#mirror.local(['log', '-1', authorFormat, version], 65_536)
      return {
        directory,
        shownAs: path === '.' ? '' : path,
        source: {
          directory: path,
          repository: access.location,
          commit: version,
          author: author
            .toString('utf8')
            .trim()
            .replace(/ *\n *([^\n]*)$/, ' <$1>'),
        },
        isCurrent: async () => Promise.resolve(true),
        [Symbol.asyncDispose]: async () => rm(directory, { recursive: true, force: true }),
      }
    } catch (error) {
      // A clone that cannot be read is made anew at the next look.
      if (error instanceof GitFailed) await this.#mirror.discard()
      throw error
    }
  }
}
