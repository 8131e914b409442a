import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { digestOfParts } from '../../../kernel/digest.ts'
import { derivedId } from '../../../kernel/ids.ts'
import type { Command } from '../../../messaging/commands/command.ts'
import { keyInPlaceOf } from '../../../messaging/commands/moved-key.ts'
import type { DeliveryTranslator } from '../../../platform/dead-letters/delivery-translator.ts'
import { commandColumns, commandOfRow } from '../commands/command-row.ts'
import type { CommandRow } from '../commands/command-row.ts'
import { enqueue, insertCommands } from '../commands/insert-commands.ts'
import { run } from '../connection/transaction.ts'
import { acceptWithin } from '../events/accept-within.ts'
import { replayEvent } from '../events/replay-event.ts'
import { endDoubtOf } from './end-doubt.ts'
import type { LockedLetter } from './lock-letter.ts'

const takeBackOutcome = {
  name: 'replay_outcome',
  text: `delete from command_outcome where command_id = $1 and state = 'dead' returning run_lease::text as run_lease`,
}

const readyAgain = {
  name: 'replay_in_doubt',
  text: `
update command_lane
set state = 'ready', next_attempt_at = clock_timestamp(), attempt = 0, sent_at = null, first_attempt_at = null,
  look_at = null
where command_id = $1 and state = 'in_doubt' returning command_id`,
}

const commandById = {
  name: 'replay_command',
  text: `select ${commandColumns} from command c where c.id = $1`,
}

export interface ReplayDependencies {
  readonly clock: Clock
  readonly translator: DeliveryTranslator
}

export interface ReplayOptions {
  readonly newKey: boolean
  /** Names the actor. */
  readonly by: string
}

/** What a letter was put back as: a command's or an event's id. `replaying`: how it ends is written by who carries it out. */
export type Replayed =
  | { readonly state: 'replaying'; readonly as: string }
  | { readonly state: 'resolved'; readonly as: string }
  | { readonly state: 'left_alone'; readonly why: string }
  | { readonly state: 'failed'; readonly why: string }

/** Puts a locked letter, which was judged before, back to work in its transaction. */
export async function replayLetter(
  client: pg.ClientBase,
  letter: LockedLetter,
  options: ReplayOptions,
  { clock, translator }: ReplayDependencies,
): Promise<Replayed> {
  switch (letter.source) {
    case 'command':
      return await replayCommand(client, letter, options, clock)
    case 'event':
    case 'rule': {
      const only = letter.source === 'rule' ? ruleName(letter.cause) : null
      const as = await replayEvent(client, letter.tenant_id, letter.event_id ?? '', {
        externalId: `${letter.id}#${letter.replays + 1}`,
        only,
      })
      return as === null
        ? { state: 'left_alone', why: 'Its event is no longer in the log.' }
        : { state: 'resolved', as }
    }
    case 'webhook':
    case 'ingest':
      return await replayDelivery(client, letter, translator)
  }
}

/** Back to its lane under the idempotency key it always had; attempts begin anew, lease numbers go on. */
async function replayCommand(
  client: pg.ClientBase,
  letter: LockedLetter,
  { newKey, by }: ReplayOptions,
  clock: Clock,
): Promise<Replayed> {
  const command = await commandOf(client, letter)
  if (command === null) return { state: 'left_alone', why: 'Its command is gone.' }
  if (newKey) {
    const as = await replaceCommand(client, letter, command, command.input, { by, clock })
    return { state: 'resolved', as }
  }
  const doubt = await run(client, readyAgain, [command.id])
  if (doubt.length > 0) return { state: 'replaying', as: command.id }
  const [outcome] = await run<{ run_lease: string }>(client, takeBackOutcome, [command.id])
  if (outcome === undefined)
    return { state: 'left_alone', why: 'Its command is at work, or has ended otherwise meanwhile.' }
  const dueAt = clock.now().toISOString()
  await enqueue(client, [{ command: { ...command, dueAt }, runLease: outcome.run_lease, dueInMs: 0 }])
  return { state: 'replaying', as: command.id }
}

/** The command that a letter is about; null when this database has it not. */
export async function commandOf(client: pg.ClientBase, letter: LockedLetter): Promise<Command | null> {
  const [row] = await run<CommandRow>(client, commandById, [letter.command_id])
  return row === undefined ? null : commandOfRow(row)
}

/**
 * A new command in place of a dead one: another key, perhaps another input, a link to its parent. One in doubt ends as failed,
 * for its lane must go on. Returns the new command's id.
 */
export async function replaceCommand(
  client: pg.ClientBase,
  letter: LockedLetter,
  parent: Command,
  input: Command['input'],
  { by, clock }: { readonly by: string; readonly clock: Clock },
): Promise<string> {
  const again = digestOfParts([parent.idempotencyKey, 'again', letter.id, String(letter.replays + 1)])
  const idempotencyKey = keyInPlaceOf(parent, again)
  const id = derivedId('command', idempotencyKey)
  const dueAt = clock.now().toISOString()
  const evidence = `Replaced by command ${id}`
  await endDoubtOf(client, parent.id, { state: 'failed' }, { by, evidence }, clock)
  const command = { ...parent, id, idempotencyKey, input, dueAt, parentId: parent.id }
  await insertCommands(client, [{ command, dueInMs: 0 }])
  return id
}

/** Translated with the configuration as it is now and accepted under its inbox key. */
async function replayDelivery(
  client: pg.ClientBase,
  letter: LockedLetter,
  translator: DeliveryTranslator,
): Promise<Replayed> {
  const translated = await translator.translate({
    tenantId: letter.tenant_id,
    source: letter.source === 'ingest' ? 'ingest' : 'webhook',
    integration: letter.integration,
    payload: letter.payload,
  })
  if (translated.state === 'unmappable') {
    return { state: 'failed', why: `${translated.code}: ${translated.reason}` }
  }
  const { id } = await acceptWithin(client, translated.event)
  for (const event of translated.more ?? []) await acceptWithin(client, event)
  return { state: 'resolved', as: id }
}

/** `RuleSet/inbound#hot` is the rule `inbound/hot`. */
function ruleName(cause: string | null): string | null {
  const parts = /^RuleSet\/([^#]+)#(.+)$/.exec(cause ?? '')
  return parts === null ? null : `${parts[1]}/${parts[2]}`
}
