import { digestOf } from '../../kernel/digest.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Scope, StoredDocument } from '../documents/document.ts'
import { pathText, scopeName } from '../documents/document.ts'
import type { DocumentKind, Problem } from '../documents/document-kind.ts'
import type { Address } from './merge/address.ts'
import { addressText, lookUp } from './merge/address.ts'
import { declareGuards } from './merge/declare-guards.ts'
import type { Guard } from './merge/guard.ts'
import type { NamedAddress } from './merge/head-fields.ts'
import { contentOf, readHeadFields } from './merge/head-fields.ts'
import type { MergeLog } from './merge/merge-values.ts'
import { mergeBodies } from './merge/merge-values.ts'
import type { RuleCursor } from './merge/merge-rules.ts'
import { rulesOf } from './merge/merge-rules.ts'
import type { ResolutionProblem, ResolvedLayer } from './layer.ts'
import { ResolvedDocument } from './resolved-document.ts'
import { suggestAddress } from './merge/suggest-address.ts'
import { unsetRefusal, withoutAddress } from './merge/unset-address.ts'

export interface Overlaid {
  readonly document: ResolvedDocument
  readonly problems: readonly ResolutionProblem[]
}

/**
 * One more layer over what is inherited (null: nothing, the document is the first of its name). First its `unset` is carried out, then
 * its content merged, then what it locks and bounds holds for the layers below.
 */
export function overlay(
  upper: ResolvedDocument | null,
  scope: Scope,
  document: StoredDocument,
  kind: DocumentKind | undefined,
): Overlaid {
  const rules = rulesOf(kind)
  const { fields, problems: found } = readHeadFields(document.body)
  const problems: Problem[] = [...found]
  const content = contentOf(document.body)
  const log: MergeLog = { refused: [], same: [], idle: [] }
  const inherited: JsonObject = upper?.body ?? {}
  const unset = unsetOf(inherited, fields.unset, {
    rules,
    guard: upper?.guard ?? null,
    isFirst: upper === null,
  })
  problems.push(...unset.problems)
  const body = upper === null ? content : mergeBodies(unset.body, content, rules, upper.guard, log)
  problems.push(...log.refused.map(({ path, refusal }): Problem => ({ ...refusal, path, key: true })))
  if (upper !== null) problems.push(...log.same.map((path) => sameAs(upper, path)))
  if (upper !== null) problems.push(...log.idle.map(addsNothing))
  const declared = declareGuards({ upper: upper?.guard ?? null, fields, body, rules, kind, scope })
  problems.push(...declared.problems)
  const layer: ResolvedLayer = {
    scope,
    document,
    body: content,
    unset: unset.carriedOut,
    refused: log.refused.map(({ path }) => path),
  }
  const { name } = document
  const digest = upper === null ? document.digest : digestOf(body)
  const head = { kind: document.kind, name, digest }
  const layers = [...(upper?.layers ?? []), layer]
  return {
    document: new ResolvedDocument({ head, body, layers, guard: declared.guard, rules }),
    problems: problems.map((problem) => ({ ...problem, scope, document })),
  }
}

function unsetOf(
  inherited: JsonObject,
  named: readonly NamedAddress[],
  {
    rules,
    guard,
    isFirst,
  }: { readonly rules: RuleCursor; readonly guard: Guard | null; readonly isFirst: boolean },
): {
  readonly body: JsonObject
  readonly carriedOut: readonly Address[]
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  const carriedOut: Address[] = []
  let body = inherited
  for (const { address, path } of named) {
    const lookup = lookUp(inherited, address, rules)
    const isHead = ['apiVersion', 'kind', 'name'].includes(address[0] ?? '')
    if (lookup.state === 'missing' || isHead) {
      problems.push(isFirst ? nothingAbove(path) : unsetMissing(address, lookup, path, isHead))
      continue
    }
    const refusal = unsetRefusal(inherited, address, rules, guard)
    if (refusal !== null) problems.push({ ...refusal, path })
    else {
      carriedOut.push(address)
      body = withoutAddress(body, address, rules)
    }
  }
  return { body, carriedOut, problems }
}

function nothingAbove(path: Problem['path']): Problem {
  return {
    code: 'NX-CONFIG-UNSET-MISSING',
    message: 'No upper scope has this document: there is nothing to unset',
    fix: 'Remove the path here, or the value where it is written.',
    path,
  }
}

function unsetMissing(
  address: Address,
  lookup: ReturnType<typeof lookUp>,
  path: Problem['path'],
  isHead: boolean,
): Problem {
  const code = 'NX-CONFIG-UNSET-MISSING'
  const text = addressText(address, lookup.listed)
  if (isHead || lookup.state === 'found') {
    return { code, message: `'${text}' is part of every document`, fix: 'Remove the path.', path }
  }
  const message = `Nothing is inherited at '${text}'`
  if (lookup.isPlainList) {
    return { code, message, fix: `The items of this list have no ids: unset the list as a whole.`, path }
  }
  return {
    code,
    message,
    fix: suggestAddress(address, lookup, lookup.candidates) ?? 'Remove the path.',
    path,
  }
}

function sameAs(upper: ResolvedDocument, path: Problem['path']): Problem {
  return {
    severity: 'warning',
    code: 'NX-CONFIG-SAME',
    message: `'${pathText(path)}' is inherited from ${scopeName(upper.scope)} as it is`,
    fix: 'Remove it here: it would only hide later changes above.',
    path,
    key: true,
  }
}

/** Not mended by --fix: taking it away is one meaning, `unset` the other. */
function addsNothing(path: Problem['path']): Problem {
  return {
    severity: 'warning',
    code: 'NX-CONFIG-EMPTY-OVERLAY',
    message: `'${pathText(path)}' is empty here: everything is inherited all the same`,
    fix: `Remove it, or write unset: [${pathText(path)}] to be rid of what is inherited.`,
    path,
    key: true,
  }
}
