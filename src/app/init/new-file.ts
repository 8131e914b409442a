import { anySchemaName, overlaySchemaName } from '../../control-plane/schema/editor-schemas.ts'

/** A file of a new repository. */
export interface NewFile {
  /** Below the repository, `/` between its parts. */
  readonly path: string
  readonly content: string
}

/** Where the schemas for editors stand in a repository. Hidden: nothing in it is read as configuration. */
export const schemaFolder = '.neuronx/schemas'

/** A file of documents, with the line that tells an editor how to check it. */
export function documentFile(path: string, content: string): NewFile {
  const up = '../'.repeat(path.split('/').length - 1) || './'
  const schema = path.startsWith('tenants/') ? overlaySchemaName : anySchemaName
  return {
    path,
    content: `# yaml-language-server: $schema=${up}${schemaFolder}/${schema}\n${content}`,
  }
}
