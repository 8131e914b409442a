// `npm run quickstart`: installs what is missing, builds, then shows the whole path. Everything after this file is the product.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot, run } from './prepare.mjs'

prepare()
const node = nodeBinary()
run(node, [join(projectRoot, 'scripts', 'build.mjs')], 'build')
const { status } = spawnSync(
  node,
  [join(projectRoot, 'bin', 'run.js'), 'quickstart', ...process.argv.slice(2)],
  {
    cwd: projectRoot,
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
