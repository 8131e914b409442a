import { expect } from 'chai'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { getLanguageService } from 'yaml-language-server'
import type { Diagnostic, LanguageService } from 'yaml-language-server'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { writeSchemas } from '../../../src/app/init/config-schema.ts'

/** The language service of editors, reading the schema that a file's first line names. */
describe('the YAML language server of editors', function () {
  this.timeout(60_000)
  let folder: string
  let service: LanguageService
  /** The service remembers a document by its address and version. */
  let version = 0

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neuronx-schemas-'))
    await writeSchemas(folder, null)
    service = getLanguageService({
      schemaRequestService: async (uri) => await readFile(fileURLToPath(uri), 'utf8'),
      workspaceContext: {
        resolveRelativePath: (path, resource) =>
          pathToFileURL(resolve(dirname(fileURLToPath(resource)), path)).href,
      },
    })
    service.configure({ validate: true, completion: true, hover: true, isKubernetes: false })
  })

  after(async () => await rm(folder, { recursive: true, force: true }))

  const documentOf = (text: string, schema = 'neuronx.schema.json'): TextDocument =>
    TextDocument.create(
      pathToFileURL(join(folder, 'rules.yaml')).href,
      'yaml',
      (version += 1),
      `# yaml-language-server: $schema=./${schema}\n${text}`,
    )

  async function problems(text: string, schema?: string): Promise<readonly Diagnostic[]> {
    return await service.doValidation(documentOf(text, schema), false)
  }

  /** What is offered at the `|` of a text. */
  async function offered(text: string): Promise<readonly string[]> {
    const document = documentOf(text.replace('|', ''))
    const at = document.positionAt(document.getText().indexOf('\n') + 1 + text.indexOf('|'))
    const { items } = await service.doComplete(document, at, false)
    return items.map(({ label }) => label)
  }

  it('finds nothing wrong with any file of config-examples', async () => {
    const entries = await readdir('config-examples', { recursive: true, withFileTypes: true })
    const files = entries.filter(({ name }) => name.endsWith('.yaml'))
    expect(files.length).to.be.greaterThan(10)
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), 'utf8')
      const schema = parentPath.includes('tenants') ? 'neuronx.overlay.schema.json' : 'neuronx.schema.json'
      const found = await problems(text.replace(/^# yaml-language-server:.*\n/, ''), schema)
      expect(
        found.map(({ message, range }) => `${join(parentPath, name)}:${range.start.line}: ${message}`),
      ).to.deep.equal([])
    }
  })

  it('says which field is wrong, where it stands', async () => {
    const found = await problems(
      'apiVersion: neuronx/v1\nkind: RuleSet\nname: replies\nrules:\n  - id: a\n    on: lead.created\n    wenn: "true"\n    then: []\n',
    )
    expect(found.map(({ range }) => range.start)).to.deep.include({ line: 7, character: 4 })
    expect(found.map(({ message }) => message).join('\n')).to.include('wenn')
  })

  it('offers every kind, then the fields of the one that was chosen', async () => {
    expect(await offered('apiVersion: neuronx/v1\nkind: |\n')).to.include.members([
      'RuleSet',
      'LeadScore',
      'Workflow',
      'RolloutPolicy',
    ])
    const rule = await offered(
      'apiVersion: neuronx/v1\nkind: RuleSet\nname: replies\nrules:\n  - id: a\n    |\n',
    )
    expect(rule).to.include.members(['on', 'when', 'then', 'rank'])
    expect(rule).not.to.include('bands')
    const policy = await offered('apiVersion: neuronx/v1\nkind: RolloutPolicy\nname: careful\n|\n')
    expect(policy).to.include.members(['ramp', 'gate', 'successCriteria'])
    expect(policy).not.to.include('rules')
  })

  it('tells what a field is for', async () => {
    const text = 'apiVersion: neuronx/v1\nkind: RuleSet\nname: replies\nrules:\n  - id: a\n    rank: 700\n'
    const document = documentOf(text)
    const hover = await service.doHover(document, document.positionAt(document.getText().indexOf('rank')))
    expect(JSON.stringify(hover?.contents)).to.match(/first|higher|order/i)
  })
})
