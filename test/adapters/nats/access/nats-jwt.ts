import { createHash } from 'node:crypto'
import { nkeys } from 'nats'

type KeyPair = ReturnType<typeof nkeys.createUser>

/** An operator with one account that may use JetStream, as `nsc` makes them. */
export interface Operator {
  /** The lines of the server's configuration. */
  readonly config: string
  /** The text of a credentials file of a new user. `expires`: seconds since 1970. */
  credentials(expires?: number): string
}

const noLimits = { subs: -1, data: -1, payload: -1 }
const accountLimits = { ...noLimits, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 }
const streamLimits = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }

export function makeOperator(): Operator {
  const operator = nkeys.createOperator()
  const account = nkeys.createAccount()
  const system = nkeys.createAccount()
  const operatorJwt = jwt(operator, operator.getPublicKey(), 'O', { type: 'operator' })
  const accountJwt = (pair: KeyPair, name: string, limits: object): string =>
    jwt(operator, pair.getPublicKey(), name, {
      type: 'account',
      limits,
      default_permissions: { pub: {}, sub: {} },
    })
  return {
    config: [
      `operator: ${operatorJwt}`,
      'resolver: MEMORY',
      `system_account: ${system.getPublicKey()}`,
      'resolver_preload: {',
      `  ${system.getPublicKey()}: ${accountJwt(system, 'SYS', accountLimits)}`,
      `  ${account.getPublicKey()}: ${accountJwt(account, 'A', { ...accountLimits, ...streamLimits })}`,
      '}',
    ].join('\n'),
    credentials: (expires) => {
      const user = nkeys.createUser()
      const claims = { type: 'user', ...noLimits, pub: {}, sub: {} }
      const token = jwt(account, user.getPublicKey(), 'neuronx', claims, expires)
      const seed = Buffer.from(user.getSeed()).toString()
      return [
        '-----BEGIN NATS USER JWT-----',
        token,
        '------END NATS USER JWT------',
        '',
        '-----BEGIN USER NKEY SEED-----',
        seed,
        '------END USER NKEY SEED------',
        '',
      ].join('\n')
    },
  }
}

function jwt(issuer: KeyPair, subject: string, name: string, nats: object, expires?: number): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    iat: 1_600_000_000,
    iss: issuer.getPublicKey(),
    sub: subject,
    name,
    nats: { ...nats, version: 2 },
    ...(expires === undefined ? {} : { exp: expires }),
  }
  const jti = createHash('sha256').update(JSON.stringify(claims)).digest('hex')
  const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode({ ...claims, jti })}`
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`
}
