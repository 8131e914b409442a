// Writes docs/connector.schema.json: the format of connectors as JSON Schema. A test compares it with the code.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { connectorJsonSchema } from '../src/adapters/connectors/definition/connector-schema.ts'

const file = fileURLToPath(new URL('../docs/connector.schema.json', import.meta.url))
const options = await resolveConfig(file)
writeFileSync(file, await format(JSON.stringify(connectorJsonSchema()), { ...options, parser: 'json' }))
