import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * A text that tells one process from every other that had or will have its number: when it started, and in which boot.
 * null when no such process runs (a zombie counts as gone).
 */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
    if (stat === null) return null
    // The command name in parentheses may hold anything: fields are counted behind its end (state is field 3).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    return `${boot.trim()}/${fields[19]}`
  }
  const listed = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null)
  const started = listed?.stdout.trim() ?? ''
  return started === '' ? null : started
}

/** What a process was started with, its working directory included; for recognising our own. null when it is gone or unreadable. */
export async function processTraits(pid: number): Promise<{ command: string; cwd: string | null } | null> {
  if ((await processIdentity(pid)) === null) return null
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null)
    return { command: command.replaceAll('\0', ' ').trim(), cwd }
  }
  const listed = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => null)
  return listed === null ? null : { command: listed.stdout.trim(), cwd: null }
}
