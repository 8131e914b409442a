import { boolean } from '@oclif/core/flags'
import { letterChain } from '../../src/app/letters/letter-chain.ts'
import type { ReplayOutlook } from '../../src/app/letters/letter-chain.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { renderChain } from '../../src/cli/letters/chain-view.ts'
import { maskPersonal } from '../../src/cli/letters/mask-personal.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import { isJsonObject } from '../../src/kernel/json.ts'
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts'
import type { AttemptView } from '../../src/messaging/commands/dispatch-reader.ts'
import type { DeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'
import type { CommandView, EventView } from '../../src/messaging/reading/event-reader.ts'

interface ShownLetter extends DeadLetter {
  readonly event: EventView | null
  readonly command: CommandView | null
  readonly attempts: readonly AttemptView[]
  readonly replay: ReplayOutlook
}

export default class DlqShow extends OperatorCommand<ShownLetter> {
  static override summary = 'Show one dead letter: how it came about, and what a replay would do.'
  static override description =
    'From the event over the rule or step to the command and its attempts. Personal data in payloads is masked unless --raw; credentials were removed before it was stored.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq show 0199… --tenant acme' },
    {
      description: 'The payload alone, as it was stored:',
      command: 'neuronx dlq show 0199… --tenant acme --raw --json | jq .data.payload',
    },
  ]
  static override args = { id: requiredArg('Id of the dead letter.') }
  static override flags = {
    ...tenantFlag,
    raw: boolean({ summary: 'Payloads as they are stored, personal data included.' }),
  }

  override async run(): Promise<ShownLetter> {
    const { args, flags } = await this.parse(DlqShow)
    return this.withTenant(flags.tenant, 'dead_letter.read', async ({ operator, tenant }) => {
      const found = await letterChain(operator, tenant.id, args.id)
      const { letter, ...chain } = foundOr(
        found,
        'dead letter',
        args.id,
        `neuronx dlq list --tenant ${tenant.slug}`,
      )
      const shown = { ...letter, ...chain }
      return flags.raw ? shown : masked(shown)
    })
  }

  protected override render(letter: ShownLetter): void {
    const { faint } = this.output.theme
    const facts = [
      ['ID', letter.id],
      ['STATUS', letter.status],
      ['SOURCE', letter.source],
      ['CLASS', letter.class],
      ['CODE', letter.code],
      ['REASON', letter.reason],
      ['GROUP', letter.fingerprint],
      ['INTEGRATION', letter.integration],
      ['ENTITY', letter.entityKey],
      ['CAUSE', letter.cause],
      ['EVENT', letter.eventId],
      ['COMMAND', letter.commandId],
      ['CREATED', letter.createdAt],
      ['REPLAYS', letter.replays],
      ['LAST REPLAY', madeOf(letter.lastReplay)],
      ['ENDED', madeOf(letter.resolution)],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${renderChain({ letter, ...letter }, this.output)}`)
    const answer = letter.command?.error?.answer ?? null
    if (answer !== null) this.output.print(`\n${faint('ANSWER')}\n${plainLine(answer)}`)
    this.output.print(`\n${faint('PAYLOAD')}\n${renderJson(letter.payload)}`)
    const { replay } = letter
    const outlook = replay.outcome === 'replayed' ? replay.effect : `left alone: ${replay.why}`
    this.output.print(`\n${faint('REPLAY')}  ${plainLine(outlook)}`)
    if (letter.status !== 'open') return
    const words =
      letter.class === 'in_doubt'
        ? `resolve ${letter.id} --tenant ${this.tenantSlug} --outcome done-elsewhere|skip --evidence TEXT`
        : `replay ${letter.id} --tenant ${this.tenantSlug}`
    this.output.tell(`\nnext  neuronx dlq ${words}`)
  }
}

/** `outcome succeeded, at 2026-…`; null for nothing. */
function madeOf(value: JsonValue | undefined): string | null {
  if (value === undefined || !isJsonObject(value)) return null
  const told = Object.entries(value).filter(([, one]) => one !== null)
  return told
    .map(([name, one]) => `${name} ${typeof one === 'string' ? one : JSON.stringify(one)}`)
    .join(', ')
}

function masked(letter: ShownLetter): ShownLetter {
  const { event, command } = letter
  const error = command?.error ?? null
  return {
    ...letter,
    payload: maskPersonal(letter.payload),
    reason: String(maskPersonal(letter.reason)),
    attempts: letter.attempts.map((one) => ({
      ...one,
      error: { ...one.error, answer: maskedText(one.error.answer) },
    })),
    event: event === null ? null : { ...event, data: maskedObject(event.data) },
    command:
      command === null
        ? null
        : {
            ...command,
            command: { ...command.command, input: maskedObject(command.command.input) },
            error: error === null ? null : { ...error, answer: maskedText(error.answer) },
            result: maskPersonal(command.result),
          },
  }
}

function maskedObject(value: JsonObject): JsonObject {
  const hidden = maskPersonal(value)
  return isJsonObject(hidden) ? hidden : {}
}

function maskedText(text: string | null): string | null {
  return text === null ? null : String(maskPersonal(text))
}
