import { NxError } from '../../kernel/errors.ts'

export interface NatsAddress {
  /** `host:port` of each server of the cluster. */
  readonly servers: readonly string[]
  readonly user?: string
  readonly pass?: string
  readonly token?: string
  readonly tls: boolean
}

/**
 * Reads `nats://user:password@host:4222,other:4222`, `nats://token@host`, `tls://…`. One set of credentials serves all
 * servers. Throws NX-BUS-URL (configuration), which never repeats the address: it may hold a password.
 */
export function parseNatsUrl(url: string): NatsAddress {
  const parts = /^(nats|tls):\/\/(?:([^@/]*)@)?([^@/?#]+)\/?$/.exec(url.trim())
  const servers = (parts?.[3] ?? '').split(',').filter((server) => server !== '')
  if (
    parts === null ||
    servers.length === 0 ||
    !servers.every((server) => /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(:\d{1,5})?$/.test(server))
  ) {
    throw notAnAddress()
  }
  const [user, pass] = (parts[2] ?? '').split(/:(.*)/s).map(decoded)
  return {
    servers: servers.map((server) => (/:\d+$/.test(server) ? server : `${server}:4222`)),
    tls: parts[1] === 'tls',
    ...(user === undefined || user === '' ? {} : pass === undefined ? { token: user } : { user, pass }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notAnAddress()
  }
}

function notAnAddress(): NxError {
  return new NxError('configuration', 'NX-BUS-URL', 'The address of NATS cannot be read', {
    fix: 'Write nats://user:password@host:4222, several servers separated by commas; escape special characters of the password (%40 for @).',
  })
}
