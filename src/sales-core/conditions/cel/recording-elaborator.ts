import type { CelNode } from '../syntax/cel-node.ts'
import type { Code } from './code.ts'
import { CelElaborator } from './elaborate.ts'

/** Keeps the code of every node, so that each piece of a condition can be run by itself. For explanations only: it holds the tree. */
export class RecordingElaborator extends CelElaborator {
  readonly codes = new Map<CelNode, Code>()

  override elaborate(node: CelNode): Code {
    const code = super.elaborate(node)
    this.codes.set(node, code)
    return code
  }
}
