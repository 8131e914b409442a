import { posix } from 'node:path'
import { scopeOfPath } from '../../control-plane/directory/scope-of-path.ts'
import type { Finding } from '../../control-plane/documents/finding.ts'

/** A file of a commit's tree. */
export interface TreeEntry {
  readonly mode: string
  readonly object: string
  /** Of a file, bytes; 0 for what is none. */
  readonly bytes: number
  /** Below the configuration's folder, `/` between its parts. */
  readonly path: string
}

/** Reads what `git ls-tree -r -z -l` prints. */
export function parseTree(output: Buffer): readonly TreeEntry[] {
  return output
    .toString('utf8')
    .split('\0')
    .flatMap((line): TreeEntry[] => {
      const match = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(\d+|-)\t([\s\S]+)$/.exec(line)
      if (match === null) return []
      const [, mode = '', object = '', size = '', path = ''] = match
      return [{ mode, object, bytes: size === '-' ? 0 : Number(size), path }]
    })
}

export interface ChosenEntries {
  readonly files: readonly TreeEntry[]
  readonly links: readonly TreeEntry[]
  /** What may not be taken out, and why. */
  readonly findings: readonly Finding[]
}

/**
 * What of a tree belongs to a configuration: YAML files and links at the places where they are read. Submodules there, links and names
 * that lead out of the folder, and files above `fileBytesMax` become findings. `targetOf`: what a link's blob says.
 */
export function chooseEntries(
  entries: readonly TreeEntry[],
  fileBytesMax: number,
  targetOf: (object: string) => string | undefined,
): ChosenEntries {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const files = new Map<string, TreeEntry>()
  const links: TreeEntry[] = []
  const findings: Finding[] = []
  const refuse = (path: string, code: string, message: string, fix: string): void => {
    findings.push({ severity: 'error', code, message, fix, file: path, line: 1, column: 1, path: '' })
  }
  const takeFile = (entry: TreeEntry): void => {
    if (entry.bytes <= fileBytesMax) files.set(entry.path, entry)
    else
      refuse(
        entry.path,
        'NX-CONFIG-LIMIT',
        `The file is larger than ${fileBytesMax} bytes`,
        'Spread its documents over several files.',
      )
  }
  for (const entry of entries) {
    const { mode, path, object } = entry
    if (!isRead(path)) continue
    if (!isPlain(path)) refuse(path, 'NX-SOURCE-NAME', 'A file may not be called so', 'Rename it.')
    else if (mode === '160000')
      refuse(
        path,
        'NX-SOURCE-SUBMODULE',
        'A submodule is not followed',
        'Put its files into the repository itself.',
      )
    else if (mode === '120000') {
      const target = targetOf(object) ?? ''
      const real = posix.normalize(posix.join(posix.dirname(path), target))
      if (target === '' || posix.isAbsolute(target) || real === '..' || real.startsWith('../'))
        refuse(
          path,
          'NX-CONFIG-SYMLINK',
          'The link leaves the configuration directory',
          'Copy the file into the directory: a configuration is complete in itself.',
        )
      else {
        links.push(entry)
        const linked = byPath.get(real)
        if (linked !== undefined && linked.mode.startsWith('100') && isPlain(real)) takeFile(linked)
      }
    } else if (/\.ya?ml$/.test(path)) takeFile(entry)
  }
  return { files: [...files.values()], links, findings }
}

/** Is anything at this place, or below it, read as configuration? */
export function isRead(path: string): boolean {
  const [top = ''] = path.split('/')
  if (
    path
      .split('/')
      .some((part) => part === 'node_modules' || (part.startsWith('.') && part !== '.' && part !== '..'))
  )
    return false
  return scopeOfPath(path.includes('/') ? `${top}/x/x.yaml` : path).state !== 'elsewhere'
}

/** No name that means something to a file system. */
function isPlain(path: string): boolean {
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\p{Cc}\\\ufffd]/u.test(part))
}
