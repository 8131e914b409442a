import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { dryRunFlag, reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { readLines } from '../../src/cli/lines/read-lines.ts'

interface ImportResult {
  readonly dryRun: boolean
  readonly imported: number
  readonly known: number
  /** Left alone: another tenant of this installation has them. */
  readonly elsewhere: number
}

const lineBytesMax = 4 * 1024 * 1024

export default class DlqImport extends OperatorCommand<ImportResult> {
  static override summary = 'Take dead letters in that `dlq export` wrote.'
  static override description =
    'JSON lines from a file, or from stdin for -. Ids are kept; letters that the tenant has already are left alone, and so are those that another tenant of this installation has (exit code 3, or 1 when nothing was imported). A line that cannot be read ends the import with its number and exit code 65.'
  static override examples = [
    {
      description: 'From a file:',
      command: 'neuronx dlq import letters.jsonl --tenant acme --reason "moved from eu-1"',
    },
    { description: 'Check it first:', command: 'neuronx dlq import letters.jsonl --tenant acme --dry-run' },
  ]
  static override args = { file: requiredArg('A file of JSON lines, - for stdin.') }
  static override flags = { ...tenantFlag, ...reasonFlag, ...dryRunFlag }

  override async run(): Promise<ImportResult> {
    const { args, flags } = await this.parse(DlqImport)
    const reason = requiredReason(flags)
    return this.withTenant(flags.tenant, 'dead_letter.replay', async ({ operator, tenant }) => {
      const dryRun = Boolean(flags['dry-run'])
      const lines = readLines(args.file, lineBytesMax)
      const taken = await operator.letters.importLetters(tenant.id, lines, { dryRun }, operator.actor, reason)
      if (taken.elsewhere > 0) {
        this.endWith(taken.imported > 0 ? exitCodes.partlyFailed : exitCodes.failed)
        this.note(
          `${taken.elsewhere} belong to another tenant of this installation and are left alone: a letter keeps its id.`,
        )
      }
      return { dryRun, ...taken }
    })
  }

  protected override render({ dryRun, imported, known }: ImportResult): void {
    this.output.print(`${imported} ${dryRun ? 'would be imported' : 'imported'}, ${known} known already`)
  }
}
