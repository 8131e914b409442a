import { documentKinds } from '../../../src/app/kinds.ts'
import { notCarriedOutCode } from '../../../src/control-plane/documents/carried-out.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'

/** Findings as `CODE path`, beside those that say that a kind is not carried out; documents without `apiVersion`, parted by `---`. */
export function findingsIn(yaml: string): readonly string[] {
  const text = yaml
    .split(/^---$/m)
    .map((body) => `apiVersion: neuronx/v1\n${body.trimStart()}`)
    .join('\n---\n')
  const { documents, findings } = parseDocuments('f.yaml', text, { level: 'global' })
  return [...findings, ...validateDocuments(documents, documentKinds).findings]
    .filter(({ code }) => code !== notCarriedOutCode)
    .map(({ code, path }) => `${code} ${path}`)
}
