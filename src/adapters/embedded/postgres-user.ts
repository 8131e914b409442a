import { readFile, stat } from 'node:fs/promises'
import { NxError } from '../../kernel/errors.ts'

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/**
 * Postgres refuses to run as root, so root starts it as another user: the owner of the cluster when there is one, else
 * the system's `postgres`, else `nobody`. null when we are not root and simply run it ourselves.
 */
export async function postgresUser(clusterFolder: string): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null
  const owner = await stat(clusterFolder).catch(() => null)
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const [, , uid, gid] =
      users
        .split('\n')
        .find((line) => line.startsWith(`${name}:`))
        ?.split(':') ?? []
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new NxError(
    'configuration',
    'NX-POSTGRES-USER',
    'There is no system user that Postgres could run as',
    {
      detail: 'Postgres refuses to run as root, and /etc/passwd has neither `postgres` nor `nobody`.',
      fix: 'Run neuronx as an ordinary user, or use an existing Postgres through NEURONX_DATABASE_URL.',
    },
  )
}
