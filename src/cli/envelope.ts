import type { ErrorReport } from './errors/error-report.ts'
import { isSuccess } from './errors/exit-codes.ts'

/** Facts about the call itself. `ms` is how long it took. */
export interface EnvelopeMeta {
  readonly command: string
  readonly version: string
  readonly ms: number
  readonly tenant?: string
}

/** `tenant:list` is described by `neuronx/v1/TenantList`: fields may be added to v1, none removed. */
export function schemaOf(commandId: string): string {
  const words = commandId.split(/[^a-z0-9]+/i).filter((word) => word !== '')
  return `neuronx/v1/${words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')}`
}

/** What `--json` prints of a command that came to its end. One JSON document. */
export function resultEnvelope(
  data: unknown,
  exitCode: number,
  warnings: readonly string[],
  meta: EnvelopeMeta,
): string {
  return JSON.stringify(
    { schema: schemaOf(meta.command), ok: isSuccess(exitCode), data: data ?? null, warnings, meta },
    null,
    2,
  )
}

/**
 * What `--json` prints of a command that failed; usage errors and unknown commands included. `data` is what belongs to the
 * failure beside its report, such as all findings of a configuration.
 */
export function errorEnvelope(error: ErrorReport, meta: EnvelopeMeta, data: object | null = null): string {
  return JSON.stringify(
    { schema: 'neuronx/v1/Error', ok: false, error, ...(data === null ? {} : { data }), meta },
    null,
    2,
  )
}
