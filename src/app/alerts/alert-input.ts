import type { Problem } from '../../control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Alert } from '../../platform/alerts/alert.ts'
import type { VariableValues } from '../../sales-core/conditions/condition-compiler.ts'
import { compileValue } from '../../sales-core/templates/compile-value.ts'
import type { ValueTemplate } from '../../sales-core/templates/compile-value.ts'
import { jsonType, scalar, structOf } from '../../sales-core/types/field-type.ts'

const text = scalar('string')
const variables = new Map([
  [
    'alert',
    structOf({
      id: text,
      code: text,
      severity: text,
      status: text,
      occurrence: text,
      subject: text,
      title: text,
      detail: text,
      fix: text,
      tenant: text,
      first_at: text,
      last_at: text,
      seen: scalar('int'),
      facts: jsonType,
    }),
  ],
])

/** What the texts of an AlertRoute see: `alert` and its fields. `tenant` is a slug, empty for the installation's own. */
export function alertValues(alert: Alert, tenantSlug: string | null, occurrence: string): VariableValues {
  const { id, code, severity, status, subject, title, detail, fix, firstAt, lastAt, seen, facts } = alert
  return {
    alert: {
      id,
      code,
      severity,
      status,
      occurrence,
      subject,
      title,
      detail,
      fix,
      tenant: tenantSlug ?? '',
      first_at: firstAt,
      last_at: lastAt,
      seen,
      facts,
    },
  }
}

/** The input of an AlertRoute, ready to render. It was checked when it was applied. */
export function compileAlertInput(input: JsonObject): ValueTemplate {
  return compileValue(input, variables, 'message').template
}

/** What is wrong with the texts of an AlertRoute's input. */
export function checkAlertInput(input: JsonObject): readonly Problem[] {
  return compileValue(input, variables, 'message').problems.map(({ code, message, fix, path, offset }) => ({
    code,
    message,
    fix,
    path,
    offset,
  }))
}
