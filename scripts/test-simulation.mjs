// `npm run test:simulation -- [--seeds N] [--from N] [--seed N] [--point NAME|each]
// [--steps N] [--language]`: plays seeded schedules of faults in one
// process, in virtual time, on Node 24.
import { join } from 'node:path'
import { nodeBinary, prepare, projectRoot, run } from './prepare.mjs'

prepare()
const main = join(projectRoot, 'test', 'faults', 'simulation', 'run.ts')
run(nodeBinary(), ['--no-warnings', main, ...process.argv.slice(2)], 'simulation')
