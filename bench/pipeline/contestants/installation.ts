import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../src/adapters/embedded/free-port.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { Surroundings } from './contestant.ts'
import { createRuntimeDatabase } from './runtime-database.ts'

/** The command line of this checkout, built. */
export const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

/** The one tenant, also the folder of its configuration. */
export const tenantSlug = 'bench'

export interface Installation {
  /** What commands and the daemon run with; nothing of our own environment but PATH. */
  readonly environment: Readonly<Record<string, string>>
  readonly tenantId: string
  /** Runs a command and returns its data. Throws NX-BENCH-SETUP with what it printed. */
  cli<Data>(...words: string[]): Promise<Data>
}

/** An installation of neuronx on fresh services, set up with the command line as an operator would: schema and a tenant. */
export async function install(surroundings: Surroundings): Promise<Installation> {
  const environment = await environmentOf(surroundings)
  const cli = async <Data>(...words: string[]): Promise<Data> =>
    await runCommand<Data>(words, environment, surroundings.folder)
  await cli('db', 'migrate', '--yes')
  const { id } = await cli<{ id: string }>('tenant', 'create', tenantSlug)
  return { environment, tenantId: id, cli }
}

async function environmentOf({ folder, postgres, nats }: Surroundings): Promise<Record<string, string>> {
  if (nats === null) throw new NxError('bug', 'NX-BENCH-NATS', 'neuronx was started without a nats-server')
  const masterKeyFile = join(folder, 'bench.key')
  await writeFile(masterKeyFile, randomBytes(32), { mode: 0o600 })
  const { ownerUrl, url } = await createRuntimeDatabase(postgres)
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    NEURONX_DATABASE_OWNER_URL: ownerUrl,
    NEURONX_DATABASE_URL: url,
    NEURONX_NATS_URL: nats.url,
    NEURONX_DATA_DIR: folder,
    NEURONX_HTTP_LISTEN: `127.0.0.1:${await freePort()}`,
    NEURONX_OPS_LISTEN: `127.0.0.1:${await freePort()}`,
    NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
    NEURONX_MASTER_KEY_FILE: masterKeyFile,
    NEURONX_LOG_LEVEL: 'warn',
  }
}

const commandMsMax = 120_000

async function runCommand<Data>(
  words: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Data> {
  const child = spawn(process.execPath, [program, ...words, '--json'], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: commandMsMax,
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code === 0) return (JSON.parse(output.stdout) as { data: Data }).data
  throw new NxError('io', 'NX-BENCH-SETUP', `neuronx ${words.slice(0, 2).join(' ')} failed`, {
    detail: `${output.stderr}${output.stdout}`.trim().slice(-2_000),
  })
}
