import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateNatsServer } from '../../../src/adapters/embedded/locate-nats-server.ts'
import { eventually } from '../../support/eventually.ts'

/** A nats-server on 127.0.0.1 with a configuration of the test's own. */
export interface ConfiguredNats extends AsyncDisposable {
  readonly port: number
  /** For files of the test; goes with the server. */
  readonly folder: string
  readonly child: ChildProcess
  /** Puts a file (mode 0600) into the folder and returns its path. */
  file(name: string, text: string, mode?: number): Promise<string>
  /** What the server wrote. */
  log(): Promise<string>
  /** Ends the server and starts it with this configuration, on the same port and data. */
  restart(configuration: string, options?: StartOptions): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface StartOptions {
  /** The largest file the server may write, KiB: what a full disk does to it. */
  readonly fileKibMax?: number
}

/**
 * Starts it. `configuration` is text of the server's file, without port, log and JetStream's folder, or a function of the
 * folder that gives it; a `jetstream` block is added when it has none.
 */
export async function startConfiguredNats(
  configuration: string | ((file: ConfiguredNats['file']) => Promise<string>),
  options: StartOptions = {},
): Promise<ConfiguredNats> {
  const folder = await mkdtemp(join(tmpdir(), 'neuronx-nats-'))
  const port = await freePort()
  const file: ConfiguredNats['file'] = async (name, text, mode = 0o600) => {
    const path = join(folder, name)
    await rm(path, { force: true })
    await writeFile(path, text, { mode })
    return path
  }
  const log = async (): Promise<string> => await readFile(join(folder, 'server.log'), 'utf8').catch(() => '')
  const text = typeof configuration === 'string' ? configuration : await configuration(file)
  let child = await launch(folder, port, text, options)
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGCONT')
    const exited = once(child, 'exit')
    child.kill(signal)
    // One that is stuck ends on SIGKILL only.
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(patience)
  }
  return {
    port,
    folder,
    get child() {
      return child
    },
    file,
    log,
    restart: async (next, nextOptions = {}) => {
      await stop('SIGTERM')
      child = await launch(folder, port, next, nextOptions)
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(
  folder: string,
  port: number,
  configuration: string,
  { fileKibMax }: StartOptions,
): Promise<ChildProcess> {
  const path = join(folder, 'server.conf')
  await mkdir(join(folder, 'js'), { recursive: true })
  const own = [
    'host: 127.0.0.1',
    `port: ${port}`,
    `log_file: ${JSON.stringify(join(folder, 'server.log'))}`,
    ...(configuration.includes('jetstream') ? [] : ['jetstream {}']),
  ]
  // The folder is given here and not in the block, so that a block under test stays as it is.
  await writeFile(path, `${own.join('\n')}\n${configuration}\n`, { mode: 0o600 })
  const { command } = await locateNatsServer()
  // What is wrong with a configuration is said there, before the log is open.
  const complaints = await open(join(folder, 'complaints'), 'w')
  const args = ['-c', path, '-sd', join(folder, 'js')]
  const child =
    fileKibMax === undefined
      ? spawn(command, args, { stdio: ['ignore', 'ignore', complaints.fd] })
      : spawn('bash', ['-c', `ulimit -f ${fileKibMax}; exec "$0" "$@"`, command, ...args], {
          stdio: 'ignore',
        })
  await complaints.close()
  await eventually(async () => {
    if (child.exitCode !== null)
      throw new Error(`nats-server ended: ${await readFile(join(folder, 'complaints'), 'utf8')}`)
    return await greets(port)
  })
  return child
}

async function greets(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    const [greeting] = (await once(socket, 'data', { signal: AbortSignal.timeout(1_000) })) as [Buffer]
    return greeting.toString().startsWith('INFO ')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The names of the files of a stream's messages, below the folder. */
export async function messageFiles(folder: string, stream: string): Promise<readonly string[]> {
  const all = await readdir(join(folder, 'js'), { recursive: true })
  return all
    .filter((name) => name.includes(`/${stream}/msgs/`) && name.endsWith('.blk'))
    .map((name) => join(folder, 'js', name))
}
