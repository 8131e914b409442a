import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DaemonHealth } from '../../platform/alerts/daemon-health.ts'

/**
 * The room on the file system of a folder, as its user may use it; of the nearest parent that exists when the folder does not.
 * null when it cannot be asked.
 */
export async function diskOf(folder: string): Promise<DaemonHealth['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize }
  } catch (error) {
    const parent = dirname(folder)
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return missing && parent !== folder ? await diskOf(parent) : null
  }
}
