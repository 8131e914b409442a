import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildCli } from '../support/built-cli.ts'
import { commandSurface } from './command-surface.ts'

// Run by hand after a wanted change: node test/cli/write-command-surface.ts
buildCli()
writeFileSync(
  fileURLToPath(new URL('command-surface.json', import.meta.url)),
  `${JSON.stringify(commandSurface(), null, 2)}\n`,
)
