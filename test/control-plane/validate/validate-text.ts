import { scopeOfPath } from '../../../src/control-plane/directory/scope-of-path.ts'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'
import { toyKinds } from '../toy-kinds.ts'

/** Validates files given as path -> text, in the order given. */
export function validate(files: Readonly<Record<string, string>>, kinds: readonly DocumentKind[] = toyKinds) {
  const parsed = Object.entries(files).map(([path, text]) => {
    const meaning = scopeOfPath(path)
    if (meaning.state !== 'scope') throw new Error(`no scope: ${path}`)
    return parseDocuments(path, text, meaning.scope)
  })
  const broken = parsed.flatMap((file) => file.broken)
  return validateDocuments(
    parsed.flatMap(({ documents }) => documents),
    kinds,
    { broken },
  )
}

/** A document's text. */
export function doc(kind: string, name: string, ...lines: string[]): string {
  return `${['apiVersion: neuronx/v1', `kind: ${kind}`, `name: ${name}`, ...lines].join('\n')}\n`
}

/** `file:line:column code message (fix)` of all findings. */
export function found(files: Readonly<Record<string, string>>, kinds?: readonly DocumentKind[]): string[] {
  return validate(files, kinds).findings.map(
    ({ file, line, column, code, message, fix }) =>
      `${file}:${line}:${column} ${code} ${message} (${fix ?? ''})`,
  )
}

/** One Book with these lines. */
export const book = (...lines: string[]) => ({ 'global/b.yaml': doc('Book', 'b', ...lines) })
