import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineRev } from '../../src/sales-core/workflows/workflow-instance.ts'
import { recordHistory } from './golden-history.ts'
import { scenarios } from './scenarios.ts'

/**
 * `node test/golden/record.ts`: plays the scenarios that have no history of this revision yet and writes it to
 * `test/golden/rev<N>/<scenario>.json`. One that exists is not written again: delete it first. A revision is frozen when it is
 * released: then its histories stay as they are, and a new engine has to read them.
 */
const folder = join(dirname(fileURLToPath(import.meta.url)), `rev${engineRev}`)
await mkdir(folder, { recursive: true })
for (const scenario of scenarios) {
  const file = join(folder, `${scenario.name}.json`)
  if (existsSync(file)) continue
  await writeFile(file, `${JSON.stringify(recordHistory(scenario, engineRev), null, 1)}\n`)
  console.log(`recorded ${file}`)
}
