import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { getFromDirectory, getFromRevisions } from '../../../src/app/configuration/get-config.ts'
import type { SourceDocument } from '../../../src/control-plane/documents/document.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { placesOf } from '../../../src/control-plane/resolution/places-of.ts'
import type { Revision } from '../../../src/control-plane/revisions/revision-store.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { NxError } from '../../../src/kernel/errors.ts'

const head = (kind: string, name: string): string => `apiVersion: neuronx/v1\nkind: ${kind}\nname: ${name}\n`
const upper = `${head('LeadScore', 'fit')}writes: lead.score\nlocked: [writes]\nfactors:\n  - id: budget\n    when: lead.budget > 5\n    points: 10\n  - id: dnd\n    when: lead.dnd\n    points: -5\n`
const files: Readonly<Record<string, string>> = {
  'neuronx.yaml': head('Fleet', 'f'),
  'global/fit.yaml': upper,
  'global/events.yaml': `${head('EventType', 'lead.created')}fields: { budget: number }\n`,
  'tenants/acme/fit.yaml': `${head('LeadScore', 'fit')}unset: ["factors[dnd]"]\nfactors:\n  - id: budget\n    points: 20\n`,
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'neuronx-get-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function failure(work: Promise<unknown>): Promise<NxError> {
  try {
    await work
  } catch (error) {
    if (error instanceof NxError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const acme = { tenant: 'acme', workspace: null }

describe('config get', () => {
  describe('from a directory', () => {
    it('hides secrets that stand in a directory, in the value and in its layers, and shows the names of stored ones', async () => {
      await withDirectory(async (directory) => {
        const text = `${head('Integration', 'crm')}baseUrl: https://robot:hunter22@x.test\nauth: { kind: bearer, token: { secret: crm-token } }\n`
        await writeFile(join(directory, 'global/crm.yaml'), text)
        const whole = await getFromDirectory(directory, acme, 'Integration/crm')
        expect(JSON.stringify(whole)).to.not.contain('hunter22')
        expect(JSON.stringify(whole)).to.contain('crm-token')
        const leaf = await getFromDirectory(directory, acme, 'Integration/crm.baseUrl')
        expect([leaf.value, leaf.layers[0]?.value]).to.deep.equal(['(hidden)', '(hidden)'])
      })
    })

    it('shows the value, and every layer with its place and why it won', async () => {
      await withDirectory(async (directory) => {
        const got = await getFromDirectory(directory, acme, 'LeadScore/fit.factors[budget].points')
        expect([got.document, got.path, got.value, got.isUnset]).to.deep.equal([
          'LeadScore/fit',
          'factors[0].points',
          20,
          false,
        ])
        expect(
          got.layers.map(({ scope, value, file, line, column, outcome, why }) => [
            scope,
            value,
            file,
            line,
            column,
            outcome,
            why,
          ]),
        ).to.deep.equal([
          [
            'global',
            10,
            join(directory, 'global/fit.yaml'),
            9,
            5,
            'overridden',
            'overridden by tenants/acme',
          ],
          [
            'tenants/acme',
            20,
            join(directory, 'tenants/acme/fit.yaml'),
            7,
            5,
            'won',
            'the lowest scope that sets it',
          ],
        ])
      })
    })

    it('shows a whole document merged, its inheritance carried out', async () => {
      await withDirectory(async (directory) => {
        const { value } = await getFromDirectory(
          directory,
          { tenant: 'acme', workspace: 'default' },
          'LeadScore/fit',
        )
        expect(value).to.deep.equal({
          apiVersion: 'neuronx/v1',
          kind: 'LeadScore',
          name: 'fit',
          writes: 'lead.score',
          factors: [{ id: 'budget', when: 'lead.budget > 5', points: 20 }],
        })
      })
    })

    it('says who unset what is not there any more', async () => {
      await withDirectory(async (directory) => {
        const got = await getFromDirectory(directory, acme, 'LeadScore/fit.factors[dnd]')
        expect([got.value, got.isUnset]).to.deep.equal([null, true])
        expect(got.layers.map(({ scope, outcome }) => `${scope} ${outcome}`)).to.deep.equal([
          'global overridden',
          'tenants/acme unset',
        ])
      })
    })

    const missing: readonly [string, string, string | null][] = [
      ['LeadScor/fit', 'NX-CONFIG-PATH-NOT-FOUND', "Did you mean 'LeadScore/…'?"],
      ['LeadScore/fitt.writes', 'NX-CONFIG-PATH-NOT-FOUND', "Did you mean 'LeadScore/fit'?"],
      ['LeadScore/fit.writs', 'NX-CONFIG-PATH-NOT-FOUND', "Did you mean 'writes'?"],
      [
        'LeadScore/fit.factors[bugdet].points',
        'NX-CONFIG-PATH-NOT-FOUND',
        "Did you mean 'factors[budget].points'?",
      ],
      ['EventType/lead.created.fields.bugdet', 'NX-CONFIG-PATH-NOT-FOUND', "Did you mean 'fields.budget'?"],
      ['fit', 'NX-CONFIG-PATH', null],
    ]
    for (const [path, code, fix] of missing) {
      it(`answers ${path} with ${code}`, async () => {
        await withDirectory(async (directory) => {
          const error = await failure(getFromDirectory(directory, acme, path))
          expect(error.code).to.equal(code)
          expect(error.kind).to.equal(code === 'NX-CONFIG-PATH' ? 'usage' : 'not_found')
          if (fix !== null) expect(error.fix).to.equal(fix)
        })
      })
    }

    it('answers a scope that does not exist with what may have been meant', async () => {
      await withDirectory(async (directory) => {
        const error = await failure(
          getFromDirectory(directory, { tenant: 'acmee', workspace: null }, 'LeadScore/fit'),
        )
        expect([error.code, error.fix]).to.deep.equal(['NX-SCOPE-NOT-FOUND', 'Did you mean tenants/acme?'])
        const workspace = await failure(
          getFromDirectory(directory, { tenant: 'acme', workspace: 'eu' }, 'LeadScore/fit'),
        )
        expect(workspace.code).to.equal('NX-SCOPE-NOT-FOUND')
      })
    })
  })

  describe('from what is active', () => {
    const documents = (path: string, scope: Revision['scope']): readonly SourceDocument[] =>
      parseDocuments(path, files[path] ?? '', scope).documents
    const revision = (path: string, scope: Revision['scope'], commit: string, placed: boolean): Revision => {
      const own = documents(path, scope)
      const places = Object.fromEntries(
        own.map((document) => [
          `${document.kind}/${document.name}`,
          placesOf(document) as unknown as JsonObject,
        ]),
      )
      return {
        id: commit,
        scope,
        digest: commit,
        documents: own.map(({ kind, name, digest, body }) => ({ kind, name, digest, body })),
        source: { directory: '/repo', repository: null, commit, author: `${commit}@example.com` },
        createdAt: '2026-01-01T00:00:00.000Z',
        createdBy: 'ops',
        ...(placed ? { places } : {}),
      }
    }

    it('shows commit and author of each layer’s revision, and places where they were stored', async () => {
      const revisions = [
        revision('global/fit.yaml', { level: 'global' }, 'aaa', false),
        revision('tenants/acme/fit.yaml', { level: 'tenant', tenant: 'acme' }, 'bbb', true),
      ]
      const store = { active: async () => revisions }
      const got = await getFromRevisions(
        store,
        { id: '1', slug: 'acme' },
        'default',
        'LeadScore/fit.factors[budget].points',
      )
      expect(
        got.layers.map(({ scope, commit, author, file, line }) => [scope, commit, author, file, line]),
      ).to.deep.equal([
        ['global', 'aaa', 'aaa@example.com', null, null],
        ['tenants/acme', 'bbb', 'bbb@example.com', 'tenants/acme/fit.yaml', 7],
      ])
    })
  })
})
