import { expect } from 'chai'
import { digestOf } from '../../../src/kernel/digest.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { StoredDocument } from '../../../src/control-plane/documents/document.ts'
import { loadDocuments } from '../../../src/control-plane/documents/load-documents.ts'
import { bookKind, shelfKind, toyKinds } from '../toy-kinds.ts'

function stored(kind: string, name: string, fields: JsonObject = {}): StoredDocument {
  const body = { apiVersion: 'neuronx/v1', kind, name, ...fields }
  return { kind, name, digest: digestOf(body), body }
}

function failure(documents: readonly StoredDocument[]): NxError {
  try {
    loadDocuments(documents, toyKinds)
  } catch (error) {
    if (error instanceof NxError) return error
    throw error
  }
  throw new Error('it was loaded')
}

describe('loadDocuments', () => {
  it('gives the documents of a kind in the order of their names', () => {
    const set = loadDocuments(
      [
        stored('Shelf', 'b', { width: 2 }),
        stored('Book', 'x'),
        stored('Shelf', 'a', { width: 1 }),
        stored('Fleet', 'f'),
      ],
      toyKinds,
    )
    expect(set.ofKind(shelfKind).map(({ spec }) => [spec.name, spec.width])).to.deep.equal([
      ['a', 1],
      ['b', 2],
    ])
    expect(set.ofKind(bookKind).map(({ document }) => document.name)).to.deep.equal(['x'])
  })

  it('names the document and the field that no longer fit', () => {
    const error = failure([stored('Shelf', 'ok', { width: 1 }), stored('Shelf', 'old', { width: 'wide' })])
    expect(error.code).to.equal('NX-CONFIG-STORED-INVALID')
    expect(error.kind).to.equal('configuration')
    expect(error.message).to.contain('Shelf/old')
    expect(error.where?.path).to.equal('Shelf/old: width')
  })

  it('names the document of a kind that this version does not have', () => {
    const error = failure([stored('Lamp', 'l')])
    expect(error.code).to.equal('NX-CONFIG-STORED-INVALID')
    expect(error.detail).to.contain("no kind 'Lamp'")
  })
})
