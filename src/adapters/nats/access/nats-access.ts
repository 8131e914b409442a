import { NxError } from '../../../kernel/errors.ts'
import type { NatsAddress } from '../nats-url.ts'
import type { NatsCredentials } from './nats-credentials.ts'
import type { NatsTls } from './nats-tls.ts'

/** How we get in, beside what the address says. */
export interface NatsAccess {
  readonly credentials: NatsCredentials
  /** Null: TLS only when the address or the server asks for it, with the authorities that Node knows. */
  readonly tls: NatsTls | null
}

export const openAccess: NatsAccess = { credentials: { kind: 'none' }, tls: null }

/** The one set of credentials: the address's or the settings'. Throws NX-BUS-CREDENTIALS (configuration) when there are two. */
export function credentialsFor(address: NatsAddress, access: NatsAccess): NatsCredentials {
  const inAddress = credentialsOf(address)
  if (inAddress.kind === 'none') return access.credentials
  if (access.credentials.kind === 'none') return inAddress
  throw new NxError('configuration', 'NX-BUS-CREDENTIALS', 'There are two sets of credentials for NATS', {
    detail: `The address holds one, and the settings name a ${access.credentials.kind}.`,
    fix: 'Remove user and password from NEURONX_NATS_URL, or the credentials from the bus section of the settings file.',
  })
}

function credentialsOf({ user, pass, token }: NatsAddress): NatsCredentials {
  if (token !== undefined) return { kind: 'token', token }
  if (user === undefined) return { kind: 'none' }
  return { kind: 'password', user, password: pass ?? '' }
}
