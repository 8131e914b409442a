import type { BusSettings } from './bus-settings.ts'
import type { RetentionSettings } from './retention-settings.ts'
import type { SourceSettings } from './source-settings.ts'

/** The installation's settings after flag > environment > file. Every value has a default or is null when it is not set. */
export interface Settings {
  /** postgres://… of the runtime login; null when not configured. */
  readonly databaseUrl: string | null
  /** postgres://… of the schema's owner; `db` commands only. Defaults to databaseUrl. */
  readonly databaseOwnerUrl: string | null
  readonly natsUrl: string | null
  readonly bus: BusSettings
  readonly retention: RetentionSettings
  /** Repositories and directories that daemons follow. Left out: none. */
  readonly sources?: readonly SourceSettings[]
  /** Absolute path. */
  readonly dataDir: string
  readonly httpListen: { readonly host: string; readonly port: number }
  /** `https://hooks.example.com`: how vendors know the gateway, for signatures over addresses; null: as each request says. */
  readonly publicUrl?: string | null
  readonly opsListen: { readonly host: string; readonly port: number }
  /** May integrations reach private addresses? */
  readonly egressAllowPrivate: boolean
  readonly masterKeyFile: string | null
  readonly tenant: string | null
  readonly tokenFile: string | null
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** The file the settings came from; null when none was found. */
  readonly file: string | null
}
