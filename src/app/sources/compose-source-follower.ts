import { programFile } from '../package-folder.ts'
import { SourceFollower } from './source-follower.ts'
import type { SourceFollowerOptions } from './source-follower.ts'
import type { SourceWorkerData } from './source-worker.ts'

/** Who follows the sources of a daemon; null without any: there is no round to be had, for which it would count as stopped. */
export function composeSourceFollower(
  followed: Pick<SourceWorkerData, 'sources' | 'databaseUrl' | 'migrationsFolder'> | undefined,
  daemon: Pick<SourceFollowerOptions, 'daemonId' | 'dataDir' | 'clock' | 'logger' | 'onApplied'>,
): SourceFollower | null {
  if (followed === undefined || followed.sources.length === 0) return null
  return new SourceFollower({ ...followed, ...daemon, program: programFile('daemon/source-worker') })
}
