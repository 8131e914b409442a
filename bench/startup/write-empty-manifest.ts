import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Plugin } from '@oclif/core'

/** The manifest of the empty CLI, as `oclif manifest` would write it: without one it would be compared at its slowest. */
export async function writeEmptyManifest(root: string): Promise<void> {
  const file = join(root, 'oclif.manifest.json')
  if (existsSync(file)) return
  const plugin = new Plugin({ root, ignoreManifest: true, type: 'core' })
  await plugin.load()
  writeFileSync(file, JSON.stringify(plugin.manifest))
}
