import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { defaultDocumentLimits } from '../../control-plane/documents/document-limits.ts'
import type { Finding } from '../../control-plane/documents/finding.ts'
import { ConfigurationInvalid } from '../../control-plane/validate/configuration-invalid.ts'
import { NxError } from '../../kernel/errors.ts'
import type { GitMirror } from './git-mirror.ts'
import type { TreeEntry } from './git-tree.ts'
import { chooseEntries, isRead, parseTree } from './git-tree.ts'
import { GitFailed, tooLarge } from './run-git.ts'

/** A listing of that many bytes is some hundred thousand files. */
const listingBytesMax = 64 * 1024 * 1024
/** Read from git at once. */
const batchBytes = 8 * 1024 * 1024
const batchFiles = 500
const linkBytesMax = 4_096
const prefix = 'checkout-'

/**
 * Writes the configuration files of a commit into a new folder below `folder`, byte by byte as they were committed: no filters, no
 * hooks, no attributes. Throws NX-CONFIG-INVALID (links and submodules that leave the repository), NX-SOURCE-PATH, NX-SOURCE-TOO-LARGE.
 */
export async function checkOut(
  mirror: GitMirror,
  { commit, path, folder }: { readonly commit: string; readonly path: string; readonly folder: string },
): Promise<string> {
  const entries = await listTree(mirror, commit, path)
  const links = entries.filter((entry) => isShortLink(entry) && isRead(entry.path))
  const targets = new Map(
    (await readBlobs(mirror, links)).map(({ entry, content }) => [entry.object, content.toString('utf8')]),
  )
  const chosen = chooseEntries(entries, defaultDocumentLimits.fileBytesMax, (object) => targets.get(object))
  const shown = path === '.' ? '' : `${path}/`
  if (chosen.findings.length > 0)
    throw new ConfigurationInvalid(
      chosen.findings.map((finding) => ({ ...finding, file: `${shown}${finding.file}` })),
    )
  const bytes = chosen.files.reduce((sum, entry) => sum + entry.bytes, 0)
  const { filesMax, totalBytesMax } = defaultDocumentLimits
  if (chosen.files.length > filesMax || bytes > totalBytesMax)
    throw tooLarge(`The configuration has ${chosen.files.length} files with ${bytes} bytes`)
  const directory = await mkdtemp(join(folder, prefix))
  const put = async (path: string, write: (file: string) => Promise<void>): Promise<void> => {
    const file = join(directory, path)
    try {
      await mkdir(dirname(file), { recursive: true })
      await write(file)
    } catch (error) {
      throw namedWrongly(error) ? new ConfigurationInvalid([unwritable(`${shown}${path}`, error)]) : error
    }
  }
  try {
    for (const batch of batches(chosen.files))
      for (const { entry, content } of await readBlobs(mirror, batch))
        await put(entry.path, async (file) => writeFile(file, content, { flag: 'wx', mode: 0o600 }))
    // After the files, so that none is written through a link.
    for (const { path: link, object } of chosen.links)
      await put(link, async (file) => symlink(targets.get(object) ?? '', file))
    return directory
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** What a commit may hold and a file system does not: a name that is too long, one that is taken by another of other case. */
const namingErrors: ReadonlySet<unknown> = new Set([
  'ENAMETOOLONG',
  'EEXIST',
  'EILSEQ',
  'EINVAL',
  'ENOTDIR',
  'EISDIR',
])

function namedWrongly(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && namingErrors.has(error.code)
}

function unwritable(file: string, { code }: { readonly code: string }): Finding {
  const message = `A file may not be called so here (${code})`
  const fix = 'Rename it: shorter, and different from all others in more than upper and lower case.'
  return { severity: 'error', code: 'NX-SOURCE-NAME', message, fix, file, line: 1, column: 1, path: '' }
}

/** Removes what a process that died left behind. */
export async function removeCheckouts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true })
}

async function listTree(mirror: GitMirror, commit: string, path: string): Promise<readonly TreeEntry[]> {
  const tree = path === '.' ? `${commit}^{tree}` : `${commit}:${path}`
  const type = await mirror.local(['cat-file', '-t', tree], 256).catch((error: unknown) => {
    if (error instanceof GitFailed && path !== '.') return null
    throw error
  })
  if (type?.toString('utf8').trim() === 'tree')
    return parseTree(await mirror.local(['ls-tree', '-r', '-z', '-l', '--full-tree', tree], listingBytesMax))
  throw new NxError('not_found', 'NX-SOURCE-PATH', `The repository has no folder '${path}'`, {
    detail: `in commit ${commit.slice(0, 12)}`,
    fix: 'Correct path of the source in the settings of the daemons, or put the configuration there.',
  })
}

function isShortLink({ mode, bytes }: TreeEntry): boolean {
  return mode === '120000' && bytes <= linkBytesMax
}

function* batches(entries: readonly TreeEntry[]): Generator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (batch.length === batchFiles || (batch.length > 0 && bytes + entry.bytes > batchBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.bytes
  }
  if (batch.length > 0) yield batch
}

async function readBlobs(
  mirror: GitMirror,
  entries: readonly TreeEntry[],
): Promise<readonly { readonly entry: TreeEntry; readonly content: Buffer }[]> {
  if (entries.length === 0) return []
  const bytesMax = entries.reduce((sum, { bytes }) => sum + bytes + 256, 0)
  const input = `${entries.map(({ object }) => object).join('\n')}\n`
  const output = await mirror.local(['cat-file', '--batch'], bytesMax, input)
  let at = 0
  return entries.map((entry) => {
    const end = output.indexOf(10, at)
    const [object, type, size] = output.toString('utf8', at, end).split(' ')
    const bytes = Number(size)
    if (end < 0 || object !== entry.object || type !== 'blob' || bytes !== entry.bytes)
      throw new GitFailed(null, `object ${entry.object.slice(0, 12)} of the clone cannot be read`)
    const content = output.subarray(end + 1, end + 1 + bytes)
    at = end + 1 + bytes + 1
    return { entry, content }
  })
}
