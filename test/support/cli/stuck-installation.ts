import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from '../../../src/messaging/commands/command.ts'
import { all, claimSome, dead, inDoubt, leadCommand } from '../stores/queue.ts'
import { openTestQueue } from '../stores/test-queue.ts'
import type { TestQueue } from '../stores/test-queue.ts'
import { basicDocuments } from '../system/running-system.ts'
import { buildCli, runBuiltCli } from './built-cli.ts'
import type { CliOptions, CliResult } from './built-cli.ts'

/** What `--json` prints, with the exit code. */
export interface CliAnswer {
  readonly code: number | null
  readonly ok: boolean
  readonly data: Record<string, unknown>
  readonly warnings: readonly string[]
  readonly error: { readonly code: string; readonly exit: number; readonly fix: string | null }
}

/** A tenant `acme` with configuration, a queue to fill, and no daemon: for the commands of the day when something is stuck. */
export interface StuckInstallation extends AsyncDisposable {
  readonly queue: TestQueue
  readonly tenantId: string
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  /** Runs the CLI for the tenant. */
  text(args: readonly string[], options?: CliOptions): Promise<CliResult>
  json(args: readonly string[], options?: CliOptions): Promise<CliAnswer>
  /** Commands that died, or are in doubt, each with its letter; returned by letter id. */
  die(
    lead: string,
    how?: 'dead' | 'in_doubt',
    change?: Partial<Command>,
  ): Promise<{ letter: string; command: Command }>
}

export async function stuckInstallation(): Promise<StuckInstallation> {
  buildCli()
  const queue = await openTestQueue()
  const folder = await mkdtemp(join(tmpdir(), 'nx-stuck-'))
  const env = { NEURONX_DATABASE_URL: queue.test.url, NEURONX_TENANT: 'acme' }
  const text: StuckInstallation['text'] = (args, options = {}) =>
    runBuiltCli(args, { ...options, env: { ...env, ...options.env } })
  const json: StuckInstallation['json'] = async (args, options = {}) => {
    const result = await text([...args, '--json'], options)
    return { code: result.code, ...(JSON.parse(result.stdout) as Omit<CliAnswer, 'code'>) }
  }
  const made = await json(['tenant', 'create', 'acme'])
  const tenantId = String(made.data['id'])
  const config = join(folder, 'config')
  await mkdir(join(config, 'tenants', 'acme'), { recursive: true })
  await writeFile(join(config, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
  await writeFile(join(config, 'tenants', 'acme', 'all.yaml'), basicDocuments('http://127.0.0.1:9'))
  const applied = await text(['config', 'apply', config, '--yes'])
  if (applied.code !== 0) throw new Error(`The configuration was refused: ${applied.stderr}`)
  return {
    queue,
    tenantId,
    env,
    folder,
    text,
    json,
    die: async (lead, how = 'dead', change = {}) => {
      const { commands, messages } = queue.database.stores
      const command = leadCommand(tenantId, lead, {
        repeatable: how === 'dead' ? 'yes' : 'no',
        input: { lead, score: 7 },
        ...change,
      })
      await queue.enqueue(command)
      const leased = (await claimSome(commands, 100)).filter((one) => one.command.id === command.id)
      await commands.settle(all(leased, how === 'dead' ? dead : inDoubt))
      const { items } = await messages.deadLetters(tenantId, { status: 'open' }, { limit: 500, cursor: null })
      const letter = items.find((one) => one.commandId === command.id)
      if (letter === undefined) throw new Error('The command left no letter')
      return { letter: letter.id, command }
    },
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
