import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile, readdir, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { NxError, errorText } from '../../kernel/errors.ts'
import { acquireProcessLock } from './process-lock.ts'

/** A data directory that is ours until `release`. */
export interface DataDirectory {
  /** Absolute, links resolved. */
  readonly path: string
  /** 32 random bytes that seal the tenants' secrets; made on the first call, 0600. Returns the file. */
  masterKeyFile(): Promise<string>
  /**
   * Writes `env`: a shell file that sets these variables (`. D/env && neuronx …`), 0600. A running shell reads the old file
   * or the new one, never half of it. Returns the file.
   */
  writeEnv(variables: Readonly<Record<string, string>>): Promise<string>
  release(): Promise<void>
}

const keyBytes = 32
const marker = '.neuronx-data'

/**
 * Makes the directory (0700) if it is missing and takes it for this process. Throws NX-DATA-DIR-IN-USE (conflict), naming the process
 * that has it; a lock left by a dead process is taken over. Throws NX-DATA-DIR (io) when it cannot be used.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const path = await usableDirectory(resolve(directory))
  const lock = await acquireProcessLock(join(path, 'lock'))
  return {
    path,
    masterKeyFile: async () => await keptMasterKey(join(path, 'master.key')),
    writeEnv: async (variables) => await writeEnvFile(join(path, 'env'), variables),
    release: async () => await lock.release(),
  }
}

async function usableDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const info = await stat(directory)
    if (!info.isDirectory()) throw new Error('it is not a directory')
    if ((info.mode & 0o077) !== 0) await makePrivate(directory)
    await writeFile(
      join(directory, marker),
      'This directory belongs to neuronx. It holds secrets: keep it private.\n',
    )
    return await realpath(directory)
  } catch (cause) {
    throw new NxError('io', 'NX-DATA-DIR', 'The data directory cannot be used', {
      detail: errorText(cause),
      where: { file: directory },
      fix: 'Choose a new or an empty directory that this user may create and write, with --data-dir or NEURONX_DATA_DIR.',
      cause,
    })
  }
}

/** Never shuts other people out of a directory that was not ours: `--data-dir /tmp` is a slip. */
async function makePrivate(directory: string): Promise<void> {
  const names = await readdir(directory)
  if (names.length > 0 && !names.includes(marker))
    throw new Error('it is open to other users and holds other files')
  await chmod(directory, 0o700)
}

async function keptMasterKey(file: string): Promise<string> {
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unusableKey(file, errorText(error))
  })
  if (kept === null) {
    // Whole or not at all: half a key would lock every secret away.
    const draft = `${file}.new`
    await writeFile(draft, randomBytes(keyBytes), { mode: 0o600, flush: true })
    await rename(draft, file)
    return file
  }
  if (kept.length !== keyBytes) throw unusableKey(file, `It has ${kept.length} bytes instead of ${keyBytes}.`)
  await chmod(file, 0o600)
  return file
}

function unusableKey(file: string, detail: string): NxError {
  return new NxError('configuration', 'NX-MASTER-KEY', 'The master key cannot be used', {
    detail,
    where: { file },
    fix: 'Restore the file from a backup. A new key cannot open the secrets that the old one sealed.',
  })
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

async function writeEnvFile(file: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (!variableName.test(name) || value.includes('\0')) {
      throw new NxError('bug', 'NX-ENV-FILE', `'${name}' cannot be written as a shell variable`)
    }
    return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
  })
  const draft = `${file}.new`
  await using handle = await open(draft, 'w', 0o600)
  await handle.chmod(0o600)
  await handle.writeFile(lines.join(''))
  await rename(draft, file)
  return file
}
