import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { PlacedStep } from '../../kinds/workflow/each-step.ts'
import { eachStep } from '../../kinds/workflow/each-step.ts'
import type { StepSpec } from '../../kinds/workflow/workflow-spec.ts'
import type { SendSpec } from '../../kinds/rule-set-spec.ts'

/** Fields of a send that give it something to say. */
const content = ['text', 'html', 'template', 'template_id', 'attachments'] as const

/** Steps that are allowed and seldom meant: sends that say nothing, calls of sagas that cannot be undone, branches that write one field. */
export function stepHabits(placed: readonly PlacedStep[]): readonly Problem[] {
  return placed.flatMap(({ step, path }) => [
    ...emptySend(step.send, [...path, 'send']),
    ...emptySend(step.fallback, [...path, 'fallback']),
    ...sagaProblems(step, path),
    ...parallelWrites(step, path),
  ])
}

function emptySend(send: SendSpec | undefined, path: DocumentPath): readonly Problem[] {
  if (send === undefined) return []
  const given = send as unknown as Readonly<Record<string, unknown>>
  if (content.some((name) => given[name] !== undefined)) return []
  return [
    {
      code: 'NX-SEND-EMPTY',
      message: 'The send has nothing to say',
      fix: 'Give it a text or a template.',
      path,
      severity: 'warning',
    },
  ]
}

/** Only the last call of a saga needs no undo: nothing behind it can fail. */
function sagaProblems({ saga }: StepSpec, path: DocumentPath): readonly Problem[] {
  const calls = (saga ?? []).flatMap((step, index) => (step.call === undefined ? [] : [{ step, index }]))
  return calls.slice(0, -1).flatMap(({ step, index }) =>
    step.undo !== undefined
      ? []
      : [
          {
            code: 'NX-SAGA-UNDO',
            message: `When a later step fails, '${step.id}' stays done: it has no undo`,
            fix: 'Give it an undo, or put it last.',
            path: [...path, 'saga', index, 'call'],
            severity: 'warning' as const,
          },
        ],
  )
}

/** Which branch comes last is for the waits in them to say, so what the field holds in the end is too. */
function parallelWrites({ parallel }: StepSpec, path: DocumentPath): readonly Problem[] {
  const writers = new Map<string, string>()
  return Object.entries(parallel ?? {}).flatMap(([branch, steps]) => {
    const written = new Set(eachStep(steps).flatMap(({ step }) => Object.keys(step.set ?? {})))
    return [...written].flatMap((field): readonly Problem[] => {
      const other = writers.get(field)
      writers.set(field, other ?? branch)
      if (other === undefined) return []
      return [
        {
          code: 'NX-STEP-WRITES',
          message: `Branches ${other} and ${branch} both set ${field}: whichever comes later wins`,
          fix: 'Set it in one branch, or behind the parallel.',
          path: [...path, 'parallel', branch],
          key: true,
          severity: 'warning',
        },
      ]
    })
  })
}
