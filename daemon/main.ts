import { processEnvironment } from '../src/app/config/process-environment.ts'
import { loadSettings } from '../src/app/config/load-settings.ts'
import { createLogger } from '../src/app/logger.ts'
import { errorText, NxError } from '../src/kernel/errors.ts'
import { runDaemon } from './run-daemon.ts'

// The process without the CLI around it: what a service manager runs. Exit codes as the CLI's (78: do not restart).
try {
  await runDaemon(await loadSettings(processEnvironment(), process.cwd()))
  process.exitCode = 0
} catch (error) {
  const known = error instanceof NxError ? { code: error.code, detail: error.detail, fix: error.fix } : {}
  createLogger('info').error({ ...known, error: errorText(error) }, 'The daemon cannot run')
  process.exitCode = error instanceof NxError && error.kind === 'configuration' ? 78 : 1
}
