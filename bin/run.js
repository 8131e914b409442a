#!/usr/bin/env node
// Starts the command line on a Node that is new enough. This file itself must parse and run on Node 18 and later.
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(import.meta.url)
const root = dirname(dirname(here))
const cli = join(root, 'dist', 'cli.js')
const localNode = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

// V8 sizes its young generation by the machine: 134 MB on a large one. A daemon is as fast with a fraction (measured), and small.
const serviceFlags = isService() ? ['--max-semi-space-size=16'] : []

if (!isNewEnough()) runOnLocalNode()
else if (serviceFlags.length > 0 && !isFlagged() && process.execve && !process.channel) replaceMyself()
else if (!existsSync(cli))
  refuse('NX-NOT-BUILT', 'neuronx is not built', `There is no ${cli}.`, `cd ${root} && npm run build`)
else void start()

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

function isService() {
  const [topic, verb] = process.argv.slice(2)
  return topic === 'dev' || (topic === 'daemon' && verb === 'run')
}

function isFlagged() {
  return process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'))
}

/** The same process, begun anew with the flags: no second process, no signal to pass on. */
function replaceMyself() {
  const args = [...process.execArgv, ...serviceFlags, here, ...process.argv.slice(2)]
  process.execve(process.execPath, [process.execPath, ...args], process.env)
}

async function start() {
  stopWithLauncher()
  nodeModule.enableCompileCache?.(compileCacheFolder())
  const { runCli } = await import('../dist/cli.js')
  await runCli(process.argv.slice(2), root)
}

/** Compiled code is kept beside the checkout when that can be written to, else in the user's cache. */
function compileCacheFolder() {
  const beside = join(root, '.cache')
  try {
    mkdirSync(beside, { recursive: true })
    accessSync(beside, constants.W_OK)
    return join(beside, 'compile')
  } catch {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'neuronx', 'compile')
  }
}

/** Runs the same command on the Node that the packages brought along; ends as it ends. */
function runOnLocalNode() {
  if (!existsSync(localNode)) {
    const detail = `This is Node ${process.versions.node}, and the one that the packages bring is not installed.`
    return refuse(
      'NX-NODE-TOO-OLD',
      'neuronx needs Node 22.18 or newer',
      detail,
      `cd ${root} && npm ci --loglevel=error`,
    )
  }
  // The channel tells the child when this process is gone, even by SIGKILL.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(localNode, [...process.execArgv, ...serviceFlags, here, ...process.argv.slice(2)], {
    stdio,
  })
  const forward = (signal) => () => child.kill(signal)
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, forward(signal))
  // A terminal sends Ctrl-C to both; the child must not get it twice, the second time means "at once".
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', onTerminal ? () => {} : forward('SIGINT'))
  child.on('error', (error) =>
    refuse(
      'NX-NODE-START',
      'The local Node does not start',
      error.message,
      `cd ${root} && npm ci --loglevel=error`,
    ),
  )
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** Started by runOnLocalNode: when that process dies, this one is asked to stop. */
function stopWithLauncher() {
  if (!process.channel) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

function refuse(code, title, detail, fix) {
  if (process.argv.includes('--json')) {
    const error = { code, exit: 69, retryable: false, title, detail, where: null, fix }
    console.log(
      JSON.stringify({ schema: 'neuronx/v1/Error', ok: false, error, meta: { command: '' } }, null, 2),
    )
  } else console.error(`error ${code}  ${title}\n  why    ${detail}\n  fix    ${fix}`)
  process.exitCode = 69
}
