import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NxError } from '../../kernel/errors.ts'
import type { SourceHead } from '../../control-plane/sources/source-reader.ts'
import type { GitAccess } from './git-access.ts'
import type { GitVariables } from './git-environment.ts'
import { gitEnvironment } from './git-environment.ts'
import { GitFailed, runGit, tooLarge } from './run-git.ts'

export interface GitMirrorOptions {
  readonly access: GitAccess
  readonly branch: string
  /** A folder of this source's own; made when it is not there. */
  readonly folder: string
  /** What git is passed of the process's environment. */
  readonly passed: GitVariables
  /** Of one call to the repository, milliseconds. */
  readonly timeoutMs: number
  /** What the clone may take on disk. */
  readonly bytesMax: number
}

/** Packs are put together above. */
const packsMax = 30
const watchMs = 250
const localTimeoutMs = 60_000
const ref = 'refs/neuronx/head'

/** A private bare clone of one branch. Damage is repaired by making it anew: nothing in it is anybody's only copy. */
export class GitMirror {
  readonly gitDir: string
  readonly #options: GitMirrorOptions

  constructor(options: GitMirrorOptions) {
    this.#options = options
    this.gitDir = join(options.folder, 'mirror.git')
  }

  /** The branch's commit, fetched. Throws NX-SOURCE-BRANCH, NX-SOURCE-UNREACHABLE and what `runGit` throws. */
  async update(seen: string | null, signal: AbortSignal): Promise<SourceHead> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 })
    const remote = await this.#remoteHead(signal)
    if (!(await this.#holds(remote))) await this.#fetch(signal)
    const version = await this.#text(['rev-parse', '--verify', `${ref}^{commit}`])
    // Padded and cut by git: how much somebody wrote must not keep the commit out.
    const subject = await this.#text(['log', '-1', '--format=%<(200,trunc)%s', version])
    return {
      version,
      name: `commit ${version.slice(0, 12)}`,
      subject: subject === '' ? null : subject.slice(0, 200),
      rewritten: seen !== null && seen !== version && !(await this.#isAncestor(seen, version)),
    }
  }

  /** Runs git on the clone alone. */
  async local(words: readonly string[], outputBytesMax: number, input?: string): Promise<Buffer> {
    const { access, passed } = this.#options
    const variables = await gitEnvironment({ ...access, basic: null, tokenFile: null }, passed)
    return await runGit({
      ...{ gitDir: this.gitDir, words, variables, outputBytesMax, timeoutMs: localTimeoutMs },
      ...(input === undefined ? {} : { input }),
    })
  }

  /** Throws the clone away: the next look makes it anew. */
  async discard(): Promise<void> {
    await rm(this.gitDir, { recursive: true, force: true })
  }

  async #remoteHead(signal: AbortSignal): Promise<string> {
    const { branch, access } = this.#options
    const wanted = `refs/heads/${branch}`
    try {
      const words = ['ls-remote', '--exit-code', '--', access.location, wanted]
      const lines = (await this.#remote(words, signal)).toString('utf8').split('\n')
      const line = lines.find((one) => one.endsWith(`\t${wanted}`))
      const commit = line?.split('\t')[0]
      if (commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit)) return commit
      throw this.#noBranch()
    } catch (error) {
      if (!(error instanceof GitFailed)) throw error
      if (error.exit === 2) throw this.#noBranch()
      throw this.#unreachable(error)
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    await this.#tidy()
    try {
      await this.#fetchOnce(signal)
    } catch (error) {
      if (!(error instanceof GitFailed)) throw error
      // It answered a moment ago: what a killed fetch left behind, or a damaged disk, may stand in the way.
      await this.discard()
      await this.#fetchOnce(signal).catch((again: unknown) => {
        throw again instanceof GitFailed ? this.#unreachable(again) : again
      })
    }
  }

  async #fetchOnce(signal: AbortSignal): Promise<void> {
    const { branch, access, bytesMax } = this.#options
    const exists = await stat(join(this.gitDir, 'HEAD')).catch(() => null)
    if (exists === null) await this.local(['init', '--quiet', '--bare', '--template=', this.gitDir], 65_536)
    const full = new AbortController()
    const watch = setInterval(() => {
      void this.#bytes().then((bytes) => {
        if (bytes > bytesMax) full.abort(tooLarge(`The clone has grown above ${bytesMax} bytes`))
      })
    }, watchMs)
    const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
    const spec = `+refs/heads/${branch}:${ref}`
    const words = ['fetch', ...quiet, '--no-recurse-submodules', '--', access.location, spec]
    try {
      await this.#remote(words, AbortSignal.any([signal, full.signal]))
      if ((await this.#bytes()) > bytesMax) throw tooLarge(`The clone takes more than ${bytesMax} bytes`)
    } catch (error) {
      // What is too large must not fill the disk meanwhile.
      if (error instanceof NxError && error.code === 'NX-SOURCE-TOO-LARGE') await this.discard()
      throw error
    } finally {
      clearInterval(watch)
    }
  }

  async #remote(words: readonly string[], signal: AbortSignal): Promise<Buffer> {
    const { access, passed, timeoutMs } = this.#options
    const variables = await gitEnvironment(access, passed)
    const outputBytesMax = 1024 * 1024
    return await runGit({ gitDir: this.gitDir, words, variables, timeoutMs, outputBytesMax, signal })
  }

  /** Is it there, and what the branch points to? */
  async #holds(commit: string): Promise<boolean> {
    try {
      return (await this.#text(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])) === commit
    } catch (error) {
      if (error instanceof GitFailed) return false
      throw error
    }
  }

  async #isAncestor(older: string, newer: string): Promise<boolean> {
    if (!/^[0-9a-f]{40,64}$/.test(older)) return true
    try {
      await this.local(['merge-base', '--is-ancestor', older, newer], 4_096)
      return true
    } catch (error) {
      if (error instanceof GitFailed) return false
      throw error
    }
  }

  /** What killed calls left behind, and many small packs. */
  async #tidy(): Promise<void> {
    const folder = join(this.gitDir, 'objects', 'pack')
    const names = await readdir(folder).catch(() => [])
    for (const name of names) if (name.startsWith('tmp_')) await rm(join(folder, name), { force: true })
    if (names.filter((name) => name.endsWith('.pack')).length <= packsMax) return
    await this.local(['repack', '-a', '-d', '-q'], 65_536).catch(async () => this.discard())
  }

  async #bytes(): Promise<number> {
    const folder = join(this.gitDir, 'objects', 'pack')
    const names = await readdir(folder).catch(() => [])
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size ?? 0),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  async #text(words: readonly string[]): Promise<string> {
    return (await this.local(words, 65_536)).toString('utf8').trim()
  }

  #noBranch(): NxError {
    const { branch, access } = this.#options
    return new NxError('not_found', 'NX-SOURCE-BRANCH', `There is no branch '${branch}'`, {
      detail: `in ${access.location}`,
      fix: 'Push it again, or name another branch in the settings of the daemons (sources).',
    })
  }

  #unreachable(error: GitFailed): NxError {
    return new NxError('unreachable', 'NX-SOURCE-UNREACHABLE', 'The repository cannot be read', {
      detail: `${this.#options.access.location}: ${error.detail ?? ''}`,
      retryable: true,
      fix: 'Check that it is there, and what the daemon may do; the last good revision stays active.',
      cause: error,
    })
  }
}
