import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { editorSchema, editorSchemaFiles, writeSchemas } from '../../../src/app/init/config-schema.ts'
import { documentKinds } from '../../../src/app/kinds.ts'
import { validateDirectory } from '../../../src/control-plane/validate/validate-directory.ts'
import type { JsonSchema } from '../../../src/control-plane/schema/json-schema.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'

// Words for editors (doNotSuggest) are none of draft-07's, which lets others stand beside its own.
const ajv = (): Ajv => new Ajv({ strict: false, allErrors: true })
const compiled = (schema: JsonSchema): ValidateFunction => ajv().compile(schema)
const whole = compiled(editorSchema({ kind: null, overlay: false }))
const overlay = compiled(editorSchema({ kind: null, overlay: true }))

/** What the schema says about the first document of a text: `path keyword`. */
function said(check: ValidateFunction, yaml: string): readonly string[] {
  const document: unknown = parseAllDocuments(`apiVersion: neuronx/v1\n${yaml}`)[0]?.toJS()
  return check(document)
    ? []
    : (check.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)
}

async function examples(): Promise<ReadonlyArray<{ file: string; documents: readonly unknown[] }>> {
  const { files } = await validateDirectory('config-examples', documentKinds)
  return await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8')
      return { file, documents: parseAllDocuments(text).map((one) => one.toJS() as unknown) }
    }),
  )
}

describe('schemas for editors', () => {
  it('are draft-07 themselves', () => {
    for (const { name, schema } of editorSchemaFiles()) {
      expect(schema['$schema'], name).to.equal('http://json-schema.org/draft-07/schema#')
      expect(ajv().validateSchema(schema), name).to.equal(true)
    }
  })

  it('accept every document of config-examples, as a whole and by its kind', async () => {
    const byKind = new Map(
      documentKinds.map(({ kind }) => [kind, compiled(editorSchema({ kind, overlay: false }))]),
    )
    for (const { file, documents } of await examples()) {
      for (const document of documents) {
        const { kind } = document as { kind: string }
        for (const check of [whole, overlay, byKind.get(kind)]) {
          expect(check?.(document), `${file}: ${JSON.stringify(check?.errors)}`).to.equal(true)
        }
      }
    }
  })

  const broken: ReadonlyArray<readonly [title: string, yaml: string, expected: string]> = [
    ['no kind', 'name: a', ' required'],
    ['a kind that there is not', 'kind: Rulset\nname: a', '/kind enum'],
    ['a missing field', 'kind: RuleSet\nname: a', ' required'],
    ['a misspelt field', 'kind: RuleSet\nname: a\nruls: []\nrules: []', ' additionalProperties'],
    [
      'a misspelt field deep inside',
      'kind: RuleSet\nname: a\nrules: [ { id: a, on: lead.created, whn: "true", then: [ { start: a } ] } ]',
      '/rules/0 additionalProperties',
    ],
    [
      'a field that is not built yet',
      'kind: Limits\nname: a\nquotas: { storage_mb: 10 }',
      '/quotas/storage_mb not',
    ],
    [
      'a number out of bounds',
      'kind: RuleSet\nname: a\nrules: [ { id: a, on: lead.created, rank: 2000, then: [ { start: a } ] } ]',
      '/rules/0/rank maximum',
    ],
    ['text for a number', 'kind: Limits\nname: a\ndispatch: { weight: heavy }', '/dispatch/weight type'],
    ['a name with capitals', 'kind: Team\nname: Closers\nmembers: [ { rep: sara } ]', '/name pattern'],
    ['a flag without default', 'kind: FeatureFlags\nname: a\nflags: { x: {} }', '/flags/x required'],
    [
      'an unknown word of a list of words',
      'kind: Policy\nname: a\nconsent: { purpose: x }\non_block: wait',
      '/on_block enum',
    ],
    [
      'an authentication that is not built yet',
      'kind: Integration\nname: a\nconnector: http\nconnection: { baseUrl: "https://a.b" }\nauth: { kind: oauth2 }\noperations: {}',
      '/auth/kind const',
    ],
  ]
  for (const [title, yaml, expected] of broken) {
    it(`refuse ${title}`, () => {
      expect(said(whole, yaml)).to.include(expected)
    })
  }

  it('accept short forms and what documents of any kind may have', () => {
    const workflow = (wait: string) =>
      `kind: Workflow\nname: a\nfor: lead\nsteps: [ { id: a, wait: ${wait} } ]`
    expect(said(whole, workflow('2d'))).to.deep.equal([])
    expect(said(whole, workflow('{ days: 2 }'))).to.deep.equal([])
    expect(said(whole, workflow('5'))).not.to.deep.equal([])
    const head = 'unset: [dispatch.weight]\nlocked: [intake]\nbounded: { dispatch.inFlight: { max: 8 } }'
    expect(said(whole, `kind: Limits\nname: a\n${head}`)).to.deep.equal([])
    expect(
      said(whole, 'kind: Limits\nname: a\nbounded: { dispatch.inFlight: { most: 8 } }'),
    ).not.to.deep.equal([])
  })

  it('ask of a part of an upper document only its head, and check all that is there', () => {
    const part = 'kind: RuleSet\nname: a\nrules: [ { id: a, rank: 900 } ]'
    expect(said(whole, part)).not.to.deep.equal([])
    expect(said(overlay, part)).to.deep.equal([])
    expect(said(overlay, 'kind: Integration\nname: a\nlimits: { perSecond: 2 }')).to.deep.equal([])
    expect(said(overlay, 'kind: RuleSet\nrules: []')).to.include(' required')
    expect(said(overlay, 'kind: RuleSet\nname: a\nrules: [ { id: a, rnak: 900 } ]')).to.include(
      '/rules/0 additionalProperties',
    )
    expect(said(overlay, 'kind: RuleSet\nname: a\nrules: [ { id: a, rank: high } ]')).to.include(
      '/rules/0/rank type',
    )
  })

  it('describe every field', () => {
    const missing = documentKinds.flatMap(({ kind }) =>
      undescribed(unfolded(editorSchema({ kind, overlay: false })), kind),
    )
    expect(missing).to.deep.equal([])
  })

  it('help with no field that does not exist', () => {
    for (const { kind, fieldHelp } of documentKinds) {
      const paths = pathsOf(unfolded(editorSchema({ kind, overlay: false })), '')
      const idle = Object.keys(fieldHelp ?? {}).filter(
        (help) => !paths.some((path) => path === help || path.endsWith(`.${help}`)),
      )
      expect(idle, kind).to.deep.equal([])
    }
  })

  it('are written as files, one or all', async () => {
    await using directory = await temporaryDirectory()
    const folder = join(directory.path, 'schemas')
    expect(await writeSchemas(folder, 'workflow')).to.deep.equal(['Workflow.schema.json'])
    const all = await writeSchemas(folder, null)
    expect(all).to.include.members(['neuronx.schema.json', 'neuronx.overlay.schema.json', 'Team.schema.json'])
    const text = await readFile(join(folder, 'neuronx.schema.json'), 'utf8')
    expect(JSON.parse(text)).to.deep.equal(editorSchema({ kind: null, overlay: false }))
  })

  it('of a kind that there is not are refused with a near name', () => {
    expect(() => editorSchema({ kind: 'Workflw', overlay: false }))
      .to.throw(NxError)
      .that.includes({ code: 'NX-CONFIG-UNKNOWN-KIND', fix: 'Did you mean Workflow?' })
  })
})

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly anyOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly description?: string
  readonly const?: unknown
}

