import { z } from 'zod'
import { parseDuration } from '../../kernel/duration.ts'
import { errorText } from '../../kernel/errors.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { allAlertCodes } from '../../platform/alerts/alert-codes.ts'
import { documentHead, documentName } from '../documents/document-kind.ts'
import type { DocumentKind, Problem, TypedDocument } from '../documents/document-kind.ts'
import type { Scope } from '../documents/document.ts'
import type { AlertRouteSpec, AlertSend } from './alert-route-spec.ts'

const repeatEveryMsMin = 5 * 60_000
const severity = z.enum(['info', 'warning', 'critical'])

const repeatEvery = z.string().superRefine((text, context) => {
  try {
    if (parseDuration(text) >= repeatEveryMsMin) return
    context.addIssue({ code: 'custom', message: 'must be at least 5m' })
  } catch (error) {
    context.addIssue({ code: 'custom', message: `${errorText(error)}; write 30m, 4h or 1d` })
  }
})

const send = z.union([
  z.strictObject({
    integration: documentName,
    operation: z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,127}$/, { error: 'must name an operation' }),
    input: z.record(z.string(), z.json()).default({}),
  }),
  z.strictObject({
    channel: z.string().min(1),
    to: z.string().optional(),
    subject: z.string().optional(),
    text: z.string().min(1),
  }),
])

const schema = z.strictObject({
  ...documentHead('AlertRoute', documentName),
  match: z
    .strictObject({
      severities: z.array(severity).min(1).optional(),
      codes: z.array(z.string()).min(1).max(50).optional(),
    })
    .default({}),
  send,
  repeatEvery: repeatEvery.optional(),
  resolved: z.boolean().default(false),
  through: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/, { error: 'must be the slug of a tenant' })
    .optional(),
}) as unknown as z.ZodType<AlertRouteSpec>

/** Checks the texts of an input against what an alert has. The layer of templates lies above this one, so it is handed in. */
export type CheckAlertInput = (input: JsonObject) => readonly Problem[]

/** `kind: AlertRoute`: who is told of which alerts, and through what. */
export function alertRouteKind(checkInput: CheckAlertInput): DocumentKind<AlertRouteSpec> {
  return {
    ...alertRouteShape,
    provides: ({ spec }) => [{ space: 'document', name: spec.name }],
    requires: ({ spec }) => [
      'channel' in spec.send
        ? {
            space: 'channel',
            name: spec.send.channel,
            path: ['send', 'channel'],
            fix: 'Add an Integration that serves the channel.',
          }
        : {
            space: 'operation',
            name: `${spec.send.integration}.${spec.send.operation}`,
            path: ['send', 'operation'],
            fix: 'Add an Integration with that operation.',
          },
    ],
    check: (typed) => [
      ...placeProblems(typed),
      ...codeProblems(typed.spec),
      ...checkInput(inputOf(typed.spec.send)).map((problem) => ({
        ...problem,
        path: ['send', ...('channel' in typed.spec.send ? [] : ['input']), ...problem.path],
      })),
    ],
  }
}

/** The shape of an AlertRoute, without its checks: what compiling needs to find such documents. */
export const alertRouteShape: DocumentKind<AlertRouteSpec> = {
  kind: 'AlertRoute',
  summary: 'who is told of which alerts, and through which integration or channel',
  schema,
  merge: [{ path: 'send', policy: 'replace' }],
  fieldHelp: {
    match: 'Which alerts. Default: all.',
    'match.severities': 'Of these severities: info, warning, critical.',
    'match.codes': 'With these codes.',
    send: 'How it is told: an operation of an integration, or a channel.',
    'send.integration': 'The integration. An alert about one is never sent through it.',
    'send.operation': 'Its operation.',
    'send.input':
      'The input of the call; texts may use {{ alert.title }}, {{ alert.detail }}, {{ alert.fix }}.',
    'send.channel': 'The channel, such as slack.',
    'send.to': 'Whom it goes to.',
    'send.subject': 'The subject of an email.',
    'send.text': 'The text, as Liquid: {{ alert.title }}.',
    repeatEvery: 'Told again as long as it lasts, at most so often: 4h. Default: once.',
    resolved: 'Told as well when it is over. Default: no.',
    through: 'For alerts of the installation: the tenant whose integrations tell it.',
  },
}

/** What the operation is given, its texts not rendered yet. A channel's is all that is said beside it, and itself. */
export function inputOf(send: AlertSend): JsonObject {
  if (!('channel' in send)) return send.input
  const { channel, to, subject, text } = send
  return { channel, text, ...(to === undefined ? {} : { to }), ...(subject === undefined ? {} : { subject }) }
}

/** Alerts belong to a tenant or to the installation, never to a workspace. */
function placeProblems({ document, spec }: TypedDocument<AlertRouteSpec>): readonly Problem[] {
  const scope = 'scope' in document ? (document.scope as Scope) : null
  const problems: Problem[] = []
  if (scope?.level === 'workspace') {
    problems.push({
      code: 'NX-ALERT-ROUTE-PLACE',
      message: 'Alerts belong to a tenant, not to a workspace',
      fix: 'Move the document to the folder of the tenant, or to global/.',
      path: ['kind'],
    })
  }
  if (scope !== null && scope.level !== 'global' && spec.through !== undefined) {
    problems.push({
      code: 'NX-ALERT-ROUTE-THROUGH',
      message: 'Only a global route sends alerts of the installation',
      fix: 'Move the document to global/, or remove `through`.',
      path: ['through'],
      key: true,
    })
  }
  return problems
}

function codeProblems({ match }: AlertRouteSpec): readonly Problem[] {
  return (match.codes ?? []).flatMap((code, index) => {
    if ((allAlertCodes as readonly string[]).includes(code)) return []
    const near = nearestName(code, allAlertCodes)
    return [
      {
        code: 'NX-ALERT-ROUTE-CODE',
        message: `There is no alert '${code}'`,
        fix: near === null ? 'See docs/operations.md for the alerts there are.' : `Did you mean '${near}'?`,
        path: ['match', 'codes', index],
      },
    ]
  })
}
