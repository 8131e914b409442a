import type { letterChain } from '../../app/letters/letter-chain.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderTree } from '../views/render-tree.ts'
import type { TreeNode } from '../views/render-tree.ts'

/** How a letter came about, as src/app finds it. */
export type ShownChain = NonNullable<Awaited<ReturnType<typeof letterChain>>>

/** The latest attempts that are shown; all of them: `command show`. */
const attemptsMax = 6

/** event -> rule or step -> command and its attempts -> letter, as a tree. */
export function renderChain({ letter, event, command, attempts }: ShownChain, output: Output): string {
  const { strong, faint, bad } = output.theme
  const end: TreeNode = {
    kind: 'dead letter',
    title: bad(plainLine(letter.code)),
    notes: [letter.class, letter.status, faint(letter.createdAt)],
    children: [],
  }
  const tried = attempts.slice(-attemptsMax).map((one): TreeNode => ({
    kind: 'attempt',
    title: `${one.attempt}`,
    notes: [bad(plainLine(attemptText(one.error))), `${Math.round(one.durationMs)}ms`, faint(one.at)],
    children: [],
  }))
  const call: TreeNode | null =
    command === null
      ? null
      : {
          kind: 'command',
          title: strong(plainLine(`${command.command.integration}.${command.command.operation}`)),
          notes: [
            command.state.replace('_', ' '),
            `${command.attempts} attempt${command.attempts === 1 ? '' : 's'}`,
            faint(command.command.id),
          ],
          children: [...tried, end],
        }
  const cause: TreeNode = letter.cause === null ? (call ?? end) : causeNode(letter.cause, call ?? end)
  if (event === null) return renderTree(cause, output)
  return renderTree(
    {
      kind: 'event',
      title: strong(plainLine(event.type)),
      notes: [
        plainLine(`${event.subject.kind}/${event.subject.id}`),
        faint(event.acceptedAt),
        faint(event.id),
      ],
      children: [cause],
    },
    output,
  )
}

function causeNode(cause: string, child: TreeNode): TreeNode {
  const [kind = '', ...name] = cause.split('/')
  const title = plainLine(name.length === 0 ? cause : name.join('/'))
  return { kind: kind === 'Workflow' ? 'step' : 'rule', title, notes: [], children: [child] }
}

function attemptText({ code, status }: ShownChain['attempts'][number]['error']): string {
  return `${code}${status === null ? '' : ` (HTTP ${status})`}`
}
