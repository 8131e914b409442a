import { digestOfParts } from '../../kernel/digest.ts'

/** One flag as a FeatureFlags document declares it. */
export interface Flag {
  readonly default: boolean
  /** On for whatever is in one of the lists, whatever the rest says. */
  readonly on_for?:
    | {
        /** Slugs. */
        readonly tenants?: readonly string[] | undefined
        /** `eu` of any tenant that sees the flag, `acme/eu` of one. */
        readonly workspaces?: readonly string[] | undefined
        /** `lead/42`. */
        readonly entities?: readonly string[] | undefined
      }
    | undefined
  /** 0 to 100: the part of all units that it is on for, beside `on_for`. */
  readonly percentage?: number | undefined
  readonly why?: string | undefined
}

/** For whom a flag is asked. `unit` is an entity as kind/id; null when there is none. */
export interface FlagSubject {
  readonly tenant: string
  readonly workspace: string
  readonly unit: string | null
}

/** Keeps the buckets of flags apart from every other use of the same hash. */
const saltDomain = 'neuronx/flag/v1'
/** A hundredth of a percent each. */
export const flagBuckets = 10_000

/**
 * In which of 10,000 buckets a unit is for a flag: the first 8 bytes of
 * sha256(`<bytes>:<part>` of "neuronx/flag/v1", tenant, workspace, flag, unit), big-endian, modulo 10,000. Published, with test vectors,
 * in docs/configuration.md: it never changes, or units would move.
 */
export function flagBucket(flag: string, tenant: string, workspace: string, unit: string): number {
  const digest = digestOfParts([saltDomain, tenant, workspace, flag, unit])
  return Number(BigInt(`0x${digest.slice(0, 16)}`) % BigInt(flagBuckets))
}

/**
 * Is a flag on for a subject? Sticky: the same unit always gets the same answer from the same flag. Monotonic: raising `percentage`
 * turns nobody off. Where there is no unit, only `percentage: 100` counts.
 */
export function flagValue(name: string, flag: Flag, { tenant, workspace, unit }: FlagSubject): boolean {
  const { on_for: listed, percentage = 0 } = flag
  if (listed?.tenants?.includes(tenant) === true) return true
  if (listed?.workspaces?.some((one) => one === workspace || one === `${tenant}/${workspace}`) === true)
    return true
  if (unit !== null && listed?.entities?.includes(unit) === true) return true
  if (percentage >= 100) return true
  const share = Math.round(percentage * (flagBuckets / 100))
  if (unit !== null && share > 0 && flagBucket(name, tenant, workspace, unit) < share) return true
  return flag.default
}
