import { execFile } from 'node:child_process'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { NxError } from '../../../src/kernel/errors.ts'

const run = promisify(execFile)

interface ProcessTimes {
  readonly parent: number
  /** Own time and that of children which ended and were waited for, clock ticks. */
  readonly ticks: number
}

/** CPU seconds of a process and everything below it, since they started; children that have ended count too. */
export async function cpuSeconds(root: number): Promise<number> {
  const processes = await allProcesses()
  const children = Map.groupBy(processes, ([, { parent }]) => parent)
  const waiting = [root]
  let ticks = 0
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    ticks += processes.get(pid)?.ticks ?? 0
    waiting.push(...(children.get(pid) ?? []).map(([child]) => child))
  }
  return ticks / (await ticksPerSecond())
}

/** The most memory that a process had resident since `resetPeakMemory` (or its start), MiB. */
export async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** Makes the present resident memory the peak. */
export async function resetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

async function allProcesses(): Promise<Map<number, ProcessTimes>> {
  const names = await readdir('/proc').catch(() => {
    throw new NxError('configuration', 'NX-BENCH-PLATFORM', 'The pipeline benchmark needs Linux', {
      detail: 'CPU time and memory of the systems are read from /proc.',
      fix: 'Run it on Linux, in a container if need be.',
    })
  })
  const pids = names.map(Number).filter(Number.isInteger)
  const times = await Promise.all(pids.map(async (pid) => [pid, await timesOf(pid)] as const))
  return new Map(times.flatMap(([pid, found]) => (found === null ? [] : [[pid, found] as const])))
}

async function timesOf(pid: number): Promise<ProcessTimes | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  // The command name in parentheses may hold anything: fields are counted behind its end (ppid is field 4).
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [utime = 0, stime = 0, endedUtime = 0, endedStime = 0] = fields.slice(11, 15)
  return { parent: fields[1] ?? 0, ticks: utime + stime + endedUtime + endedStime }
}

let ticks: number | null = null

async function ticksPerSecond(): Promise<number> {
  ticks ??= Number((await run('getconf', ['CLK_TCK'])).stdout)
  return ticks
}
