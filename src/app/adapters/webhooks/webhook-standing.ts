import { isIP } from 'node:net'
import type { RegisteredEntry } from '../../../adapters/connectors/webhooks/registration/read-entries.ts'
import type {
  RegistrationByApi,
  WebhookRegistration,
} from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { Settings } from '../../config/settings.ts'
import type { ActiveAdapter, AdapterPlace } from '../catalog/active-adapter.ts'
import { gatewayOrigin, webhookPath } from '../catalog/webhook-facts.ts'

/** registered: all is as it must be; differs: it is ours, and something is not; other: another address stands there; absent: none. */
export type RegistrationState = 'registered' | 'differs' | 'other' | 'absent'

/** What a vendor has, against what it must have. */
export interface RegistrationFindings {
  readonly state: RegistrationState
  /** Entries of ours; the first is the one that stays. */
  readonly ours: readonly RegisteredEntry[]
  /** Entries with another address. */
  readonly others: readonly RegisteredEntry[]
  /** What is not as it must be, for people. */
  readonly differences: readonly string[]
  /** What a person must do at the vendor before anything else helps; null: nothing. */
  readonly overruled: string | null
  /** Does the vendor sign with a secret that is not stored here? */
  readonly secretLost: boolean
}

/** Clocks of vendors and ours may be so far apart, milliseconds. */
const clockSkewMs = 300_000

/** What is known here of the secret that the vendor signs with. Times RFC 3339. */
export interface SecretStanding {
  /** When it was stored last; null: it was not. */
  readonly storedAt: string | null
  /** Since when nobody knows whether a registration from here came to its end; null: all did. */
  readonly doubtAt: string | null
}

/** Pure. */
export function judgeEntries(
  api: RegistrationByApi,
  entries: readonly RegisteredEntry[],
  secret: SecretStanding,
): RegistrationFindings {
  const ours = entries
    .filter(({ state }) => state === 'ours')
    .toSorted((one, other) => one.differences.length - other.differences.length)
  const others = entries.filter(({ state }) => state === 'other')
  const [kept] = ours
  const overruled = entries.find((entry) => entry.overruled !== null)?.overruled ?? null
  // Of several, nobody knows which one signs with the secret that is stored.
  const secretLost =
    kept !== undefined && api.secret !== undefined && (ours.length > 1 || isLost(kept, secret))
  const differences = [
    ...(kept?.differences ?? []),
    ...(overruled === null ? [] : [overruled]),
    ...(ours.length > 1
      ? [`it is registered ${ours.length} times, so everything comes ${ours.length} times`]
      : []),
    ...(secretLost ? ['the secret that it signs with is not stored here, so all of it is refused'] : []),
    ...(entries.length === 0 && api.place !== undefined ? [api.place.says] : []),
  ]
  const overwrites = others.length > 0 && api.holds === 'one'
  const state =
    kept === undefined ? (overwrites ? 'other' : 'absent') : differences.length > 0 ? 'differs' : 'registered'
  return { state, ours, others, differences, overruled, secretLost }
}

/** Without a secret, or with one that is older than the entry, what the vendor signs cannot be checked. */
function isLost({ createdAt }: RegisteredEntry, { storedAt, doubtAt }: SecretStanding): boolean {
  if (storedAt === null) return true
  const stored = Date.parse(storedAt)
  if (doubtAt !== null && stored < Date.parse(doubtAt)) return true
  return createdAt !== null && stored < Date.parse(createdAt) - clockSkewMs
}

/** How the vendor of an integration is told; null: its document says itself what it takes, and nobody can know how to tell it. */
export function registrationOf({ integration }: ActiveAdapter): WebhookRegistration | null {
  return integration.connector.definition.webhooks?.register ?? null
}

/**
 * The address that the vendor is to send to. Throws NX-WEBHOOK-NONE (not_found), NX-WEBHOOK-PUBLIC-URL and NX-WEBHOOK-NOT-HTTPS
 * (configuration).
 */
export function requiredAddress(
  { integration }: ActiveAdapter,
  { slug }: Pick<AdapterPlace, 'slug'>,
  settings: Pick<Settings, 'publicUrl' | 'httpListen'>,
): string {
  const { name, webhooks } = integration
  if (webhooks === null) {
    throw new NxError('not_found', 'NX-WEBHOOK-NONE', `'${name}' takes no webhooks`, {
      fix: `neuronx adapter show ${name} --tenant ${slug}`,
    })
  }
  const fix =
    'Set NEURONX_PUBLIC_URL=https://YOUR-HOST (or http.publicUrl in the settings file), here and for the daemons.'
  if (settings.publicUrl == null)
    throw new NxError('configuration', 'NX-WEBHOOK-PUBLIC-URL', 'Nobody knows where the gateway is', { fix })
  const url = new URL(settings.publicUrl)
  if (url.protocol !== 'https:' || !isOutside(url.hostname)) {
    const detail =
      url.protocol === 'https:'
        ? `${url.hostname} is an address inside of a network.`
        : `It is ${url.origin}.`
    throw new NxError(
      'configuration',
      'NX-WEBHOOK-NOT-HTTPS',
      'The gateway must be reached over https, by name',
      {
        detail,
        fix,
      },
    )
  }
  return gatewayOrigin(settings) + webhookPath(slug, name, webhooks)
}

/** A vendor reaches names, and resolves no names of a machine's own. */
function isOutside(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 && bare.includes('.') && !/\.(local|localhost|internal)$/.test(bare)
}
