import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText, NxError } from '../kernel/errors.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Settings } from './config/settings.ts'
import { startDaemon } from './daemon/start-daemon.ts'
import { removeFakes } from './fakes/fakes-file.ts'
import { createLogger, logFile, standardErrorLog } from './logger.ts'
import { startLocalStack } from './stack/local-stack.ts'
import type { LocalStack } from './stack/local-stack.ts'
import { untilToldToStop } from './until-told-to-stop.ts'

export interface DevOptions {
  /** Logs go to DATA_DIR/daemon.log instead of standard error. */
  readonly quiet: boolean
  /** Connectors whose vendors are played; see `readFakeNames`. */
  readonly fakes: readonly string[]
  /** Prints a line on standard output. */
  readonly print: (line: string) => void
}

/**
 * Postgres, NATS, fake vendors and the daemon in this process's care, in the foreground, until SIGINT, SIGTERM or the end of a server.
 * Prints `ready http=… database=… nats=… fake.NAME=…` when it serves. Throws when something does not start or ends by itself.
 */
export async function runDev(settings: Settings, { quiet, fakes, print }: DevOptions): Promise<void> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 })
  // Standard output has the ready line alone, so that a script can read it without sorting.
  const destination = quiet ? logFile(join(settings.dataDir, 'daemon.log')) : standardErrorLog()
  const logger = createLogger(settings.logLevel, destination)
  // Signals during the start end the process; the servers' guards then stop the servers.
  const stack = await startLocalStack({ dataDir: settings.dataDir, logger })
  try {
    await serve(stack, settings, logger, { fakes, print })
  } finally {
    await stack.stop()
  }
}

async function serve(
  stack: LocalStack,
  settings: Settings,
  logger: Logger,
  { fakes: names, print }: Pick<DevOptions, 'fakes' | 'print'>,
): Promise<void> {
  const dataDir = stack.directory.path
  // Those of a run that was killed are no more.
  await removeFakes(dataDir)
  // Without names nothing of them is loaded.
  const fakes =
    names.length === 0
      ? null
      : await (await import('./fakes/dev-fakes.ts')).startDevFakes(names, { dataDir, logger })
  try {
    const faked = fakes === null ? {} : { fakes: fakes.vendors }
    const daemon = await startDaemon(stack.settings(settings), { logger, ...faked })
    try {
      await fakes?.announce(stack.databaseUrl, daemon.url, settings.publicUrl ?? daemon.url)
      const urls = fakes?.urls ?? new Map<string, string>()
      await stack.writeEnv(daemon.url, daemon.opsUrl, fakeVariables(urls))
      print(readyLine(stack, daemon.url, urls))
      const reason = await untilToldToStop(stack.failed, () => daemon.abort())
      if ('failure' in reason) throw endedByItself(reason.failure, settings.dataDir)
      logger.info(reason, 'Stopping')
    } finally {
      fakes?.quiet()
      await daemon
        .stop()
        .catch((error: unknown) =>
          logger.warn({ error: errorText(error) }, 'The daemon did not stop cleanly'),
        )
    }
  } finally {
    await fakes?.stop()
    await removeFakes(dataDir)
  }
}

/** Without what is nobody's business: passwords, and the doors of fakes. */
function readyLine(stack: LocalStack, gateway: string, fakes: ReadonlyMap<string, string>): string {
  const listening = [...fakes].map(([name, url]) => ` fake.${name}=${new URL(url).origin}`).join('')
  return `ready http=${gateway} database=${withoutPassword(stack.databaseUrl)} nats=${withoutPassword(stack.natsUrl)}${listening}`
}

/** `NEURONX_FAKE_TEAMS_WORKFLOW=http://…`: for tests to read. The program itself never does. */
function fakeVariables(fakes: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...fakes].map(([name, url]) => [`NEURONX_FAKE_${name.replaceAll('-', '_').toUpperCase()}`, url]),
  )
}

function endedByItself(name: string, dataDir: string): NxError {
  return new NxError('unreachable', 'NX-DEV-SERVER-ENDED', `${name} ended by itself`, {
    detail: `Its log is in ${dataDir}.`,
    fix: 'Start `neuronx dev` again; the data is kept.',
  })
}

/** An address as it may be shown. */
function withoutPassword(url: string): string {
  const shown = new URL(url)
  shown.password = ''
  return shown.href
}
