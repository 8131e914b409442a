import { join } from 'node:path'
import { fleetFile } from '../directory/scope-of-path.ts'
import type { ConfigurationDirectory } from '../directory/read-directory.ts'
import type { Finding } from '../documents/finding.ts'
import { locateProblem } from '../validate/locate-problem.ts'
import { fleetKind } from './fleet-kind.ts'

/** neuronx.yaml holds the Fleet document and nothing else, and no other file holds one. */
export function checkFleetPlace(directory: string, read: ConfigurationDirectory): readonly Finding[] {
  const root = join(directory, fleetFile)
  const findings = read.documents.flatMap((document): Finding[] => {
    const isFleet = document.kind === fleetKind.kind
    if (isFleet === (document.file === root)) return []
    const [message, fix] = isFleet
      ? [`The Fleet document stands in ${fleetFile} at the root only`, `Move it to ${root}.`]
      : [`${fleetFile} holds the Fleet document only`, 'Move this document to global/ or to a tenant.']
    return [locateProblem(document, { code: 'NX-CONFIG-LAYOUT', message, fix, path: ['kind'] })]
  })
  const present = [...read.documents, ...read.broken].some(({ file }) => file === root)
  const unreadable = read.findings.some(({ file }) => file === root || file === directory)
  return present || unreadable ? findings : [...findings, missingFleet(root)]
}

function missingFleet(file: string): Finding {
  return {
    severity: 'error',
    code: 'NX-CONFIG-NO-FLEET',
    message: `The directory has no ${fleetFile} that names the fleet`,
    fix: 'Create it with apiVersion: neuronx/v1, kind: Fleet and name: <fleet>.',
    file,
    line: 1,
    column: 1,
    path: '',
  }
}
