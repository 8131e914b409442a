import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorText, NxError } from '../../kernel/errors.ts'
import { editorSchemaFiles, schemaText } from './config-schema.ts'
import { thisPackage } from '../package-folder.ts'
import { globalFiles } from './global-files.ts'
import type { NewFile } from './new-file.ts'
import { schemaFolder } from './new-file.ts'
import { requireSlug } from './require-slug.ts'
import { tenantFiles } from './tenant-files.ts'
import { toolingFiles } from './tooling-files.ts'

export interface InitOptions {
  /** The slug of the first tenant. */
  readonly tenant: string
  /** Write over what is in the way. */
  readonly force: boolean
  readonly dryRun: boolean
}

export interface InitReport {
  /** Paths below the directory, in the order of their names. */
  readonly files: readonly string[]
  /** Those of them that were (or would be) written over. */
  readonly replaced: readonly string[]
}

/** Every file of a new repository, in the order of their paths. */
export function repositoryFiles(tenant: string): readonly NewFile[] {
  const schemas = editorSchemaFiles().map((file) => ({
    path: `${schemaFolder}/${file.name}`,
    content: schemaText(file),
  }))
  const files = [
    ...globalFiles(),
    ...tenantFiles(tenant),
    ...toolingFiles({ tenant, version: thisPackage().version }),
    ...schemas,
  ]
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Makes a configuration repository that passes `config validate` and `config test` as it is. Writes nothing when a file is in the
 * way, unless `force` says so. Throws NX-INIT-TENANT (usage), NX-INIT-EXISTS (conflict) naming every file in the way, NX-INIT-WRITE (io).
 */
export async function initRepository(directory: string, options: InitOptions): Promise<InitReport> {
  requireSlug(options.tenant)
  const files = repositoryFiles(options.tenant)
  const replaced = await existing(directory, files)
  if (replaced.length > 0 && !options.force) throw inTheWay(directory, replaced)
  if (!options.dryRun) await writeAll(directory, files, options.force)
  return { files: files.map(({ path }) => path), replaced }
}

async function existing(directory: string, files: readonly NewFile[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { path } of files) {
    try {
      await lstat(join(directory, path))
      found.push(path)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // ENOTDIR: a file stands where a folder should be; writing says so.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cannotWrite(directory, error)
    }
  }
  return found
}

async function writeAll(directory: string, files: readonly NewFile[], force: boolean): Promise<void> {
  try {
    for (const { path, content } of files) {
      const file = join(directory, path)
      await mkdir(dirname(file), { recursive: true })
      // Without force a file that has come since we looked is not written over either.
      await writeFile(file, content, { flag: force ? 'w' : 'wx' })
    }
  } catch (error) {
    throw cannotWrite(directory, error)
  }
}

function inTheWay(directory: string, paths: readonly string[]): NxError {
  const title = paths.length === 1 ? 'A file is in the way' : `${paths.length} files are in the way`
  return new NxError('conflict', 'NX-INIT-EXISTS', title, {
    detail: paths.join(', '),
    where: { file: directory },
    fix: 'Name an empty directory, or write over them with --force.',
  })
}

function cannotWrite(directory: string, error: unknown): NxError {
  return new NxError('io', 'NX-INIT-WRITE', 'The repository cannot be written', {
    detail: errorText(error),
    where: { file: directory },
    fix: 'Name a directory that you may write to.',
    cause: error,
  })
}