function insides(node: Node, path: string): ReadonlyArray<readonly [string, Node, isField: boolean]> {
  const name = (field: string) => (path === '' ? field : `${path}.${field}`)
  return [
    ...Object.entries(node.properties ?? {}).map(([field, inner]) => [name(field), inner, true] as const),
    ...[...(node.anyOf ?? []), ...(node.allOf ?? [])].map((inner) => [path, inner, false] as const),
    ...(node.items === undefined ? [] : [[`${path}[]`, node.items, false] as const]),
    ...(typeof node.additionalProperties === 'object'
      ? [[`${path}{}`, node.additionalProperties, false] as const]
      : []),
  ]
}

/** A schema without references: what refers to itself (steps within steps) is left out where it comes again. */
function unfolded(schema: unknown): unknown {
  const { definitions = {} } = schema as { definitions?: Readonly<Record<string, unknown>> }
  const unfold = (value: unknown, within: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => unfold(item, within))
    if (typeof value !== 'object' || value === null) return value
    const { $ref, ...rest } = value as { $ref?: string }
    const own = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, unfold(inner, within)]))
    const name = $ref?.replace('#/definitions/', '')
    if (name === undefined || within.includes(name)) return own
    expect(definitions, $ref).to.have.property(name)
    return { ...(unfold(definitions[name], [...within, name]) as object), ...own }
  }
  return unfold(schema, [])
}

function pathsOf(schema: unknown, path: string): readonly string[] {
  return insides(schema as Node, path).flatMap(([at, inner]) => [at, ...pathsOf(inner, at)])
}

function undescribed(schema: unknown, path: string): readonly string[] {
  return insides(schema as Node, path).flatMap(([at, inner, isField]) => [
    ...(isField && inner.description === undefined && inner.const === undefined ? [at] : []),
    ...undescribed(inner, at),
  ])
}
