import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import { answerKinds } from '../../src/adapters/connectors/define-connector.ts'
import { integrationSchema } from '../../src/adapters/connectors/integration-schema.ts'
import { testShape } from '../../src/sales-core/kinds/test-shape.ts'
import { templateFunctions } from '../../src/adapters/connectors/template-functions.ts'
import { connectorNames, connectorOf } from '../../src/adapters/connectors/vendors/registry.ts'
import type { JsonObject } from '../../src/kernel/json.ts'

const text = readFileSync(new URL('../../docs/connectors.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => parse(yaml) as JsonObject)
const head = { apiVersion: 'neuronx/v1', kind: 'Integration', name: 'one' }

describe('docs/connectors.md', () => {
  for (const name of connectorNames) {
    it(`names the operations and channels of ${name}`, () => {
      const line = text.split('\n').find((one) => one.startsWith(`| ${name} `)) ?? ''
      const { operations, channels } = connectorOf(name)
      const [, , listed = '', served = ''] = line.split('|').map((cell) => cell.trim())
      expect(listed.split(':')[0]?.split(', ')).to.have.members(Object.keys(operations))
      expect(served === '' ? [] : served.split(', ')).to.have.members(Object.keys(channels))
    })
  }

  it('names every kind of answer and every function', () => {
    for (const kind of answerKinds) expect(text, kind).to.match(new RegExp(`\\b${kind}\\b`))
    for (const name of Object.keys(templateFunctions))
      expect(text, name).to.match(new RegExp(`\\b${name}\\b`))
  })

  it('has examples that are accepted', () => {
    const [twilio, errors, failover, graphql, calls] = blocks
    const http = {
      ...head,
      connector: 'http',
      connection: { baseUrl: 'https://a.example' },
      operations: { look: { method: 'GET', path: '/', effect: 'read' } },
    }
    for (const document of [twilio, { ...http, ...errors }, failover, { ...head, ...graphql }]) {
      const parsed = integrationSchema.safeParse(document)
      expect(parsed.error?.issues ?? []).to.deep.equal([])
    }
    expect(testShape.schema.safeParse(calls).error?.issues ?? []).to.deep.equal([])
    expect(blocks).to.have.length(5)
  })
})
