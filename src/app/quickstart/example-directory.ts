import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** What the copy of config-examples is pointed at instead of the real world. */
export interface ExampleTargets {
  /** `http://127.0.0.1:PORT` of the server that plays acme's own system. */
  readonly sinkUrl: string
  /** The same for GoHighLevel. */
  readonly ghlUrl: string
  /** The key that the webhooks of the test are signed with, PEM. */
  readonly ed25519PublicKey: string
}

/** Copies the example repository and points its integrations at servers of this machine. Everything else stays as it is. */
export async function copyExamples(
  examples: string,
  directory: string,
  targets: ExampleTargets,
): Promise<void> {
  await cp(examples, directory, { recursive: true })
  const file = join(directory, 'tenants', 'acme', 'integrations.yaml')
  const documents = parseAllDocuments(await readFile(file, 'utf8'))
  if (!Array.isArray(documents)) return
  for (const document of documents) {
    if (document.get('name') === 'sink') document.setIn(['connection', 'baseUrl'], targets.sinkUrl)
    if (document.get('name') !== 'ghl') continue
    document.setIn(['connection', 'baseUrl'], targets.ghlUrl)
    document.setIn(['webhooks', 'ed25519PublicKey'], targets.ed25519PublicKey)
  }
  await writeFile(file, documents.map(String).join(''))
}
