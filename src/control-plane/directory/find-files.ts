import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { DocumentLimits } from '../documents/document-limits.ts'

/** A YAML file below the root. `path` is relative, with `/` between its parts. */
export interface FoundFile {
  readonly path: string
  readonly bytes: number
}

/** A file or folder that cannot be taken, and why. */
export interface RefusedPath {
  readonly path: string
  readonly code: string
  readonly message: string
  readonly fix: string
}

export interface FoundFiles {
  /** In the order of their paths. */
  readonly files: readonly FoundFile[]
  /** Folders, empty ones included, that were looked into. */
  readonly folders: readonly string[]
  readonly refused: readonly RefusedPath[]
}

/**
 * All `*.yaml` and `*.yml` files below `root`. Hidden entries, `node_modules` and other kinds of file are passed over. Symbolic links
 * are followed as long as they stay below the root and lead to none of their own parents. `enter` says which folders to look
 * into. Stops one file above `limits.filesMax`, so that the caller can tell; enters no folder above
 * `limits.foldersMax`, and refuses the first of them.
 */
export async function findFiles(
  root: string,
  limits: DocumentLimits,
  enter: (path: string) => boolean,
): Promise<FoundFiles> {
  const walk = new Walk(await realpath(root), limits, enter)
  await walk.folder('', 0, [])
  return walk
}

class Walk implements FoundFiles {
  readonly files: FoundFile[] = []
  readonly folders: string[] = []
  readonly refused: RefusedPath[] = []
  readonly #root: string
  readonly #limits: DocumentLimits
  readonly #enter: (path: string) => boolean
  #hasTooManyFolders = false

  constructor(root: string, limits: DocumentLimits, enter: (path: string) => boolean) {
    this.#root = root
    this.#limits = limits
    this.#enter = enter
  }

  async folder(path: string, depth: number, parents: readonly string[]): Promise<void> {
    if (this.#hasTooManyFolders) return
    const real = await realpath(join(this.#root, path))
    if (parents.includes(real)) {
      this.#refuse(
        path,
        'NX-CONFIG-SYMLINK',
        'The link leads to a folder that contains it',
        'Remove the link.',
      )
      return
    }
    if (depth > this.#limits.folderDepthMax) {
      const message = `Folders are nested more than ${this.#limits.folderDepthMax} deep`
      this.#refuse(path, 'NX-CONFIG-LIMIT', message, 'Move the documents further up.')
      return
    }
    if (this.folders.length >= this.#limits.foldersMax) {
      this.#hasTooManyFolders = true
      const message = `There are more than ${this.#limits.foldersMax} folders, those behind links included`
      const fix = 'Remove links to folders that hold links to folders: each way to a folder counts.'
      this.#refuse(path, 'NX-CONFIG-LIMIT', message, fix)
      return
    }
    if (path !== '') this.folders.push(path)
    for (const entry of await this.#list(path)) {
      if (this.files.length > this.#limits.filesMax) return
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      await this.#entry(entry, below, depth, [...parents, real])
    }
  }

  async #list(path: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.#root, path), { withFileTypes: true })
      const visible = entries.filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      return visible.sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      this.#refuse(
        path,
        'NX-CONFIG-UNREADABLE',
        `The folder cannot be read (${codeOf(error)})`,
        'Check its permissions.',
      )
      return []
    }
  }

  async #entry(entry: Dirent, path: string, depth: number, parents: readonly string[]): Promise<void> {
    const yaml = /\.ya?ml$/i.test(entry.name)
    if (entry.isDirectory()) {
      if (this.#enter(path)) await this.folder(path, depth + 1, parents)
    } else if (entry.isSymbolicLink()) {
      await this.#link(path, yaml, depth, parents)
    } else if (yaml) {
      await this.#file(path)
    }
  }

  async #link(path: string, yaml: boolean, depth: number, parents: readonly string[]): Promise<void> {
    if (!yaml && !this.#enter(path)) return
    const target = await realpath(join(this.#root, path)).catch(() => null)
    if (target === null) {
      if (yaml) this.#refuse(path, 'NX-CONFIG-SYMLINK', 'The link leads nowhere', 'Remove the link.')
    } else if (target !== this.#root && !target.startsWith(this.#root + sep)) {
      const fix = 'Copy the file into the directory: a configuration is complete in itself.'
      this.#refuse(path, 'NX-CONFIG-SYMLINK', 'The link leaves the configuration directory', fix)
    } else if ((await stat(target)).isDirectory()) {
      await this.folder(path, depth + 1, parents)
    } else if (yaml) {
      await this.#file(path)
    }
  }

  async #file(path: string): Promise<void> {
    const { size, ...info } = await stat(join(this.#root, path)).then((s) => ({
      size: s.size,
      regular: s.isFile(),
    }))
    if (info.regular) this.files.push({ path, bytes: size })
    else this.#refuse(path, 'NX-CONFIG-UNREADABLE', 'This is not a regular file', 'Replace it by a file.')
  }

  #refuse(path: string, code: string, message: string, fix: string): void {
    this.refused.push({ path, code, message, fix })
  }
}

/** Does something exist at `path`, as a folder? Null when nothing does. Links are followed. */
export async function isFolder(path: string): Promise<boolean | null> {
  const known = await lstat(path).catch(() => null)
  if (known === null) return null
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
