import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { NxError } from '../../../src/kernel/errors.ts'
import { monotonicMs } from '../harness/monotonic-ms.ts'
import type { Contestant, RunningContestant, Surroundings } from './contestant.ts'
import { install, program, tenantSlug } from './installation.ts'

const configFolder = fileURLToPath(new URL('../config', import.meta.url))
/** The address that the configuration is written with. */
const sinkInConfig = 'http://127.0.0.1:9999'

/** The daemon as it is run in production, set up with the command line as an operator would. */
export const neuronx: Contestant = {
  name: 'neuronx',
  usesNats: true,
  variants: [{ title: 'neuronx daemon run, defaults', start }],
}

async function start(surroundings: Surroundings): Promise<RunningContestant> {
  const { environment, cli } = await install(surroundings)
  const { token } = await cli<{ token: string }>(
    'token',
    'create',
    '--tenant',
    tenantSlug,
    '--role',
    'ingest',
  )
  await cli('config', 'apply', await configuration(surroundings))
  const log = join(surroundings.folder, 'daemon.log')
  const daemon = await startDaemon(environment, surroundings.folder, log)
  const origin = `http://${environment['NEURONX_HTTP_LISTEN']}`
  const stop = async (): Promise<void> => await stopDaemon(daemon)
  try {
    await untilReady(origin, daemon, log)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    target: { origin, authorization: `Bearer ${token}` },
    pid: daemon.pid ?? 0,
    [Symbol.asyncDispose]: stop,
  }
}

/** The committed configuration with the address of this run's sink. */
async function configuration({ folder, sinkOrigin }: Surroundings): Promise<string> {
  const copy = join(folder, 'config')
  await mkdir(copy)
  await cp(configFolder, copy, { recursive: true })
  const file = join(copy, 'tenants', 'bench', 'leads.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(sinkInConfig, sinkOrigin))
  return copy
}

/** What bin/run.js gives a daemon by itself, unless it hangs on its parent by a channel as here. */
const serviceFlag = '--max-semi-space-size=16'

/** The built daemon; ends with this process. */
export async function startDaemon(
  env: Record<string, string>,
  cwd: string,
  logFile: string,
): Promise<ChildProcess> {
  await using log = await open(logFile, 'a')
  // Through the channel it learns that this process is gone, even by SIGKILL, and stops.
  const daemon = spawn(process.execPath, [serviceFlag, program, 'daemon', 'run'], {
    env,
    cwd,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  })
  // After Ctrl-C its services end with this process: there is nothing left to drain into.
  const kill = (): void => void daemon.kill('SIGKILL')
  process.once('exit', kill)
  daemon.once('exit', () => process.removeListener('exit', kill))
  return daemon
}

const startMsMax = 60_000

/** Throws NX-BENCH-DAEMON when it does not get ready. */
export async function untilReady(origin: string, daemon: ChildProcess, logFile: string): Promise<void> {
  const deadline = monotonicMs() + startMsMax
  while (daemon.exitCode === null && monotonicMs() < deadline) {
    const answer = await fetch(`${origin}/readyz`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    await sleep(50)
  }
  throw new NxError('io', 'NX-BENCH-DAEMON', 'The daemon did not get ready', {
    detail: (await readFile(logFile, 'utf8')).slice(-2_000),
  })
}

const stopMsMax = 20_000

/** As a supervisor does. */
export async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()))
  daemon.kill('SIGTERM')
  const deadline = setTimeout(() => daemon.kill('SIGKILL'), stopMsMax)
  await ended
  clearTimeout(deadline)
}
