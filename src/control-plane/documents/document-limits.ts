/** What a configuration directory may hold. Every limit has a finding of its own; none truncates silently. */
export interface DocumentLimits {
  /** Size of one file, bytes. */
  readonly fileBytesMax: number
  /** YAML files in the directory. */
  readonly filesMax: number
  /** Bytes of all files together. */
  readonly totalBytesMax: number
  /** Folders that are looked into; links to folders make few of them many. */
  readonly foldersMax: number
  /** How deep folders may be nested below the directory. */
  readonly folderDepthMax: number
  /** Documents (`---`) of one file. */
  readonly documentsPerFileMax: number
  /** Nesting of mappings and lists inside a document. */
  readonly depthMax: number
  /** Values of one document, aliases expanded. */
  readonly nodesPerDocumentMax: number
  /** Characters of one document's keys and strings, aliases expanded. */
  readonly charsPerDocumentMax: number
  /** Uses (`*name`) of anchors in one document. */
  readonly aliasesPerDocumentMax: number
  /** Syntax findings that are listed of one file; a last one says that there are more. */
  readonly findingsPerFileMax: number
}

export const defaultDocumentLimits: DocumentLimits = {
  fileBytesMax: 1024 * 1024,
  filesMax: 20_000,
  totalBytesMax: 256 * 1024 * 1024,
  foldersMax: 20_000,
  folderDepthMax: 16,
  documentsPerFileMax: 1_000,
  depthMax: 64,
  nodesPerDocumentMax: 100_000,
  charsPerDocumentMax: 4 * 1024 * 1024,
  aliasesPerDocumentMax: 100,
  findingsPerFileMax: 100,
}
