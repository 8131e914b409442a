import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { querySuperuser } from '../database.ts'
import { leadTypes } from '../sales/sales-config.ts'
import type { ScoredLeads } from '../scores/scored-leads.ts'
import { buildCli, runBuiltCli } from './built-cli.ts'

interface Answer {
  readonly data?: Record<string, unknown>
  readonly error?: { readonly code: string; readonly fix: string; readonly title: string }
  readonly warnings?: readonly string[]
}

/** The built program on the database of leads, as somebody of their tenant. */
export class CliOfLeads {
  readonly tenant: string
  readonly #env: { readonly NEURONX_DATABASE_URL: string }
  readonly #folder: string

  private constructor(url: string, tenant: string, folder: string) {
    this.#env = { NEURONX_DATABASE_URL: url }
    this.tenant = tenant
    this.#folder = folder
  }

  static async open({ test, tenantId }: ScoredLeads): Promise<CliOfLeads> {
    buildCli()
    const sql = 'select slug from tenant where id = $1'
    const [row] = await querySuperuser<{ slug: string }>(test, sql, [tenantId])
    return new CliOfLeads(test.url, row?.slug ?? '', await mkdtemp(join(tmpdir(), 'nx-leads-')))
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Makes the lead types and these documents, written without `apiVersion`, those in force. */
  async apply(yaml: string) {
    await mkdir(join(this.#folder, 'global'), { recursive: true })
    await writeFile(join(this.#folder, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    const documents = `${leadTypes}\n---\n${yaml}`
      .split(/^---$/m)
      .filter((text) => text.trim() !== '')
      .map((text) => `apiVersion: neuronx/v1\n${text.trim()}\n`)
    await writeFile(join(this.#folder, 'global', 'all.yaml'), documents.join('---\n'))
    const args = ['config', 'apply', this.#folder, '--yes', '--immediate', '--reason', 'a test']
    const applied = await this.run(args, false)
    expect(applied.code, JSON.stringify(applied)).to.equal(0)
    return applied
  }

  /** What it answers as JSON. */
  async run(args: readonly string[], isOfTenant = true) {
    const scope = isOfTenant ? ['--tenant', this.tenant] : []
    const { code, stdout, stderr } = await runBuiltCli([...args, ...scope, '--json'], { env: this.#env })
    const {
      data = {},
      warnings = [],
      error = { code: '', fix: '', title: '' },
    } = JSON.parse(stdout) as Answer
    return { code, stderr, data, warnings, error }
  }

  /** What it tells a person. */
  async text(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runBuiltCli([...args, '--tenant', this.tenant], { env: this.#env })
    expect(code, stderr).to.equal(0)
    return stdout
  }
}
