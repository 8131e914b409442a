// What every entry point needs first, on whatever Node the host has (20 or newer): the locked packages, which bring Node 24
// with them, and a nats-server. Prints what it does; does nothing when nothing is missing.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const localNode = join(projectRoot, 'node_modules', 'node', 'bin', 'node')
const stamp = join(projectRoot, 'node_modules', '.neuronx-installed')

/** Node 24: the one that runs this script when it is new enough, else the one that the packages brought. */
export function nodeBinary() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (existsSync(localNode)) return localNode
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  throw new Error(
    `Node ${process.versions.node} is too old and no newer one is installed: run \`npm ci\` in ${projectRoot}`,
  )
}

export function prepare() {
  installPackages()
  run(nodeBinary(), [join(projectRoot, 'scripts', 'install-nats-server.mjs')], 'nats-server')
}

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(projectRoot, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('Installing packages (npm ci) …')
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  run(command, [...args, 'ci', '--loglevel=error', '--no-audit', '--no-fund'], 'npm ci')
  writeFileSync(stamp, lock)
}

/** Runs a step in the project's folder; a failure ends this process with the step's exit code. */
export function run(command, args, title, env = {}) {
  const result = spawnSync(command, args, {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: childEnv(env),
  })
  if (result.status === 0) return
  console.error(
    `${title} failed${result.error ? `: ${result.error.message}` : ` (exit ${result.status ?? result.signal})`}`,
  )
  process.exit(result.status ?? 1)
}

/** Runs a step beside others and keeps its output; resolves with its exit code. */
export function runQuietly(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: childEnv(env),
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    )
  })
}

// The packages' own tools and their Node come first on PATH, as in an npm script.
function childEnv(extra) {
  const bin = join(projectRoot, 'node_modules', '.bin')
  return { ...process.env, PATH: `${dirname(localNode)}:${bin}:${process.env.PATH ?? ''}`, ...extra }
}
