import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NxError } from '../kernel/errors.ts'

/** The folder of this package, whether this runs from source or from a build below it, and what its package.json says. */
export function thisPackage(): { readonly folder: string; readonly version: string } {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      const text = readFileSync(join(folder, 'package.json'), 'utf8')
      const { name, version } = JSON.parse(text) as Record<string, string>
      if (name === 'neuronx' && version !== undefined) return { folder, version }
    } catch {
      // Not in this folder: the next one up.
    }
    if (folder === dirname(folder)) {
      throw new NxError('io', 'NX-PACKAGE', 'The package.json of this installation is missing', {
        fix: 'Install the package again: its files belong together.',
      })
    }
  }
}

/** The file of a program of this package, such as `daemon/source-worker`: built beside what runs now, or its source. */
export function programFile(name: string): string {
  const { folder } = thisPackage()
  return import.meta.filename.endsWith('.ts')
    ? join(folder, `${name}.ts`)
    : join(folder, 'dist', `${name}.js`)
}
