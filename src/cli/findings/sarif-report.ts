import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { digestOfParts } from '../../kernel/digest.ts'
import type { ReportedFinding } from './findings-report.ts'
import type { FindingsReport } from './findings-report.ts'
import { findingText } from './findings-report.ts'

/** SARIF 2.1.0, one run. Columns count UTF-16 units from 1, as findings do. Paths are relative to where the command ran. */
export function sarifReport({ findings, version }: FindingsReport): string {
  const codes = [...new Set(findings.map(({ code }) => code))].sort()
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'neuronx',
            semanticVersion: version,
            rules: codes.map((code) => ({ id: code, shortDescription: { text: ruleText(code) } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  }
  return JSON.stringify(log, null, 2)
}

function ruleText(code: string): string {
  const words = code.replace(/^NX-/, '').toLowerCase().split('-')
  return words.join(' ')
}

function resultOf(finding: ReportedFinding, codes: readonly string[]) {
  const { code, severity, path, message, related } = finding
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: findingText({ ...finding, related: [] }) },
    locations: [
      {
        ...physicalLocation(finding),
        ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
    ...(related === undefined
      ? {}
      : {
          relatedLocations: related.map((place, id) => ({
            id,
            ...physicalLocation(place),
            message: { text: place.message },
          })),
        }),
    // Stays the same when lines move, so that a known finding is not taken for a new one.
    partialFingerprints: { 'neuronx/v1': digestOfParts([code, finding.file, path, message]) },
  }
}

function physicalLocation({ file, line, column }: Pick<ReportedFinding, 'file' | 'line' | 'column'>) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      region: { startLine: line, startColumn: column },
    },
  }
}

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file
    .split(/[/\\]/)
    .map((part) => encodeURIComponent(part))
    .join('/')
}
