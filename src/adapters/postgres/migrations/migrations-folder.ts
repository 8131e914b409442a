import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NxError } from '../../../kernel/errors.ts'

/** The package's own `migrations` folder, whether this runs from source or from a build below it. */
export function migrationsFolder(): string {
  let folder = import.meta.dirname
  for (;;) {
    const candidate = join(folder, 'migrations')
    if (existsSync(candidate) && existsSync(join(folder, 'package.json'))) return candidate
    const parent = dirname(folder)
    if (parent === folder) break
    folder = parent
  }
  throw new NxError(
    'io',
    'NX-DB-MIGRATIONS-MISSING',
    'The migrations folder of this installation is missing',
    {
      fix: 'Install the package again: its files belong together.',
    },
  )
}
