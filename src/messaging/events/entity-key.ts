import { crc32 } from 'node:zlib'
import type { EntityRef } from './event.ts'

/** How many shards events are spread over. Fixed for the life of a database: it decides where an entity's order lives. */
export const shardCount = 64

/** The ordering key of an entity inside its tenant: `<workspace>/<kind>/<id>`. */
export function entityKey(workspace: string, subject: EntityRef): string {
  return `${workspace}/${subject.kind}/${subject.id}`
}

/** Splits an ordering key. The id may itself contain slashes. */
export function parseEntityKey(key: string): { workspace: string; subject: EntityRef } {
  const first = key.indexOf('/')
  const second = key.indexOf('/', first + 1)
  return {
    workspace: key.slice(0, first),
    subject: { kind: key.slice(first + 1, second), id: key.slice(second + 1) },
  }
}

/** The shard (0 to shardCount - 1) of an entity: crc32 of `<tenant id>/<ordering key>`. */
export function shardOf(tenantId: string, key: string): number {
  return crc32(`${tenantId}/${key}`) % shardCount
}
