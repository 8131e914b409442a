import { integer } from '@oclif/core/flags'
import { dryRunFlag, tenantFlag, workspaceFlag } from '../flags.ts'
import { confirmFlag } from './confirm-flag.ts'
import { progressFlag } from './job-command.ts'
import { detachFlag } from './pace-flags.ts'

/** The most things that a call may name by id. */
export const namedMax = 500
/** The most things that one job takes. */
export const bulkMax = 100_000
/** What it takes of them where nothing is said, of what calls others. */
export const bulkDefault = 500

/** Of which tenant and workspace, and how the job is begun and followed. Its pace and its reason are the command's own. */
export const bulkFlags = {
  ...tenantFlag,
  ...workspaceFlag,
  ...detachFlag,
  ...progressFlag,
  ...confirmFlag,
  ...dryRunFlag,
}

/** `--max`: how many things the job takes at most. `summary` tells which ones. */
export function maxFlag(summary: string, most = bulkMax) {
  return {
    max: integer({ min: 1, max: bulkMax, default: most, summary, helpValue: 'N' }),
  }
}
