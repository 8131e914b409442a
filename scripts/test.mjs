// `npm test`: installs what is missing, builds, checks types, style and boundaries, runs every test on real Postgres and NATS.
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot, run, runQuietly } from './prepare.mjs'

prepare()
const node = nodeBinary()
const tool = (path) => join(projectRoot, 'node_modules', path)

const started = performance.now()
const lap = () => `${((performance.now() - started) / 1000).toFixed(0)} s`

run(node, [join(projectRoot, 'scripts', 'build.mjs')], 'build')

const checks = [
  ['types', [tool('typescript/bin/tsc'), '--noEmit']],
  ['lint', [tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ['format', [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  [
    'boundaries',
    [
      tool('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'commands',
      'daemon',
      'bin',
    ],
  ],
]
let broken = 0
// Two at a time: the machine that runs this may have two cores.
for (let next = 0; next < checks.length; next += 2) {
  const pair = checks.slice(next, next + 2)
  const results = await Promise.all(pair.map(([, args]) => runQuietly(node, args)))
  for (const [index, { code, output }] of results.entries()) {
    const title = pair[index][0]
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${title}  (${lap()})`)
    if (code !== 0) {
      broken += 1
      console.log(output)
    }
  }
}

const mocha = await import('node:child_process').then(({ spawnSync }) =>
  spawnSync(node, [tool('mocha/bin/mocha.js'), ...process.argv.slice(2), 'test/**/*.test.ts'], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NEURONX_TEST_SUMMARY: '1' },
  }),
)
process.exitCode = mocha.status !== 0 ? (mocha.status ?? 1) : broken > 0 ? 1 : 0
if (broken > 0) console.log(`${broken} of the checks before the tests failed: see above`)
