import { boolean, string } from '@oclif/core/flags'
import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { parseEntityRef, parseTime } from '../flags.ts'
import { bulkDefault, maxFlag, namedMax } from '../jobs/bulk-flags.ts'

/** Which letters, as src/platform describes it. */
export type LetterSelection = Parameters<Operator['letters']['plan']>[1]

type Status = Exclude<NonNullable<LetterSelection['status']>, 'all'>
/** What narrows letters down; neither ids nor status nor a limit. */
export type LetterFilter = Omit<LetterSelection, 'ids' | 'status' | 'max'>

type LetterClass = NonNullable<LetterSelection['class']>
type Source = NonNullable<LetterSelection['source']>

export const letterStatuses: readonly Status[] = ['open', 'replaying', 'resolved', 'discarded']
export const letterClasses: readonly LetterClass[] = [
  'permanent',
  'exhausted',
  'in_doubt',
  'poison',
  'invalid',
]
export const letterSources: readonly Source[] = ['command', 'event', 'rule', 'webhook', 'ingest']

/** `--status`, with `all`. */
export const statusFlag = {
  status: string({
    options: [...letterStatuses, 'all'],
    default: 'open',
    summary: 'Only letters of this status.',
    helpValue: 'STATUS',
  }),
}

/** What narrows letters down. */
export const letterFilterFlags = {
  integration: string({
    aliases: ['adapter'],
    summary: 'Only letters of this integration.',
    helpValue: 'NAME',
  }),
  group: string({ summary: 'Only letters of this group (see `dlq groups`).', helpValue: 'GROUP' }),
  entity: string({ summary: 'Only letters about this entity.', helpValue: 'KIND/ID' }),
  workspace: string({
    default: 'default',
    summary: 'The workspace of the entity that --entity names.',
    helpValue: 'NAME',
  }),
  class: string({ options: letterClasses, summary: 'Only letters of this class.', helpValue: 'CLASS' }),
  source: string({
    options: letterSources,
    summary: 'Only letters of what was put aside.',
    helpValue: 'SOURCE',
  }),
  code: string({ summary: 'Only letters with this code.', helpValue: 'NX-…' }),
  since: string({ summary: 'Written since then: RFC 3339, or how long ago (24h).', helpValue: 'TIME' }),
  until: string({ summary: 'Written before then: RFC 3339, or how long ago.', helpValue: 'TIME' }),
}

/** For bulk actions: explicitly everything, and how many at most. */
export const letterCountFlags = {
  all: boolean({
    default: false,
    summary: 'All open letters of the tenant, where no filter is given.',
  }),
  ...maxFlag('At most so many letters, oldest first.', bulkDefault),
}

interface FilterFlags {
  readonly integration?: string | undefined
  readonly group?: string | undefined
  readonly entity?: string | undefined
  readonly workspace: string
  readonly class?: string | undefined
  readonly source?: string | undefined
  readonly code?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** The filter that the flags describe. Throws NX-TIME, NX-ENTITY-REF (usage). */
export async function letterFilterOf(flags: FilterFlags, now: Date): Promise<LetterFilter> {
  const kind = letterClasses.find((known) => known === flags.class)
  const source = letterSources.find((known) => known === flags.source)
  return {
    ...(flags.integration === undefined ? {} : { integration: flags.integration }),
    ...(flags.group === undefined ? {} : { fingerprint: flags.group }),
    ...(flags.entity === undefined
      ? {}
      : { entity: { workspace: flags.workspace, ...parseEntityRef(flags.entity) } }),
    ...(kind === undefined ? {} : { class: kind }),
    ...(source === undefined ? {} : { source }),
    ...(flags.code === undefined ? {} : { code: flags.code }),
    ...(flags.since === undefined ? {} : { since: await parseTime(flags.since, now) }),
    ...(flags.until === undefined ? {} : { until: await parseTime(flags.until, now) }),
  }
}

/** The status that `--status` names; nothing for `all`. */
export function statusOf(flags: { readonly status: string }): { readonly status?: Status } {
  const status = letterStatuses.find((known) => known === flags.status)
  return status === undefined ? {} : { status }
}

/**
 * What a bulk action works on: letters named by id, or open ones by filter, or all open ones when that is said. Throws NX-USAGE
 * when neither or more than one is given.
 */
export async function bulkSelectionOf(
  ids: readonly string[],
  flags: FilterFlags & { readonly all: boolean; readonly max: number },
  now: Date,
): Promise<LetterSelection> {
  const filter = await letterFilterOf(flags, now)
  const filtered = Object.keys(filter).length > 0
  const ways = Number(ids.length > 0) + Number(filtered) + Number(flags.all)
  if (ways !== 1) {
    throw new NxError(
      'usage',
      'NX-USAGE',
      ways === 0 ? 'Which letters?' : 'Name letters, or filter, or --all: one of them',
      { fix: 'Name them by id, add a filter such as --group GROUP, or say --all.' },
    )
  }
  if (ids.length === 0) return { ...filter, status: 'open', max: flags.max }
  const unique = [...new Set(ids)]
  if (unique.length <= namedMax) return { ids: unique }
  throw new NxError('usage', 'NX-USAGE', `More than ${namedMax} letters are named`, {
    fix: 'Use a filter, or several calls.',
  })
}
