import { boolean, string } from '@oclif/core/flags'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { dryRunFlag, reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import { editedInput } from '../../src/cli/letters/edited-input.ts'
import { renderDifferences } from '../../src/cli/letters/difference-view.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { TenantScope } from '../../src/cli/operator-command.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { jsonDifferences } from '../../src/kernel/merge-patch.ts'
import type { JsonDifference } from '../../src/kernel/merge-patch.ts'
import type { Command } from '../../src/messaging/commands/command.ts'

interface EditResult {
  readonly dryRun: boolean
  readonly changes: readonly JsonDifference[]
  /** The new command; null after a dry run. */
  readonly commandId: string | null
  readonly parentId: string
}

export default class DlqEdit extends OperatorCommand<EditResult> {
  static override summary = 'Send a dead command again with another input.'
  static override description =
    'Makes a new command with a new idempotency key and a link to the one it was made from; the letter is resolved and keeps the difference. The input is changed by a merge patch (RFC 7396, JSON or YAML), by single values, or in $EDITOR, and must fit the operation of the active configuration. Shows the difference and asks before.'
  static override examples = [
    {
      description: 'One value:',
      command:
        'neuronx dlq edit 0199… --tenant acme --set contact.email=ada@example.com --reason "typing error"',
    },
    {
      description: 'See what a patch would change:',
      command: 'neuronx dlq edit 0199… --tenant acme --patch fix.yaml --dry-run',
    },
  ]
  static override args = { id: requiredArg('Id of the dead letter.') }
  static override flags = {
    ...tenantFlag,
    ...reasonFlag,
    ...dryRunFlag,
    patch: string({ summary: 'A merge patch in JSON or YAML, - for stdin.', helpValue: 'FILE' }),
    set: string({
      multiple: true,
      summary: 'A value at a path of the input: JSON, else text. May be repeated.',
      helpValue: 'PATH=VALUE',
    }),
    editor: boolean({ default: false, summary: 'Change the input by hand in $VISUAL or $EDITOR.' }),
  }

  override async run(): Promise<EditResult> {
    const { args, flags } = await this.parse(DlqEdit)
    const reason = requiredReason(flags)
    return this.withTenant(flags.tenant, 'dead_letter.replay', async (scope) => {
      const { operator, tenant } = scope
      const command = await commandOf(scope, args.id)
      const input = await editedInput(command.input, flags)
      const changes = jsonDifferences(command.input, input)
      if (changes.length === 0) {
        throw new NxError('invalid', 'NX-DLQ-UNCHANGED', 'The input is the same as before', {
          fix: `Without a change, replay it: neuronx dlq replay ${args.id} --tenant ${tenant.slug}`,
        })
      }
      const { checkCommandInput } = await import('../../src/app/letters/check-command-input.ts')
      await checkCommandInput(operator, command, input)
      if (flags['dry-run']) return { dryRun: true, changes, commandId: null, parentId: command.id }
      if (this.mayAsk()) this.output.tell(`${renderDifferences(changes, this.output)}\n`)
      await this.confirmed(`Send ${command.integration}.${command.operation} again with this input?`)
      const made = await operator.letters.edit(tenant.id, args.id, input, operator.actor, reason)
      return { dryRun: false, changes, ...made }
    })
  }

  protected override render({ dryRun, changes, commandId }: EditResult): void {
    if (dryRun || !this.mayAsk()) this.output.print(renderDifferences(changes, this.output))
    if (commandId === null) return this.output.tell('Nothing was changed.')
    this.output.tell(`next  neuronx command show ${commandId} --tenant ${this.tenantSlug}`)
  }
}

/** The command that the letter is about. Throws NX-DEAD-LETTER-NOT-FOUND, NX-DLQ-NOT-A-COMMAND. */
async function commandOf({ operator, tenant }: TenantScope, id: string): Promise<Command> {
  const { messages } = operator
  const letter = foundOr(
    await messages.deadLetter(tenant.id, id),
    'dead letter',
    id,
    `neuronx dlq list --tenant ${tenant.slug}`,
  )
  const view = letter.commandId === null ? null : await messages.command(tenant.id, letter.commandId)
  if (view !== null && letter.source === 'command') return view.command
  throw new NxError('conflict', 'NX-DLQ-NOT-A-COMMAND', 'Only the letters of commands can be edited', {
    detail: `This one is of ${letter.source === 'event' ? 'an' : 'a'} ${letter.source}.`,
    fix: `Correct the configuration and replay it: neuronx dlq replay ${id} --tenant ${tenant.slug}`,
  })
}
