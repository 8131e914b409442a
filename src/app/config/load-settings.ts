import { dirname, isAbsolute, resolve } from 'node:path'
import type { z } from 'zod'
import { NxError } from '../../kernel/errors.ts'
import { busSettings } from './bus-settings.ts'
import { findSettingsFile } from './find-settings-file.ts'
import type { Environment } from './process-environment.ts'
import { readSettingsFile } from './read-settings-file.ts'
import { retentionSettings } from './retention-settings.ts'
import { sourceSettings } from './source-settings.ts'
import type { SettingsFile } from './settings-file.ts'
import {
  databaseUrlSchema,
  listenSchema,
  logLevelSchema,
  natsUrlSchema,
  pathSchema,
  publicUrlSchema,
  tenantSchema,
} from './setting-values.ts'
import type { Settings } from './settings.ts'

/** What a command's flags may set, as they were written; they win over everything. */
export interface SettingsFlags {
  readonly config?: string | undefined
  readonly tenant?: string | undefined
  readonly 'data-dir'?: string | undefined
  readonly 'http-listen'?: string | undefined
  readonly 'ops-listen'?: string | undefined
  readonly 'log-level'?: string | undefined
}

/** Where the gateway and the ops listener are when nobody says where. */
export type ListenDefaults = Pick<Settings, 'httpListen' | 'opsListen'>

export const listenDefaults: ListenDefaults = {
  httpListen: { host: '127.0.0.1', port: 8080 },
  opsListen: { host: '127.0.0.1', port: 9464 },
}

const defaults = { dataDir: '.neuronx', logLevel: 'info' } as const

/**
 * The installation's settings: flag, else environment, else file, else default. Paths of flags and of the environment are
 * relative to `cwd`, those of the file to the file. Throws NX-SETTINGS-… (configuration; a flag's: usage) that names the
 * flag, the variable, or the file and its line.
 */
export async function loadSettings(
  environment: Environment,
  cwd: string,
  flags: SettingsFlags = {},
  listen: ListenDefaults = listenDefaults,
): Promise<Settings> {
  const found = await findSettingsFile(
    environment,
    cwd,
    flags.config ?? environment['NEURONX_CONFIG'] ?? null,
  )
  const file: SettingsFile = found === null ? {} : readSettingsFile(found)
  const given = new GivenSettings(environment, flags, cwd, found === null ? cwd : dirname(found.path))
  const databaseUrl =
    given.value('NEURONX_DATABASE_URL', null, databaseUrlSchema) ?? file.database?.url ?? null
  return {
    databaseUrl,
    databaseOwnerUrl:
      given.value('NEURONX_DATABASE_OWNER_URL', null, databaseUrlSchema) ??
      file.database?.ownerUrl ??
      databaseUrl,
    natsUrl: given.value('NEURONX_NATS_URL', null, natsUrlSchema) ?? file.bus?.url ?? file.nats?.url ?? null,
    bus: busSettings(file.bus, found === null ? cwd : dirname(found.path)),
    retention: retentionSettings(file.retention),
    sources: sourceSettings(file.sources, found === null ? cwd : dirname(found.path)),
    dataDir: given.path('NEURONX_DATA_DIR', 'data-dir', file.dataDir) ?? resolve(cwd, defaults.dataDir),
    httpListen:
      given.value('NEURONX_HTTP_LISTEN', 'http-listen', listenSchema) ??
      file.http?.listen ??
      listen.httpListen,
    publicUrl: given.value('NEURONX_PUBLIC_URL', null, publicUrlSchema) ?? file.http?.publicUrl ?? null,
    opsListen:
      given.value('NEURONX_OPS_LISTEN', 'ops-listen', listenSchema) ?? file.ops?.listen ?? listen.opsListen,
    egressAllowPrivate: given.flag('NEURONX_EGRESS_ALLOW_PRIVATE') ?? file.egress?.allowPrivate ?? false,
    masterKeyFile: given.path('NEURONX_MASTER_KEY_FILE', null, file.masterKeyFile),
    tenant: given.value('NEURONX_TENANT', 'tenant', tenantSchema) ?? file.tenant ?? null,
    tokenFile: given.path('NEURONX_TOKEN_FILE', null, file.tokenFile),
    logLevel:
      given.value('NEURONX_LOG_LEVEL', 'log-level', logLevelSchema) ?? file.logLevel ?? defaults.logLevel,
    file: found?.path ?? null,
  }
}

/** Values from flags and variables, checked one by one so that an error can name its source. */
class GivenSettings {
  readonly #environment: Environment
  readonly #flags: SettingsFlags
  readonly #cwd: string
  readonly #fileFolder: string

  constructor(environment: Environment, flags: SettingsFlags, cwd: string, fileFolder: string) {
    this.#environment = environment
    this.#flags = flags
    this.#cwd = cwd
    this.#fileFolder = fileFolder
  }

  /** An empty variable counts as not set, as everywhere in a shell. */
  value<T>(variable: string, flag: keyof SettingsFlags | null, schema: z.ZodType<T>): T | null {
    const fromFlag = flag === null ? undefined : this.#flags[flag]
    const text = fromFlag ?? (this.#environment[variable] || undefined)
    if (text === undefined) return null
    const parsed = schema.safeParse(text)
    if (parsed.success) return parsed.data
    const source = fromFlag === undefined ? variable : `--${flag}`
    // The value itself is not repeated: a mistyped URL may hold a password.
    throw new NxError(
      fromFlag === undefined ? 'configuration' : 'usage',
      'NX-SETTINGS-VALUE',
      `${source} ${problemOf(parsed.error)}`,
      {
        where: { path: source },
        fix: `Correct ${source}.`,
      },
    )
  }

  flag(variable: string): boolean | null {
    const text = this.#environment[variable]
    if (text === undefined || text === '') return null
    if (['true', '1', 'yes'].includes(text)) return true
    if (['false', '0', 'no'].includes(text)) return false
    throw new NxError('configuration', 'NX-SETTINGS-VALUE', `${variable} must be true or false`, {
      where: { path: variable },
      fix: `Correct ${variable}.`,
    })
  }

  path(variable: string, flag: keyof SettingsFlags | null, fromFile: string | undefined): string | null {
    const text = this.value(variable, flag, pathSchema)
    if (text !== null) return isAbsolute(text) ? text : resolve(this.#cwd, text)
    return fromFile === undefined ? null : resolve(this.#fileFolder, fromFile)
  }
}

function problemOf(error: z.ZodError): string {
  const message = error.issues[0]?.message ?? 'is not valid'
  return /^(must|has) /.test(message) ? message : `is not valid: ${message}`
}
