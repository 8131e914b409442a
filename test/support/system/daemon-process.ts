import type { ChildProcess } from 'node:child_process'
import type { Settings } from '../../../src/app/config/settings.ts'
import { startCli } from '../cli/built-cli.ts'

/** A daemon in a process of its own, as it runs in production. */
export interface DaemonProcess {
  readonly url: string
  readonly child: ChildProcess
  /** SIGKILL: nothing is put in order. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM. Resolves with the exit code. */
  terminate(): Promise<number | null>
}

/** Starts the built daemon and waits until it serves; fails with its output when it ends instead. */
export async function startDaemonProcess(settings: Settings): Promise<DaemonProcess> {
  const child = startCli(['daemon', 'run', '--http-listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'], {
    env: {
      NEURONX_DATABASE_URL: settings.databaseUrl ?? '',
      NEURONX_NATS_URL: settings.natsUrl ?? '',
      NEURONX_MASTER_KEY_FILE: settings.masterKeyFile ?? '',
      NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
    },
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = await servingUrl(child)
  return {
    url,
    child,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    terminate: async () => {
      child.kill('SIGTERM')
      return await gone
    },
  }
}

async function servingUrl(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const url = /"http":"([^"]+)"/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => reject(new Error(`The daemon ended (${code}) before it served:\n${output}`)))
  })
}
