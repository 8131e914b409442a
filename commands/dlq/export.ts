import { integer, string } from '@oclif/core/flags'
import { tenantFlag } from '../../src/cli/flags.ts'
import {
  letterFilterFlags,
  letterFilterOf,
  statusFlag,
  statusOf,
} from '../../src/cli/letters/letter-flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { printLines, saveLines } from '../../src/cli/lines/write-lines.ts'
import type { JsonObject } from '../../src/kernel/json.ts'

interface ExportResult {
  readonly exported: number
}

const exportMax = 10_000_000

export default class DlqExport extends OperatorCommand<ExportResult> {
  static override readonly style = 'stream'
  static override summary = 'Write dead letters with their payloads as JSON lines.'
  static override description =
    'Oldest first, open ones unless --status says otherwise, one object a line on stdout or in a new file. `dlq import` takes them in again, here or elsewhere. Payloads are as stored, personal data included. With --json the lines are the same; there is no envelope.'
  static override examples = [
    { description: 'To a file:', command: 'neuronx dlq export --tenant acme --output letters.jsonl' },
    {
      description: 'Codes of the last day:',
      command: 'neuronx dlq export --tenant acme --since 24h | jq -r .code | sort | uniq -c',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...statusFlag,
    ...letterFilterFlags,
    max: integer({
      min: 1,
      max: exportMax,
      default: exportMax,
      summary: 'At most so many letters, oldest first.',
      helpValue: 'N',
    }),
    output: string({ summary: 'A new file to write to instead of stdout.', helpValue: 'FILE' }),
  }

  override async run(): Promise<ExportResult> {
    const { flags } = await this.parse(DlqExport)
    return this.withTenant(flags.tenant, 'dead_letter.read', async ({ operator, tenant }) => {
      const filter = await letterFilterOf(flags, operator.clock.now())
      const selection = { ...filter, status: 'all', ...statusOf(flags), max: flags.max } as const
      const lines = asLines(operator.letters.exportLetters(tenant.id, selection))
      if (flags.output === undefined) return { exported: await printLines(lines) }
      const exported = await saveLines(lines, flags.output)
      this.output.tell(`${exported} written to ${flags.output}`)
      return { exported }
    })
  }

  protected override render(): void {
    // The lines are the output.
  }
}

async function* asLines(letters: AsyncIterable<JsonObject>): AsyncIterable<string> {
  for await (const letter of letters) yield JSON.stringify(letter)
}
