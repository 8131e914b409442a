import { link, mkdir, readFile, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { processIdentity } from './process-identity.ts'

export interface ProcessLock {
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  readonly identity: string
}

/** A take-over lasts a few file operations: one older than this died in the middle of it. */
const takeoverMsMax = 10_000

/**
 * Holds `path` for this process until `release`. A lock whose process is gone, or whose number now belongs to another
 * process, is taken over. Throws NX-DATA-DIR-IN-USE (conflict), naming the process, when a living one holds it.
 */
export async function acquireProcessLock(path: string): Promise<ProcessLock> {
  const mine: Holder = { pid: process.pid, identity: (await processIdentity(process.pid)) ?? '' }
  const text = JSON.stringify(mine)
  for (let attempt = 0; attempt < 50; attempt++) {
    if (await createWhole(path, text)) return { release: async () => releaseLock(path, text) }
    const found = await readFile(path, 'utf8').catch(() => null)
    if (found === null) continue
    const holder = parseHolder(found)
    if (holder !== null && (await processIdentity(holder.pid)) === holder.identity) throw inUse(path, holder)
    await removeStale(path, found)
  }
  throw new NxError('unavailable', 'NX-DATA-DIR-BUSY', 'The data directory could not be locked', {
    where: { file: path },
    fix: 'Several processes are starting on it at once. Start one, or give each its own data directory.',
    retryable: true,
  })
}

/** The file appears with its whole content or not at all: `link` fails when the name is taken. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${newId()}`
  await writeFile(draft, text, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Only one process at a time may remove a stale lock, and only while it still reads as it did when it was found stale. */
async function removeStale(path: string, found: string): Promise<void> {
  const mutex = `${path}.takeover`
  try {
    await mkdir(mutex, { mode: 0o700 })
  } catch {
    const age = await stat(mutex).then(
      (info) => systemClock.now().getTime() - info.mtimeMs,
      () => 0,
    )
    if (age > takeoverMsMax) await rmdir(mutex).catch(() => undefined)
    await sleep(20)
    return
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => null)) === found) await unlink(path)
  } finally {
    await rmdir(mutex).catch(() => undefined)
  }
}

async function releaseLock(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) await rm(path, { force: true })
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value))
      return null
    return typeof value.pid === 'number' && typeof value.identity === 'string'
      ? { pid: value.pid, identity: value.identity }
      : null
  } catch {
    return null
  }
}

function inUse(path: string, holder: Holder): NxError {
  return new NxError('conflict', 'NX-DATA-DIR-IN-USE', 'Another process uses this data directory', {
    detail: `Process ${holder.pid} holds it.`,
    where: { file: path },
    fix: `Stop process ${holder.pid}, or choose another directory with --data-dir.`,
  })
}
