import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'

const upSuffix = '.up.sql'

/** Reads `NNNN_verb_noun.up.sql` / `.down.sql` pairs, so that a migration's name is the same from source and from a build. */
export class SqlMigrations implements Knex.MigrationSource<string> {
  readonly #folder: string
  readonly #crashPoints: CrashPoints

  constructor(folder: string, crashPoints: CrashPoints = noCrashPoints) {
    this.#folder = folder
    this.#crashPoints = crashPoints
  }

  async getMigrations(): Promise<string[]> {
    const files = await readdir(this.#folder)
    return files
      .filter((file) => file.endsWith(upSuffix))
      .map((file) => file.slice(0, -upSuffix.length))
      .sort()
  }

  getMigrationName(name: string): string {
    return name
  }

  async getMigration(name: string): Promise<Knex.Migration> {
    const up = await readFile(join(this.#folder, `${name}${upSuffix}`), 'utf8')
    const down = await readFile(join(this.#folder, `${name}.down.sql`), 'utf8')
    return {
      up: async (knex) => {
        await knex.raw(literal(up))
        this.#crashPoints.reach('migrate.mid_migration')
      },
      down: async (knex) => {
        await knex.raw(literal(down))
      },
    }
  }
}

/** knex.raw takes every bare `?` for a binding, even inside a quoted string. */
function literal(sql: string): string {
  return sql.replaceAll('?', String.raw`\?`)
}
