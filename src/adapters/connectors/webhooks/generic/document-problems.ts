import type { Problem } from '../../../../control-plane/documents/document-kind.ts'
import { compileWebhook } from '../compile-webhook.ts'
import { publicKeyType } from '../signatures/public-key.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { SignatureAlgorithm } from '../signature-scheme.ts'
import { documentDefinition } from './document-definition.ts'
import type { DocumentWebhooks } from './document-webhooks.ts'

const root = 'webhooks'
const keyTypes: Readonly<Partial<Record<SignatureAlgorithm, string>>> = {
  ed25519: 'ed25519',
  'rsa-sha256': 'rsa',
  'ecdsa-sha256': 'ec',
}

/** What the schema cannot say of a document's `webhooks:`. */
export function documentWebhookProblems(spec: DocumentWebhooks): readonly Problem[] {
  return [
    ...proofProblems(spec),
    ...keyProblems(spec),
    ...eventProblems(spec),
    ...compileWebhook(documentDefinition(spec), {}).problems.map((found) => ({
      ...found,
      path: [root, ...(found.path ?? [])],
    })),
  ]
}

/** Nothing that anybody could send may become an event. */
function proofProblems(spec: DocumentWebhooks): readonly Problem[] {
  const { scheme, key, secretPath, basic, header } = spec
  const beside = [secretPath, basic].filter((given) => given !== undefined).length
  if (scheme === 'none') {
    if (beside === 1)
      return key === undefined ? [] : [problem('scheme none has no key', 'Leave it out.', ['key'])]
    return [
      problem(
        beside === 0
          ? 'Anybody could send these: nothing proves who does'
          : 'One of secretPath and basic is enough',
        'Name the scheme by which it is signed, or with scheme none give `secretPath: { secret: NAME }` or `basic:`.',
        ['scheme'],
      ),
    ]
  }
  return [
    ...(key === undefined
      ? [problem(`scheme ${scheme} needs a key`, 'Give it as key: { secret: NAME }.', ['scheme'])]
      : []),
    ...(beside > 0
      ? [
          problem('secretPath and basic are for scheme none', 'Leave them out: the signature proves more.', [
            'scheme',
          ]),
        ]
      : []),
    ...(header !== undefined && scheme !== 'shared-header'
      ? [problem(`scheme ${scheme} says itself which header it reads`, 'Leave it out.', ['header'])]
      : []),
  ]
}

/** A secret is never written out, and a public key is one that the scheme can use. */
function keyProblems(spec: DocumentWebhooks): readonly Problem[] {
  if (spec.scheme === 'none') return []
  const types = signatureSchemes[spec.scheme].schemes.map(({ algorithm }) => keyTypes[algorithm])
  return (['key', 'previousKey'] as const).flatMap((member) => {
    const text = spec[member]
    if (typeof text !== 'string') return []
    if (types.every((type) => type === undefined))
      return [
        problem(
          `The key of scheme ${spec.scheme} is a secret`,
          'Store it with `neuronx secret set NAME` and write { secret: NAME }.',
          [member],
        ),
      ]
    return types.includes(publicKeyType(text))
      ? []
      : [
          problem(
            `This is no public key for scheme ${spec.scheme}`,
            'Write it as PEM (-----BEGIN PUBLIC KEY-----) or as base64 of its DER form.',
            [member],
          ),
        ]
  })
}

function eventProblems({ events, receipts = [], ignores = [] }: DocumentWebhooks): readonly Problem[] {
  const seen = new Set<string>()
  const named = [
    ...events.map(({ when }, at) => ({ when, path: ['events', at, 'when'] })),
    ...receipts.map(({ when }, at) => ({ when, path: ['receipts', at, 'when'] })),
    ...ignores.map((when, at) => ({ when, path: ['ignores', at] })),
  ]
  const twice = named.filter(({ when }) => seen.has(when) || seen.add(when) === undefined)
  return [
    ...twice.map(({ when, path }) =>
      problem(`'${when}' is said twice`, 'Say once what becomes of each kind of payload.', path),
    ),
    ...events.flatMap(({ lead, subject }, at) =>
      lead !== undefined && subject !== undefined
        ? [
            problem('An event is about a lead or a subject, not both', 'Leave one of them out.', [
              'events',
              at,
              'lead',
            ]),
          ]
        : [],
    ),
  ]
}

function problem(message: string, fix: string, path: readonly (string | number)[]): Problem {
  return { code: 'NX-INTEGRATION-WEBHOOKS', message, fix, path: [root, ...path] }
}
