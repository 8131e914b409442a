import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { buildCli } from '../support/cli/built-cli.ts'
import { commandSurface } from './command-surface.ts'

// Run by hand after a wanted change: node test/cli/write-command-surface.ts
const file = fileURLToPath(new URL('command-surface.json', import.meta.url))
buildCli()
writeFileSync(
  file,
  await format(JSON.stringify(commandSurface()), { ...(await resolveConfig(file)), filepath: file }),
)
