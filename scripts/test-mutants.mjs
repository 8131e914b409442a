// `npm run test:mutants -- [--only NAME] [--workers N]`: takes each defence out of a copy of the project and demands that its tests
// notice, on Node 24.
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot, run } from './prepare.mjs'

prepare()
const main = join(projectRoot, 'test', 'faults', 'mutants', 'run-mutants.ts')
run(nodeBinary(), ['--no-warnings', main, ...process.argv.slice(2)], 'mutants')
