import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NxError, errorText } from '../../kernel/errors.ts'
import { othersCanReach } from './postgres-binaries.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { SystemUser } from './postgres-user.ts'

const run = promisify(execFile)

/** initdb takes about a second; on a busy machine with slow disks, many. */
const initdbMs = 120_000

/**
 * What to name a cluster folder to a process that starts inside it. Another user cannot pass through a home folder of mode
 * 0700, but a process may stay in the folder it was started in: under Linux that folder has a name every process can use.
 */
export async function clusterName(folder: string, user: SystemUser | null): Promise<string> {
  if (user === null || (await othersCanReach(join(folder, '..', '..')))) return folder
  if (process.platform === 'linux') return '/proc/self/cwd'
  throw new NxError(
    'configuration',
    'NX-POSTGRES-FOLDER',
    'The data directory cannot be reached by the user Postgres runs as',
    {
      where: { file: folder },
      fix: 'Run neuronx as an ordinary user, or choose a data directory outside of private folders.',
    },
  )
}

/**
 * Makes the cluster in `<home>/cluster` unless it is there: UTF8, C locale, scram passwords. It appears under its name only
 * when complete, so that an interrupted first start leaves nothing half-made. Throws NX-POSTGRES-INIT; NX-POSTGRES-VERSION
 * when it was made by another major version.
 */
export async function ensureCluster(
  home: string,
  binaries: PostgresBinaries,
  user: SystemUser | null,
  password: string,
  sync: boolean,
): Promise<string> {
  const cluster = join(home, 'cluster')
  await mkdir(home, { recursive: true, mode: 0o700 })
  await own(home, user)
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version === null) {
    await initialise(home, cluster, binaries, user, password, sync)
  } else if (version.trim() !== binaries.majorVersion) {
    throw otherVersion(cluster, version.trim(), binaries.majorVersion)
  }
  return cluster
}

async function initialise(
  home: string,
  cluster: string,
  binaries: PostgresBinaries,
  user: SystemUser | null,
  password: string,
  sync: boolean,
): Promise<void> {
  const draft = join(home, 'cluster.new')
  const passwordFile = join(home, 'password')
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await own(draft, user)
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  await own(passwordFile, user)
  const args = [
    `--pgdata=${await clusterName(draft, user)}`,
    '--username=postgres',
    '--pwfile=../password',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    ...(sync ? [] : ['--no-sync']),
  ]
  try {
    const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }
    await run(binaries.initdb, args, { cwd: draft, env, timeout: initdbMs, ...(user ?? {}) })
    await rename(draft, cluster)
  } catch (cause) {
    throw new NxError('io', 'NX-POSTGRES-INIT', 'The embedded Postgres could not make its data directory', {
      detail: errorText(cause),
      where: { file: draft },
      fix: 'Check that the disk has 100 MB free and that the data directory can be written.',
      cause,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function own(path: string, user: SystemUser | null): Promise<void> {
  if (user === null) return
  const info = await stat(path)
  if (info.uid !== user.uid) await chown(path, user.uid, user.gid)
  if (info.isDirectory()) await chmod(path, 0o700)
}

function otherVersion(cluster: string, found: string, wanted: string): NxError {
  return new NxError(
    'configuration',
    'NX-POSTGRES-VERSION',
    `The data directory belongs to Postgres ${found}, this is ${wanted}`,
    {
      where: { file: cluster },
      fix: `Dump it with the neuronx release that made it and load it into a new data directory, or remove it if the data may go.`,
    },
  )
}
