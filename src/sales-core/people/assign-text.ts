import type { CompiledAssign } from './compiled-people.ts'

/** An `assign` for traces and graphs: `assign owner from closers`, `release owner`. */
export function assignText(assign: CompiledAssign): string {
  return assign.does === 'release'
    ? `release ${assign.writes}`
    : `assign ${assign.writes} from ${assign.team}`
}
