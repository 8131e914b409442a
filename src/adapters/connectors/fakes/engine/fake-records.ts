import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { TemplateScope } from '../../template.ts'
import type { FakeKeep, FakeOperation, FakePages } from '../fake-contract.ts'
import type { FakeRequest } from './fake-request.ts'
import { FakeState } from './fake-state.ts'
import { renderFake } from './fake-world.ts'

/** How many of a list are shown at most where it does not go on, as templates bound it. */
const itemsMax = 1_000

/** Keeps and finds what operations say, apart for every caller. */
export class FakeRecords {
  readonly #state = new FakeState()

  /** `record`, `created`, `items`, … for the templates of the answer; null: what was looked for is not there. */
  apply(operation: FakeOperation, request: FakeRequest, world: TemplateScope): TemplateScope | null {
    const shelf = (name: string): string => `${request.caller} ${name}`
    const kept = (operation.keeps ?? []).map((keep) => this.#keep(shelf(keep.in), keep, world))
    const [first] = kept
    if (first !== undefined) return { record: first.record, created: first.created }
    if (operation.finds !== undefined) {
      const { finds } = operation
      const by = lookFor(finds.by, world)
      const [record] = Object.values(by).every((value) => value === undefined)
        ? []
        : this.#state.all(shelf(finds.in), by)
      if (record === undefined) return finds.absent === 'empty' ? {} : null
      return { record }
    }
    if (operation.lists === undefined) return {}
    const { lists } = operation
    const all = this.#state.all(shelf(lists.in), lookFor(lists.by, world))
    return { total: all.length, ...pageOf(all, lists.pages, request, world) }
  }

  #keep(shelf: string, keep: FakeKeep, world: TemplateScope) {
    const rendered = renderFake(keep.record, world)
    const members = isJsonObject(rendered) ? rendered : {}
    const given = keep.id === undefined ? world['id'] : renderFake(keep.id, world)
    const same = keep.sameBy === undefined ? null : this.#state.same(shelf, members, keep.sameBy)
    return this.#state.put(shelf, same ?? String(given), members, keep.grows ?? [])
  }
}

function lookFor(by: Readonly<Record<string, string>>, world: TemplateScope): JsonObject {
  return Object.fromEntries(Object.entries(by).map(([name, template]) => [name, renderFake(template, world)]))
}

function pageOf(
  all: readonly JsonObject[],
  pages: FakePages | undefined,
  { base, path, query }: FakeRequest,
  world: TemplateScope,
): TemplateScope {
  if (pages === undefined) return { items: all.slice(0, itemsMax) }
  const given = isJsonObject(world[pages.in]) ? (world[pages.in] as JsonObject) : {}
  const size = Math.min(itemsMax, whole(given[pages.size]) ?? pages.sizeDefault)
  const at = whole(given[pages.param])
  const from = pages.counts === 'items' ? (at ?? 0) : ((at ?? 1) - 1) * size
  const items = all.slice(from, from + size)
  if (from + size >= all.length) return { items }
  const next = pages.counts === 'items' ? from + size : (at ?? 1) + 1
  const params = new URLSearchParams(query)
  params.set(pages.param, String(next))
  return { items, next: String(next), next_uri: `${base}${path}?${params}` }
}

function whole(value: JsonValue | undefined): number | null {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) && number > 0 ? number : null
}
