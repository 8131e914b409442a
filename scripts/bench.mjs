// `npm run bench -- pipeline|outbox|rules|workflows|startup [options]`: installs what is missing, the systems to compare with included, builds, and
// runs the benchmark on Node 24.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot, run } from './prepare.mjs'

const words = process.argv.slice(2)

prepare()
const node = nodeBinary()
run(node, [join(projectRoot, 'scripts', 'build.mjs')], 'build')
if (['pipeline', 'outbox', 'rules', 'workflows'].includes(words[0])) installPeers()
const { status, signal } = spawnSync(
  node,
  ['--no-warnings', join(projectRoot, 'bench', 'run.ts'), ...words],
  {
    cwd: projectRoot,
    stdio: 'inherit',
  },
)
process.exitCode = signal === null ? (status ?? 1) : 130

function installPeers() {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, 'bench', 'package.json'), 'utf8'))
  const missing = Object.keys(dependencies).some(
    (name) => !existsSync(join(projectRoot, 'bench', 'node_modules', name)),
  )
  if (!missing) return
  console.error('Installing the systems to compare with (npm ci --prefix bench) …')
  run(
    'npm',
    ['ci', '--prefix', 'bench', '--loglevel=error', '--no-audit', '--no-fund'],
    'npm ci --prefix bench',
  )
}
