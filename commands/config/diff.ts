import { boolean } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { requiredArg } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderDocuments, renderRawChanges } from '../../src/cli/plan/render-changes.ts'
import type { ConfigDifference } from '../../src/app/plan/diff-config.ts'

export default class ConfigDiff extends OperatorCommand<ConfigDifference> {
  static override summary = 'Show what differs between two configurations.'
  static override description =
    'What is effective in the workspaces after inheritance, or with --raw the documents as they are written. A side is a directory, active, revision:DIGEST (everything as it was when that revision became active) or a commit of the history. Two directories need no database. Ends with exit code 2 when there is a difference.'
  static override examples = [
    { description: 'Two checkouts:', command: 'neuronx config diff ../main/config ./config' },
    { description: 'What changed since a commit:', command: 'neuronx config diff commit:4f2a9c1 active' },
    { description: 'As it is written:', command: 'neuronx config diff active ./config --raw' },
  ]
  static override args = {
    before: requiredArg('A directory, active, revision:DIGEST, or a commit.'),
    after: requiredArg('The same, to compare it with.'),
  }
  static override flags = {
    raw: boolean({ summary: 'Compare the documents as they are written, scope by scope.' }),
  }

  override async run(): Promise<ConfigDifference> {
    const { args, flags } = await this.parse(ConfigDiff)
    const { diffConfig } = await import('../../src/app/plan/diff-config.ts')
    const difference = await diffConfig(async (use) => this.withOperator(use), [args.before, args.after], {
      raw: flags.raw,
    })
    if (difference.documents.length + difference.raw.length > 0) this.endWith(exitCodes.changes)
    return difference
  }

  protected override render({ documents, raw, workspaces }: ConfigDifference): void {
    if (documents.length > 0) this.output.print(renderDocuments(documents, this.output))
    for (const { scope, changes } of raw)
      this.output.print(`${this.output.theme.strong(scope)}\n${renderRawChanges(changes, this.output)}`)
    this.output.tell(
      documents.length + raw.length === 0
        ? 'No difference.'
        : `${workspaces.affected} of ${workspaces.total} workspaces affected.`,
    )
  }
}
