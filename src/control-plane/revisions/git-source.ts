import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { RevisionSource } from './revision-store.ts'

const run = promisify(execFile)

const gitTimeoutMs = 5_000
const gitOutputBytesMax = 1024 * 1024

/**
 * Where a directory's content comes from, as git tells it: the `origin` without credentials, the commit (`-dirty` when files below
 * the directory differ from it), and the commit's author. All null without git, outside a repository, or before a first commit.
 */
export async function gitSource(directory: string): Promise<RevisionSource> {
  const commit = await git(directory, 'rev-parse', 'HEAD')
  const absolute = resolve(directory)
  if (commit === null) return { directory: absolute, repository: null, commit: null, author: null }
  const [origin, changes, author] = await Promise.all([
    git(directory, 'remote', 'get-url', 'origin'),
    git(directory, 'status', '--porcelain', '--untracked-files=normal', '--', '.'),
    git(directory, 'log', '-1', '--format=%an <%ae>'),
  ])
  return {
    directory: absolute,
    repository: origin === null ? null : withoutCredentials(origin),
    commit: changes === '' ? commit : `${commit}-dirty`,
    author,
  }
}

/** Is a commit part of the history that leads to what a directory has checked out? Null: it is no repository, or git is missing. */
export async function hasCommit(directory: string, commit: string): Promise<boolean | null> {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return false
  if ((await git(directory, 'rev-parse', 'HEAD')) === null) return null
  return (await git(directory, 'merge-base', '--is-ancestor', commit, 'HEAD')) !== null
}

/** The trimmed output of a git command; null when git is missing, fails or takes too long. A repository's own programs are not run. */
async function git(directory: string, ...words: readonly string[]): Promise<string | null> {
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
  try {
    const { stdout } = await run('git', ['-C', directory, ...safe, ...words], {
      timeout: gitTimeoutMs,
      maxBuffer: gitOutputBytesMax,
    })
    return stdout.trim()
  } catch {
    return null
  }
}

/** `https://user:token@host/path` keeps no user and no token; `git@host:path` carries none. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
