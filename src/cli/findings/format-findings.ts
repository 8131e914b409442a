import type { FindingsReport } from './findings-report.ts'
import { githubReport } from './github-report.ts'
import { junitReport } from './junit-report.ts'
import { sarifReport } from './sarif-report.ts'

/** How findings may be printed beside the pretty list and the JSON envelope. */
export const machineFormats = ['sarif', 'junit', 'github'] as const
export type MachineFormat = (typeof machineFormats)[number]

/** The whole report as text, without a line end behind it. Empty when a format has nothing to say. */
export function formatFindings(format: MachineFormat, report: FindingsReport): string {
  switch (format) {
    case 'sarif':
      return sarifReport(report)
    case 'junit':
      return junitReport(report)
    case 'github':
      return githubReport(report)
  }
}
