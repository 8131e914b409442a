import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import type { GitAccess } from '../../adapters/git/git-access.ts'
import { parseGitLocation } from '../../adapters/git/git-access.ts'
import type { ConfigSource } from '../../control-plane/sources/source.ts'
import { NxError } from '../../kernel/errors.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { pathSchema } from './setting-values.ts'

/** A source to follow, with how it is reached. */
export interface SourceSettings extends ConfigSource {
  /** Null: a directory. */
  readonly git: {
    readonly access: GitAccess
    /** Of one call to the repository. */
    readonly timeoutMs: number
    /** What its clone may take on disk. */
    readonly bytesMax: number
  } | null
}

const sourcesMax = 20
const mib = 1024 ** 2
const defaults = { intervalMs: 30_000, timeoutMs: 120_000, repositoryMib: 512 } as const

const duration = (min: string, max: string) =>
  z.string().transform((text, context) => {
    try {
      const ms = parseDuration(text)
      if (ms >= parseDuration(min) && ms <= parseDuration(max)) return ms
    } catch {
      // Said below, for both.
    }
    context.addIssue({ code: 'custom', message: `must be a duration between ${min} and ${max}, such as 30s` })
    return z.NEVER
  })

const branchSchema = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (name) => /^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$/.test(name) && !/\.\.|\/\/|@\{|\.lock$|[/.]$/.test(name),
    {
      error: 'must be the name of a branch, such as main',
    },
  )

const folderSchema = pathSchema.refine(
  (path) => !isAbsolute(path) && !path.includes('\\') && !path.split('/').includes('..'),
  { error: 'must be a folder of the repository, such as config' },
)

/** git hands ssh's command line to a shell: a path of it must mean itself there. */
const sshFileSchema = pathSchema.refine((path) => /^[A-Za-z0-9_./+@-]+$/.test(path), {
  error: 'must be a path of letters, digits and . _ / + @ - only',
})

const sourceSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, {
      error: 'must be 1 to 40 lower-case letters, digits and dashes',
    }),
    git: z.string().min(1).max(2_048).optional(),
    branch: branchSchema.optional(),
    path: folderSchema.optional(),
    directory: pathSchema.optional(),
    interval: duration('1s', '1d').optional(),
    onDrift: z.enum(['report', 'restore']).optional(),
    reason: z.string().min(1).max(500).optional(),
    timeout: duration('1s', '30m').optional(),
    repositoryMibMax: z.number().int().min(1).max(65_536).optional(),
    tokenFile: pathSchema.optional(),
    sshKeyFile: sshFileSchema.optional(),
    knownHostsFile: sshFileSchema.optional(),
  })
  .refine((source) => (source.git === undefined) !== (source.directory === undefined), {
    error: 'takes one of git and directory',
  })
  .refine((source) => source.git !== undefined || gitOnly.every((name) => source[name] === undefined), {
    error: `takes ${'branch, path, timeout, repositoryMibMax, tokenFile, sshKeyFile and knownHostsFile'} with git only`,
  })
  .superRefine(({ git }, context) => {
    try {
      if (git !== undefined) parseGitLocation(git, (path) => path)
    } catch (error) {
      // The value itself is not repeated: it may hold a password.
      const message =
        error instanceof NxError ? `${error.message}. ${error.fix ?? ''}` : 'is no place of a repository'
      context.addIssue({ code: 'custom', message, path: ['git'] })
    }
  })

const gitOnly = [
  'branch',
  'path',
  'timeout',
  'repositoryMibMax',
  'tokenFile',
  'sshKeyFile',
  'knownHostsFile',
] as const

/** The `sources` section of the settings file: what daemons follow. Paths are relative to the file. */
export const sourcesSchema = z
  .array(sourceSchema)
  .max(sourcesMax)
  .superRefine((sources, context) => {
    sources.forEach(({ name }, index) => {
      if (sources.findIndex((one) => one.name === name) < index)
        context.addIssue({ code: 'custom', message: `'${name}' is there twice`, path: [index, 'name'] })
    })
  })

/** The settings of the section, with defaults for all that it leaves out. `folder` is the settings file's. */
export function sourceSettings(
  section: z.output<typeof sourcesSchema> | undefined,
  folder: string,
): readonly SourceSettings[] {
  return (section ?? []).map((source): SourceSettings => {
    const { name, git, directory = '.', onDrift = 'report', reason = null } = source
    const common = { name, onDrift, reason, intervalMs: source.interval ?? defaults.intervalMs }
    if (git === undefined)
      return { ...common, from: { kind: 'directory', location: resolve(folder, directory) }, git: null }
    const file = (path: string | undefined): string | null =>
      path === undefined ? null : resolve(folder, path)
    const location = parseGitLocation(git, (path) => resolve(folder, path))
    return {
      ...common,
      from: {
        kind: 'git',
        location: location.location,
        branch: source.branch ?? 'main',
        path: plainFolder(source.path ?? '.'),
      },
      git: {
        access: {
          ...location,
          tokenFile: file(source.tokenFile),
          sshKeyFile: file(source.sshKeyFile),
          knownHostsFile: file(source.knownHostsFile),
        },
        timeoutMs: source.timeout ?? defaults.timeoutMs,
        bytesMax: (source.repositoryMibMax ?? defaults.repositoryMib) * mib,
      },
    }
  })
}

/** `./config/` as git names it: `config`. */
function plainFolder(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 ? '.' : parts.join('/')
}
