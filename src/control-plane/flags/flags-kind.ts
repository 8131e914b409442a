import { z } from 'zod'
import { documentHead, documentName } from '../documents/document-kind.ts'
import type { DocumentKind, DocumentSet, Problem } from '../documents/document-kind.ts'
import type { Flag } from './flag-value.ts'

const slug = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const flagName = /^[a-z][a-z0-9_]{0,62}$/

const tenant = z.string().regex(slug, { error: 'must be the slug of a tenant' })
const workspace = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}(\/[a-z0-9][a-z0-9-]{0,62})?$/, {
  error: 'must be a workspace such as eu, or tenant/workspace',
})
const entity = z.string().regex(/^[a-z][a-z0-9_]{0,62}\/.{1,256}$/, {
  error: 'must be an entity as kind/id, such as lead/42',
})
const list = <T extends z.ZodType<string>>(item: T) => z.array(item).min(1).max(1_000)

const flag = z.strictObject({
  default: z.boolean().describe('What the flag is for everybody else.'),
  on_for: z
    .strictObject({
      tenants: list(tenant).optional().describe('Slugs of tenants.'),
      workspaces: list(workspace).optional().describe('Workspaces: eu, or acme/eu.'),
      entities: list(entity).optional().describe('Single entities: lead/42.'),
    })
    .optional()
    .describe('On for whatever is in one of these lists.'),
  percentage: z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.01, { error: 'must be a percentage in steps of 0.01' })
    .optional()
    .describe('On for this part of all entities, 0 to 100; always the same ones, and more as it grows.'),
  why: z.string().max(500).optional().describe('What it is for, and when it may go.'),
})

const schema = z.strictObject({
  ...documentHead('FeatureFlags', documentName),
  flags: z
    .record(
      z.string().regex(flagName, {
        error: 'must be lower-case letters, digits and underscores, starting with a letter',
      }),
      flag,
    )
    .refine((flags) => Object.keys(flags).length <= 500, { error: 'must hold at most 500 flags' })
    .describe('The flags by name; conditions and texts read them as flags.NAME.'),
})

export type FeatureFlagsSpec = z.infer<typeof schema>

/** Declares flags that conditions and texts can read as `flags.NAME`. */
export const featureFlagsKind: DocumentKind<FeatureFlagsSpec> = {
  kind: 'FeatureFlags',
  summary: 'switches that conditions and texts read as flags.NAME, on for some before all',
  schema,
  provides: ({ spec }) => Object.keys(spec.flags).map((name) => ({ space: 'flag', name })),
  check: ({ spec, document }, set) => [...twiceProblems(spec, document.name, set), ...idleProblems(spec)],
}

/** Every flag that the documents of a set declare, by name. Made once per set. */
export function flagsOf(set: DocumentSet): ReadonlyMap<string, Flag> {
  return new Map([...declarationsOf(set)].map(([name, { flag: declared }]) => [name, declared]))
}

interface Declaration {
  readonly document: string
  readonly flag: Flag
}

const declarations = new WeakMap<DocumentSet, ReadonlyMap<string, Declaration>>()

/** The first document by name that declares each flag. */
function declarationsOf(set: DocumentSet): ReadonlyMap<string, Declaration> {
  const known = declarations.get(set)
  if (known !== undefined) return known
  const found = new Map<string, Declaration>()
  for (const { spec, document } of set.ofKind(featureFlagsKind)) {
    for (const [name, declared] of Object.entries(spec.flags))
      if (!found.has(name)) found.set(name, { document: document.name, flag: declared })
  }
  declarations.set(set, found)
  return found
}

function twiceProblems({ flags }: FeatureFlagsSpec, own: string, set: DocumentSet): readonly Problem[] {
  const known = declarationsOf(set)
  return Object.keys(flags).flatMap((name): readonly Problem[] => {
    const first = known.get(name)
    if (first === undefined || first.document === own) return []
    return [
      {
        code: 'NX-FLAG-TWICE',
        message: `The flag '${name}' is declared by FeatureFlags '${first.document}' too`,
        fix: 'Keep one of the two; to change it in a lower scope, write a document of the same name there.',
        path: ['flags', name],
        key: true,
      },
    ]
  })
}

function idleProblems({ flags }: FeatureFlagsSpec): readonly Problem[] {
  return Object.entries(flags).flatMap(([name, declared]): readonly Problem[] => {
    if (!declared.default || (declared.on_for === undefined && declared.percentage === undefined)) return []
    return [
      {
        code: 'NX-FLAG-ALWAYS-ON',
        message: `The flag '${name}' is on for everybody: on_for and percentage change nothing`,
        fix: 'Make its default false, or remove them.',
        path: ['flags', name, declared.on_for === undefined ? 'percentage' : 'on_for'],
        key: true,
        severity: 'warning',
      },
    ]
  })
}
