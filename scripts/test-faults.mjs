// `npm run test:faults -- [options]`: installs what is missing and runs the fault suite on Node 24: real daemons, Postgres and
// nats-server under seeded faults. `--help` names the options.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot } from './prepare.mjs'

prepare()
const main = join(projectRoot, 'test', 'faults', 'run', 'main.ts')
const child = spawn(nodeBinary(), ['--no-warnings', main, ...process.argv.slice(2)], {
  cwd: projectRoot,
  stdio: 'inherit',
})
// A terminal sends Ctrl-C to both; the others reach this process only.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 130
})
