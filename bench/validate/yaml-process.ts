import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { Ajv } from 'ajv'
import { documentKinds } from '../../src/app/kinds.ts'
import { systemClock } from '../../src/kernel/clock.ts'

// The peer: what a general YAML linter with JSON Schemas does on the same files, shapes only. No references, no types of
// conditions or templates, no analysis, no secrets.

const [directory = ''] = process.argv.slice(2)
const ajv = new Ajv({ strict: false, allErrors: true })
const schemas = new Map(
  documentKinds.map(({ kind, schema }) => {
    const json = z.toJSONSchema(schema, { target: 'draft-7', unrepresentable: 'any', io: 'input' })
    return [kind, ajv.compile(json)]
  }),
)
const startMs = systemClock.monotonicMs()
let documents = 0
let findings = 0
for (const path of await readdir(directory, { recursive: true })) {
  if (!path.endsWith('.yaml')) continue
  for (const document of parseAllDocuments(await readFile(join(directory, path), 'utf8'))) {
    documents += 1
    const value: unknown = document.toJS()
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : ''
    if (schemas.get(kind)?.(value) === false) findings += 1
  }
}
const validateMs = Math.round(systemClock.monotonicMs() - startMs)
const usage = process.resourceUsage()
const cpuMs = Math.round((usage.userCPUTime + usage.systemCPUTime) / 1000)
const peakRssMb = Math.round(usage.maxRSS / 1024)
process.stdout.write(`${JSON.stringify({ documents, files: 0, findings, validateMs, cpuMs, peakRssMb })}\n`)
