import { workflowCommand } from '../reports/workflow-command.ts'
import type { FindingsReport } from './findings-report.ts'
import { findingText } from './findings-report.ts'

/** GitHub workflow commands, one for each finding. */
export function githubReport({ findings }: FindingsReport): string {
  return findings
    .map((finding) =>
      workflowCommand(finding.severity, { ...finding, title: finding.code }, findingText(finding)),
    )
    .join('\n')
}
