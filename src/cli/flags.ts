import { integer, string, boolean } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { NxError } from '../kernel/errors.ts'

/** `-t/--tenant`: whose data. Default: NEURONX_TENANT, else the settings file's `tenant`. */
export const tenantFlag = {
  tenant: string({
    char: 't',
    summary: 'The tenant, by slug. Default: NEURONX_TENANT or the settings file.',
    helpValue: 'SLUG',
  }),
}

/** `--workspace`: which part of the tenant. */
export const workspaceFlag = {
  workspace: string({ default: 'default', summary: 'The workspace of the tenant.', helpValue: 'NAME' }),
}

/** For commands that change something: why, kept in the audit log. */
export const reasonFlag = {
  reason: string({ summary: 'Why; kept in the audit log.', helpValue: 'TEXT' }),
}

/** For commands that change something: what would happen. */
export const dryRunFlag = {
  'dry-run': boolean({ char: 'n', summary: 'Say what would change and change nothing.' }),
}

const pageDefault = 50
const pageMax = 500

/** For lists: how many, and from where on. */
export const pageFlags = {
  limit: integer({
    min: 1,
    max: pageMax,
    default: pageDefault,
    summary: `How many at most, 1 to ${pageMax}.`,
    helpValue: 'N',
  }),
  cursor: string({ summary: 'Go on where an earlier page ended.', helpValue: 'CURSOR' }),
}

/** A page request from those flags. */
export function pageOf(flags: { limit: number; cursor?: string | undefined }): {
  limit: number
  cursor: string | null
} {
  return { limit: flags.limit, cursor: flags.cursor ?? null }
}

/** A required positional argument. Never read from stdin: a script's input is not a name. */
export function requiredArg(description: string) {
  return stringArg({ required: true, ignoreStdin: true, description })
}

/** The configuration that a command reads and does not change; the folder one stands in unless it is named. */
export const directoryArg = stringArg({
  ignoreStdin: true,
  default: '.',
  description: 'The configuration directory.',
})

/** `lead/42` (or `lead:42`) as kind and id. Throws NX-ENTITY-REF (usage). */
export function parseEntityRef(text: string): { kind: string; id: string } {
  const end = text.search(/[/:]/)
  if (end > 0 && end < text.length - 1) return { kind: text.slice(0, end), id: text.slice(end + 1) }
  throw new NxError('usage', 'NX-ENTITY-REF', `'${text}' does not name an entity`, {
    fix: 'Write KIND/ID, such as lead/42.',
  })
}

/** A point in time: RFC 3339, or how long ago (`15m`, `2h`). Returns RFC 3339. Throws NX-TIME (usage). */
export async function parseTime(text: string, now: Date): Promise<string> {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const time = new Date(text)
    if (!Number.isNaN(time.getTime())) return time.toISOString()
  } else {
    const { parseDuration } = await import('../kernel/duration.ts')
    try {
      return new Date(now.getTime() - parseDuration(text)).toISOString()
    } catch {
      // Neither form: said below, for both.
    }
  }
  throw new NxError('usage', 'NX-TIME', `'${text}' is not a time`, {
    fix: 'Write RFC 3339 (2026-01-31T12:00:00Z) or how long ago (15m, 2h, 3d).',
  })
}
