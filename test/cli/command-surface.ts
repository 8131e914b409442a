import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../support/cli/built-cli.ts'

interface ManifestFlag {
  readonly type: string
  readonly char?: string
  readonly required?: boolean
  readonly options?: readonly string[]
  readonly default?: unknown
}

export interface ManifestCommand {
  readonly summary?: string
  readonly description?: string
  readonly examples?: readonly { readonly description: string; readonly command: string }[]
  readonly args: Readonly<Record<string, { readonly required?: boolean; readonly multiple?: boolean }>>
  readonly flags: Readonly<Record<string, ManifestFlag>>
}

/** The commands of the manifest that the build wrote. */
export function manifestCommands(): Readonly<Record<string, ManifestCommand>> {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'oclif.manifest.json'), 'utf8'))
  return (manifest as { commands: Record<string, ManifestCommand> }).commands
}

/** What scripts rely on: the words of every command. One line a command and flag, so that a change reads well in a diff. */
export function commandSurface(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(manifestCommands()).map(([id, command]) => [
      id.replaceAll(':', ' '),
      [
        ...Object.entries(command.args).map(
          ([name, arg]) => `<${name}>${arg.required ? '' : '?'}${arg.multiple ? '...' : ''}`,
        ),
        ...Object.entries(command.flags)
          .map(([name, flag]) => flagLine(name, flag))
          .sort(),
      ],
    ]),
  )
}

function flagLine(name: string, flag: ManifestFlag): string {
  const parts = [
    `--${name}`,
    flag.char === undefined ? '' : `-${flag.char}`,
    flag.type === 'boolean' ? '' : (flag.options?.join('|') ?? 'VALUE'),
    flag.required ? 'required' : '',
    flag.default === undefined || flag.type === 'boolean' ? '' : `default ${String(flag.default)}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}
