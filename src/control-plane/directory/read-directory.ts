import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText, NxError } from '../../kernel/errors.ts'
import { decodeText } from '../documents/decode-text.ts'
import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { DocumentLimits } from '../documents/document-limits.ts'
import { defaultDocumentLimits } from '../documents/document-limits.ts'
import type { Finding } from '../documents/finding.ts'
import type { ParsedDocuments } from '../documents/parse-documents.ts'
import { parseDocuments } from '../documents/parse-documents.ts'
import type { YamlDocument } from '../documents/yaml-document.ts'
import type { FoundFile } from './find-files.ts'
import { findFiles, isFolder } from './find-files.ts'
import { fleetFile, scopeOfPath } from './scope-of-path.ts'

/** A configuration directory as it stands, before anything is said about its documents' meaning. */
export interface ConfigurationDirectory {
  readonly documents: readonly YamlDocument[]
  /** Documents that could not be read whole. */
  readonly broken: readonly YamlDocument[]
  /** Everything that is wrong with files, places and syntax. */
  readonly findings: readonly Finding[]
  /** The files that were read, as findings name them. */
  readonly files: readonly string[]
  /** The scopes that have a folder, empty ones included; global is always there, first. */
  readonly scopes: readonly Scope[]
}

/**
 * Reads `neuronx.yaml`, `global/` and `tenants/` below `directory`. What is wrong inside becomes findings; only a directory that is
 * not there throws: NX-CONFIG-DIRECTORY (not_found), or NX-CONFIG-UNREADABLE (io) when it cannot be listed.
 */
export async function readDirectory(
  directory: string,
  limits: DocumentLimits = defaultDocumentLimits,
): Promise<ConfigurationDirectory> {
  await requireFolder(directory)
  const found = await findFiles(directory, limits, entersFolder).catch((error: unknown) => {
    throw new NxError('io', 'NX-CONFIG-UNREADABLE', `'${directory}' cannot be read`, {
      detail: errorText(error),
      cause: error,
    })
  })
  const findings = found.refused.map(({ path, ...refusal }) => findingAtTop(join(directory, path), refusal))
  const files = withinLimits(directory, found.files, limits, findings)
  const results: ParsedDocuments[] = []
  const read: string[] = []
  for (const file of files) {
    const parsed = await readOne(directory, file, limits, findings)
    if (parsed === null) continue
    results.push(parsed)
    read.push(join(directory, file.path))
  }
  return {
    documents: results.flatMap(({ documents }) => documents),
    broken: results.flatMap(({ broken }) => broken),
    findings: [...findings, ...results.flatMap((result) => result.findings)],
    files: read,
    scopes: scopesOf(found.folders),
  }
}

/** Only folders of the layout are looked into, and those whose name is so near that something was meant to be read. */
function entersFolder(path: string): boolean {
  return scopeOfPath(`${path.split('/')[0]}/x/x.yaml`).state !== 'elsewhere'
}

async function requireFolder(directory: string): Promise<void> {
  const folder = await isFolder(directory)
  if (folder === true) return
  const title = folder === null ? `There is no directory '${directory}'` : `'${directory}' is not a directory`
  throw new NxError('not_found', 'NX-CONFIG-DIRECTORY', title, {
    fix: `Name the directory that holds ${fleetFile}.`,
  })
}

function withinLimits(
  directory: string,
  files: readonly FoundFile[],
  limits: DocumentLimits,
  findings: Finding[],
): readonly FoundFile[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const message =
    files.length > limits.filesMax
      ? `The directory holds more than ${limits.filesMax} YAML files`
      : bytes > limits.totalBytesMax
        ? `The directory's files hold more than ${limits.totalBytesMax} bytes`
        : null
  if (message === null) return files
  const fix = 'Check that this is the right directory; split the fleet if it is.'
  findings.push(findingAtTop(directory, { code: 'NX-CONFIG-LIMIT', message, fix }))
  return []
}

async function readOne(
  directory: string,
  { path, bytes }: FoundFile,
  limits: DocumentLimits,
  findings: Finding[],
): Promise<ParsedDocuments | null> {
  const file = join(directory, path)
  const meaning = scopeOfPath(path)
  if (meaning.state === 'elsewhere') {
    if (await isStrayDocument(file, bytes, limits)) findings.push(findingAtTop(file, strayDocument))
    return null
  }
  if (meaning.state === 'misplaced') {
    findings.push(
      findingAtTop(file, { code: 'NX-CONFIG-LAYOUT', message: meaning.message, fix: meaning.fix }),
    )
    return null
  }
  const content = bytes > limits.fileBytesMax ? null : await readFile(join(directory, path)).catch(errorText)
  if (typeof content === 'string') {
    findings.push(
      findingAtTop(file, { code: 'NX-CONFIG-UNREADABLE', message: content, fix: 'Check its permissions.' }),
    )
    return null
  }
  if (content === null || content.length > limits.fileBytesMax) {
    const message = `The file is larger than ${limits.fileBytesMax} bytes`
    findings.push(
      findingAtTop(file, {
        code: 'NX-CONFIG-LIMIT',
        message,
        fix: 'Spread its documents over several files.',
      }),
    )
    return null
  }
  const decoded = decodeText(content)
  if (decoded.state === 'text') return parseDocuments(file, decoded.text, meaning.scope, limits)
  const finding = { code: 'NX-YAML-ENCODING', message: 'The file is not UTF-8', fix: 'Save it as UTF-8.' }
  findings.push({ ...findingAtTop(file, finding), line: decoded.line, column: decoded.column })
  return null
}

const strayDocument = {
  code: 'NX-CONFIG-LAYOUT',
  message: 'A document stands beside the folders: it would not be read',
  fix: 'Move the file to global/, tenants/<slug>/ or tenants/<slug>/workspaces/<slug>/.',
}

/** Other tools' files lie at the root too; one that says `apiVersion: neuronx/…` was meant for us. */
async function isStrayDocument(file: string, bytes: number, limits: DocumentLimits): Promise<boolean> {
  if (bytes > limits.fileBytesMax) return false
  const text = await readFile(file, 'utf8').catch(() => '')
  return /^\uFEFF?["']?apiVersion["']?\s*:\s*["']?neuronx\//m.test(text)
}

function scopesOf(folders: readonly string[]): readonly Scope[] {
  const scopes = new Map<string, Scope>([['global', { level: 'global' }]])
  for (const folder of folders) {
    const meaning = scopeOfPath(`${folder}/x.yaml`)
    if (meaning.state === 'scope') scopes.set(scopeName(meaning.scope), meaning.scope)
  }
  return [...scopes.values()]
}

function findingAtTop(
  file: string,
  { code, message, fix }: Pick<Finding, 'code' | 'message' | 'fix'>,
): Finding {
  return { severity: 'error', code, message, fix, file, line: 1, column: 1, path: '' }
}
