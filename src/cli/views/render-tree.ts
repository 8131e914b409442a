import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { padTo } from '../text/text-width.ts'

export interface TreeNode {
  readonly kind: string
  /** May carry styles. */
  readonly title: string
  /** Behind the title; nulls are left out. May carry styles. */
  readonly notes: readonly (string | null)[]
  readonly children: readonly TreeNode[]
}

const kindWidth = 11

/** A tree, one node a line, with lines to its children: box characters where the terminal has them, ASCII elsewhere. */
export function renderTree(root: TreeNode, output: Pick<Output, 'unicode' | 'theme'>): string {
  const marks = output.unicode
    ? { branch: '├─ ', last: '└─ ', line: '│  ' }
    : { branch: '|- ', last: '`- ', line: '|  ' }
  const lines: string[] = []
  const walk = (node: TreeNode, own: string, below: string): void => {
    const notes = node.notes.filter((note) => note !== null && note !== '')
    lines.push(
      [`${own}${output.theme.faint(padTo(plainLine(node.kind), kindWidth))} ${node.title}`, ...notes].join(
        '  ',
      ),
    )
    for (const [index, child] of node.children.entries()) {
      const isLast = index === node.children.length - 1
      walk(child, below + (isLast ? marks.last : marks.branch), below + (isLast ? '   ' : marks.line))
    }
  }
  walk(root, '', '')
  return lines.join('\n')
}
