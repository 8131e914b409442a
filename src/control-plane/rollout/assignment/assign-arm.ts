import { createHash } from 'node:crypto'

/** Shares are counted in hundredths of a percent. */
export const bucketCount = 10_000

/** What is assigned: a unit of a workspace of a tenant, and the candidate on trial. */
export interface AssignmentKey {
  /** The candidate's content digest: another candidate, another cohort; the same content again, the same cohort. */
  readonly candidateDigest: string
  /** The tenant's id. */
  readonly tenantId: string
  readonly workspace: string
  /** `lead/1234`; with `unit: workspace` the workspace's slug, with `unit: tenant` the tenant's id. Null or empty: the event has none. */
  readonly unit: string | null
}

export type Assignment =
  | { readonly arm: 'candidate' | 'baseline'; readonly bucket: number }
  /** No unit: it stays on the baseline, and is counted. */
  | { readonly arm: 'baseline'; readonly bucket: null; readonly unassignable: true }

/**
 * The arm of a unit when the candidate has `weight` (0 to 1) of the traffic. A pure function of its arguments: the same on every
 * daemon, before and after a restart; a larger weight only adds units.
 */
export function assignArm(key: AssignmentKey, weight: number): Assignment {
  if (key.unit === null || key.unit === '') return { arm: 'baseline', bucket: null, unassignable: true }
  const bucket = bucketOf(key.candidateDigest, key.tenantId, key.workspace, key.unit)
  return { arm: bucketInShare(bucket, weight) ? 'candidate' : 'baseline', bucket }
}

/** Is a bucket within the candidate's share (0 to 1)? */
export function bucketInShare(bucket: number, weight: number): boolean {
  // 0.29 * 10000 is 2900.0000000000005 or 2899.9999999999995 depending on how it was made.
  return bucket < Math.round(weight * bucketCount)
}

/**
 * 0 to 9,999. sha256 over the four parts, each as its UTF-8 bytes behind their number as a big-endian 32-bit integer; the digest's
 * first 8 bytes as a big-endian unsigned integer, modulo 10,000. Test vectors: docs/rollout.md.
 */
export function bucketOf(candidateDigest: string, tenantId: string, workspace: string, unit: string): number {
  const sha = createHash('sha256')
  for (const part of [candidateDigest, tenantId, workspace, unit]) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    sha.update(length).update(bytes)
  }
  return Number(sha.digest().readBigUInt64BE(0) % BigInt(bucketCount))
}
