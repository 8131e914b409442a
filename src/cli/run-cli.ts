import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '@oclif/core'
import { NxError } from '../kernel/errors.ts'
import { errorEnvelope, resultEnvelope } from './envelope.ts'
import { reportOf } from './errors/error-report.ts'
import { processOutput } from './output.ts'
import { renderError } from './errors/render-error.ts'
import { endWhenReaderLeaves } from './stdout-drain.ts'
import { unknownCommand } from './errors/unknown-command.ts'

const helpFlags = ['--help', '-h']
const versionFlags = ['--version', '-V']

/**
 * The command line: finds the command among those of the manifest, loads it alone and runs it. Sets the exit code and
 * never throws; the process ends when its output has been read. `root` is the folder of package.json.
 */
export async function runCli(argv: readonly string[], root: string): Promise<void> {
  endWhenReaderLeaves()
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const json = words.includes('--json')
  try {
    if (words.includes('-vv')) process.setSourceMapsEnabled(true)
    if (versionFlags.includes(argv[0] ?? '')) return await printVersion(root, json)
    await dispatch(argv, words, root)
  } catch (error) {
    const report = reportOf(error)
    process.exitCode = report.exit
    const output = processOutput()
    if (json) output.print(errorEnvelope(report, { command: '', version: await versionOf(root), ms: 0 }))
    else
      output.tell(
        renderError(
          report,
          output,
          words.includes('-vv') && error instanceof Error ? (error.stack ?? null) : null,
        ),
      )
  }
}

async function dispatch(argv: readonly string[], words: readonly string[], root: string): Promise<void> {
  const config = await loadConfig(root)
  const wantsHelp = argv.length === 0 || argv[0] === 'help' || words.some((word) => helpFlags.includes(word))
  if (wantsHelp) return showHelp(config, argv[0] === 'help' ? argv.slice(1) : argv)

  const { standardizeIDFromArgv } = await import('./oclif.ts')
  const [id = '', ...rest] = standardizeIDFromArgv([...argv], config)
  const command = config.findCommand(id)
  if (command !== undefined) {
    const Loaded = await command.load()
    await Loaded.run(rest, config)
    return
  }
  if (config.findTopic(id) !== undefined && rest.length === 0) return showHelp(config, argv)
  throw notFound(config, words)
}

async function loadConfig(root: string): Promise<Config> {
  const { Config, settings } = await import('./oclif.ts')
  // NODE_ENV=development in somebody's shell must not send oclif looking for TypeScript sources.
  settings.enableAutoTranspile = false
  return Config.load({ root })
}

async function showHelp(config: Config, argv: readonly string[]): Promise<void> {
  const subject = helpSubject(argv)
  const { CommandHelp, standardizeIDFromArgv } = await import('./oclif.ts')
  const [id] = standardizeIDFromArgv([...subject], config)
  if (id !== undefined && config.findCommand(id) === undefined && config.findTopic(id) === undefined)
    throw notFound(config, subject)
  await new CommandHelp(config, config.pjson.oclif.helpOptions).showHelp([...subject])
}

/** What help is asked about: the words before the first flag, whose value is none of them. */
function helpSubject(argv: readonly string[]): readonly string[] {
  const begin = argv.findIndex((word) => !word.startsWith('-'))
  if (begin < 0) return []
  const words = argv.slice(begin).filter((word) => !helpFlags.includes(word))
  const flag = words.findIndex((word) => word.startsWith('-'))
  return flag < 0 ? words : words.slice(0, flag)
}

function notFound(config: Config, words: readonly string[]): NxError {
  const typed = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0)
  if (typed.length === 0) {
    return new NxError('usage', 'NX-USAGE', `${words[0] ?? ''} is not a flag of neuronx itself`, {
      fix: 'neuronx --help',
    })
  }
  const ids = config.commandIDs.map((id) => id.replaceAll(':', ' '))
  const known = ids.find((id) => typed.join(' ').startsWith(`${id} `))
  if (known !== undefined) {
    const extra = typed.slice(known.split(' ').length).join(' ')
    return new NxError('usage', 'NX-USAGE', `Unexpected argument: ${extra}`, {
      fix: `neuronx ${known} --help`,
    })
  }
  const topics = [...new Set(ids.filter((id) => id.includes(' ')).map((id) => id.split(' ')[0] ?? ''))]
  return unknownCommand(typed, ids, topics)
}

async function printVersion(root: string, json: boolean): Promise<void> {
  const version = await versionOf(root)
  const facts = {
    name: 'neuronx',
    version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  const output = processOutput()
  if (json) output.print(resultEnvelope(facts, 0, [], { command: 'version', version, ms: 0 }))
  else output.print(`neuronx/${version} ${facts.platform} node-${facts.node}`)
}

async function versionOf(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null
  return typeof version === 'string' ? version : '0.0.0'
}
