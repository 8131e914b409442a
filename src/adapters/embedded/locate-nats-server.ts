import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { NxError } from '../../kernel/errors.ts'

const run = promisify(execFile)

export interface FoundNatsServer {
  /** A path, or the bare name when it is on PATH. */
  readonly command: string
  readonly version: string
}

/** JetStream with everything we use: the one of Debian 12 is 2.9.10. */
const oldest = [2, 9] as const

/** Ordinary users of Debian have no /usr/sbin on PATH. */
const systemPlaces = ['nats-server', '/usr/local/sbin/nats-server', '/usr/sbin/nats-server']

/**
 * The nats-server to start: `configured` when given, else the one on PATH, else what the set-up put into the checkout's
 * cache folder. Throws NX-NATS-MISSING (configuration) with what to install.
 */
export async function locateNatsServer(configured?: string): Promise<FoundNatsServer> {
  const tooOld: string[] = []
  for (const command of configured === undefined
    ? [...systemPlaces, ...(await cachePlaces())]
    : [configured]) {
    const version = await versionOf(command)
    if (version === null) continue
    if (isNewEnough(version)) return { command, version }
    tooOld.push(`${command} is ${version}`)
  }
  throw new NxError('configuration', 'NX-NATS-MISSING', 'There is no nats-server to start', {
    detail:
      tooOld.length > 0
        ? `It must be ${oldest.join('.')} or newer; ${tooOld.join(', ')}.`
        : configured === undefined
          ? 'Neither PATH nor the cache folder of the checkout has one.'
          : `${configured} does not run.`,
    fix: howToInstall(),
  })
}

async function versionOf(command: string): Promise<string | null> {
  const answer = await run(command, ['--version'], { timeout: 10_000 }).catch(() => null)
  return answer === null ? null : (/v(\d+\.\d+\.\d+)/.exec(answer.stdout + answer.stderr)?.[1] ?? null)
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

/** `.cache/nats-server` of every folder above this file that is a package: the checkout's, wherever the build put us. */
async function cachePlaces(): Promise<string[]> {
  const places: string[] = []
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const isPackage = await access(join(folder, 'package.json')).then(
      () => true,
      () => false,
    )
    if (isPackage) places.push(join(folder, '.cache', 'nats-server', 'nats-server'))
  }
  return places
}

function howToInstall(): string {
  const other = 'or use an existing NATS through NEURONX_NATS_URL.'
  if (process.platform === 'darwin') return `Run \`brew install nats-server\`, ${other}`
  return `On Debian and Ubuntu run \`node scripts/install-nats-server.mjs\` in the checkout (no root needed); elsewhere install nats-server so that it is on PATH; ${other}`
}
