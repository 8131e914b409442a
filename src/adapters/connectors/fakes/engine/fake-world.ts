import { randomBytes, randomUUID } from 'node:crypto'
import { systemClock } from '../../../../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import { compileTemplate } from '../../template.ts'
import type { CompiledTemplate, TemplateScope } from '../../template.ts'
import { fakeRoots } from '../fake-contract.ts'

let count = 0

/** What templates of a contract read whatever is asked: fresh ids, the time, and the request. */
export function freshWorld(path: JsonObject, query: JsonObject, body: JsonObject): TemplateScope {
  const now = systemClock.now()
  count += 1
  return {
    id: `fake-${count}`,
    hex: randomBytes(16).toString('hex'),
    short: randomBytes(5).toString('hex').toUpperCase(),
    uuid: randomUUID(),
    ts: `${Math.floor(now.getTime() / 1_000)}.${String(count % 1_000_000).padStart(6, '0')}`,
    now: now.toISOString(),
    epoch: String(Math.floor(now.getTime() / 1_000)),
    epoch_ms: String(now.getTime() + count),
    rfc2822: now.toUTCString().replace('GMT', '+0000'),
    path,
    query,
    body,
  }
}

const compiled = new WeakMap<object, CompiledTemplate>()
const texts = new Map<string, CompiledTemplate>()

/** Renders a template of a contract; it is compiled once. Throws on a contract that is wrong, which a test finds. */
export function renderFake(template: JsonValue, scope: TemplateScope): JsonValue | undefined {
  const whole = typeof template === 'object' && template !== null
  const held = whole ? compiled.get(template) : texts.get(String(template))
  const made =
    held ?? compileTemplate(template, { roots: [...fakeRoots, 'connection'], tables: {} }, ['contract'])
  if (held === undefined) {
    const [problem] = made.problems
    if (problem !== undefined) throw new Error(`${problem.message} (${problem.path.join('.')})`)
    if (whole) compiled.set(template, made)
    else texts.set(String(template), made)
  }
  return made.render(scope)
}
