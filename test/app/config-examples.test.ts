import { expect } from 'chai'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testConfig } from '../../src/app/config-tests/test-config.ts'
import { documentKinds } from '../../src/app/kinds.ts'
import { notCarriedOutCode } from '../../src/control-plane/documents/carried-out.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import { loadDocuments } from '../../src/control-plane/documents/load-documents.ts'
import { validateDirectory } from '../../src/control-plane/validate/validate-directory.ts'
import { temporaryDirectory } from '../control-plane/temporary-directory.ts'

const examples = 'config-examples'

describe('config-examples', () => {
  it('is valid, every file of it', async () => {
    const { findings, scopes } = await validateDirectory(examples, documentKinds)
    // Warnings, and only about kinds that are checked and not carried out yet.
    const later = documentKinds.filter(({ carriedOut }) => carriedOut === 'not_yet').map(({ kind }) => kind)
    expect(findings.filter(({ code }) => code !== notCarriedOutCode)).to.deep.equal([])
    expect(findings.map(({ severity }) => severity)).to.deep.equal(later.map(() => 'warning'))
    expect(scopes.map(({ scope }) => scopeName(scope))).to.deep.equal([
      'global',
      'tenants/acme',
      'tenants/acme/workspaces/eu',
    ])
    for (const { documents } of scopes) expect(documents).not.to.have.length(0)
  })

  it('passes its own tests', async () => {
    const { passed, cases } = await testConfig(examples, { filter: null })
    expect(cases.filter(({ failures }) => failures.length > 0)).to.deep.equal([])
    expect(passed).to.be.greaterThan(10)
  })

  it('shows every kind that this version does not refuse', async () => {
    const { documents } = await validateDirectory(examples, documentKinds)
    const shown = new Set(documents.map(({ kind }) => kind))
    const kinds = documentKinds.filter(({ carriedOut }) => carriedOut !== 'refused')
    expect(kinds.map(({ kind }) => kind).filter((kind) => !shown.has(kind))).to.deep.equal([])
  })

  it('comes back from storage as it went in', async () => {
    const { documents } = await validateDirectory(examples, documentKinds)
    const stored = documents.map(({ kind, name, digest, body }) => ({
      kind,
      name,
      digest,
      body: JSON.parse(JSON.stringify(body)),
    }))
    const set = loadDocuments(stored, documentKinds)
    const loaded = documentKinds.flatMap((kind) => set.ofKind(kind))
    expect(loaded).to.have.length(documents.length)
  })

  const mistakes: readonly [title: string, file: string, from: string, to: string, expected: string][] = [
    ['an unknown field', 'tenants/acme/rules.yaml', 'rank: 700', 'rnak: 700', 'NX-CONFIG-UNKNOWN-FIELD'],
    [
      'a field that is not built yet',
      'tenants/acme/rules.yaml',
      'name: inbound-replies',
      'name: inbound-replies\nlimits: {}',
      'NX-CONFIG-NOT-YET',
    ],
    [
      'an operation that does not exist',
      'tenants/acme/rules.yaml',
      'ghl.tag.add',
      'ghl.tag.ad',
      'NX-CONFIG-REFERENCE',
    ],
    [
      'an event that does not exist',
      'global/lead-hygiene.yaml',
      'on: appointment.booked',
      'on: apointment.booked',
      'NX-CONFIG-REFERENCE',
    ],
    [
      'a workflow that does not exist',
      'tenants/acme/rules.yaml',
      'start: speed-to-lead',
      'start: speed-to-leed',
      'NX-CONFIG-REFERENCE',
    ],
    [
      'a condition with an unknown field',
      'global/lead-hygiene.yaml',
      'lead.stage == "new"',
      'lead.stag == "new"',
      'NX-CONDITION-',
    ],
    [
      'a condition that does not type-check',
      'global/lead-hygiene.yaml',
      'event.status == "won"',
      'event.status + 5',
      'NX-CONDITION-',
    ],
    [
      'a template with an unknown variable',
      'tenants/acme/rules.yaml',
      '{{ lead.id }}',
      '{{ led.id }}',
      'NX-TEMPLATE-',
    ],
    ['a tab', 'tenants/acme/rules.yaml', '    rank: 700', '\t  rank: 700', 'NX-YAML-TAB'],
    [
      'a key twice',
      'tenants/acme/rules.yaml',
      '    rank: 700',
      '    rank: 700\n    rank: 800',
      'NX-YAML-DUPLICATE-KEY',
    ],
    [
      'on as a boolean',
      'tenants/acme/rules.yaml',
      'on: contact.created',
      'true: contact.created',
      'NX-YAML-KEY',
    ],
  ]
  for (const [title, file, from, to, expected] of mistakes) {
    it(`is refused with ${title}, where it stands`, async () => {
      await using directory = await temporaryDirectory()
      await cp(examples, directory.path, { recursive: true })
      const path = join(directory.path, file)
      const text = await readFile(path, 'utf8')
      const offset = text.indexOf(from)
      expect(offset, `${from} stands in ${file}`).to.be.greaterThan(-1)
      await writeFile(path, text.replace(from, to))
      const { findings } = await validateDirectory(directory.path, documentKinds)
      const line = text.slice(0, offset).split('\n').length + (to.includes('\n') ? 1 : 0)
      const hits = findings.filter(
        (finding) => finding.code.startsWith(expected) && finding.file === path && finding.line === line,
      )
      expect(hits, JSON.stringify(findings, null, 1)).not.to.have.length(0)
    })
  }
})
