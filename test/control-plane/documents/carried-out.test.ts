import { expect } from 'chai'
import { z } from 'zod'
import { documentHead, documentName } from '../../../src/control-plane/documents/document-kind.ts'
import type { CarriedOut, DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'

function findingsOf(carriedOut: CarriedOut | undefined, body = '') {
  const kind: DocumentKind = {
    kind: 'Toy',
    summary: 'a toy',
    schema: z.strictObject(documentHead('Toy', documentName)),
    ...(carriedOut === undefined ? {} : { carriedOut }),
  }
  const text = `apiVersion: neuronx/v1\nkind: Toy\nname: t\n${body}`
  const { documents } = parseDocuments('t.yaml', text, { level: 'global' })
  return validateDocuments(documents, [kind]).findings.map(({ code, severity, line }) => ({
    code,
    severity,
    line,
  }))
}

describe('a kind that this version does not carry out', () => {
  it('gives a warning at its kind, or an error where silence would be false safety', () => {
    expect(findingsOf('not_yet')).to.deep.equal([
      { code: 'NX-CONFIG-NOT-CARRIED-OUT', severity: 'warning', line: 2 },
    ])
    expect(findingsOf('refused')).to.deep.equal([
      { code: 'NX-CONFIG-NOT-CARRIED-OUT', severity: 'error', line: 2 },
    ])
  })

  it('is silent about kinds that are carried out, which is the default', () => {
    expect(findingsOf('yes')).to.deep.equal([])
    expect(findingsOf(undefined)).to.deep.equal([])
  })

  it('says what is wrong with the shape first', () => {
    expect(findingsOf('refused', 'nam: x').map(({ code }) => code)).to.deep.equal(['NX-CONFIG-UNKNOWN-FIELD'])
  })
})
