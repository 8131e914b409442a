import { NxError, errorText } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { ShownCall } from '../../adapters/connectors/fakes/engine/received-calls.ts'
import type { FakeFault } from '../../adapters/connectors/fakes/fake-faults.ts'
import { readFakes } from './fakes-file.ts'

/** A call, and which fake got it. */
export interface FakeCall extends ShownCall {
  readonly fake: string
}

/** What a fake will do wrong. */
export interface FakeState {
  readonly fake: string
  readonly url: string
  readonly faults: readonly FakeFault[]
}

interface RunningFake {
  readonly name: string
  readonly url: string
}

const timeoutMs = 5_000

/** The newest calls of one fake or of all, the oldest of them first. Throws NX-FAKE-NONE, NX-FAKE-NAME, NX-FAKE-UNREACHABLE. */
export async function fakeCalls(
  dataDir: string,
  name: string | null,
  limit: number,
): Promise<readonly FakeCall[]> {
  const fakes = await runningFakes(dataDir, name)
  const lists = await Promise.all(
    fakes.map(async (fake) => {
      const { calls } = (await ask(fake, 'GET', `calls?limit=${limit}`)) as unknown as {
        calls: readonly ShownCall[]
      }
      return calls.map((call) => ({ ...call, fake: fake.name }))
    }),
  )
  return lists
    .flat()
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .slice(-limit)
}

/** Lets the next calls of a fake fail. Throws NX-FAKE-FAULT (invalid), NX-FAKE-FAULTS (conflict), and as `fakeCalls`. */
export async function askFault(dataDir: string, name: string, fault: JsonObject): Promise<FakeState> {
  const [fake] = await runningFakes(dataDir, name)
  return stateOf(fake as RunningFake, await ask(fake as RunningFake, 'POST', 'faults', fault))
}

/** Forgets faults, revocations and calls of one fake or of all. What they keep stays. Throws as `fakeCalls`. */
export async function resetFakes(dataDir: string, name: string | null): Promise<readonly FakeState[]> {
  const fakes = await runningFakes(dataDir, name)
  return await Promise.all(
    fakes.map(async (fake) => {
      await ask(fake, 'DELETE', 'calls')
      return stateOf(fake, await ask(fake, 'DELETE', 'faults'))
    }),
  )
}

async function runningFakes(dataDir: string, name: string | null): Promise<readonly RunningFake[]> {
  const found = await readFakes(dataDir)
  const all = [...(found?.urls ?? [])].map(([known, url]) => ({ name: known, url }))
  if (all.length === 0) {
    throw new NxError('not_found', 'NX-FAKE-NONE', 'No fakes run on this data directory', {
      where: { file: dataDir },
      fix: 'Start them with `neuronx dev --fake gohighlevel,slack`, and name its data directory: --data-dir DIR, or `. DIR/env`.',
    })
  }
  const chosen = name === null ? all : all.filter((fake) => fake.name === name)
  if (chosen.length > 0) return chosen
  const names = all.map((fake) => fake.name)
  const meant = nearestName(name ?? '', names)
  throw new NxError('not_found', 'NX-FAKE-NAME', `No fake of '${name}' runs here`, {
    fix: meant === null ? `There are: ${names.join(', ')}.` : `Did you mean '${meant}'?`,
  })
}

async function ask(
  { name, url }: RunningFake,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  let status: number
  let said: JsonValue
  try {
    const answer = await fetch(`${url}/_fake/${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    status = answer.status
    said = (await answer.json()) as JsonValue
  } catch (error) {
    throw new NxError('unreachable', 'NX-FAKE-UNREACHABLE', `The fake of ${name} does not answer`, {
      cause: error,
      detail: `${url}: ${errorText(error instanceof Error && error.cause !== undefined ? error.cause : error)}`,
      fix: 'Does `neuronx dev --fake …` still run? Start it again.',
    })
  }
  if (status === 200 && isJsonObject(said)) return said
  const { code, title, detail, fix } = isJsonObject(said) ? said : {}
  throw new NxError(
    status === 409 ? 'conflict' : 'invalid',
    typeof code === 'string' ? code : 'NX-FAKE-FAULT',
    typeof title === 'string' ? title : `The fake of ${name} answered ${status}`,
    {
      ...(typeof detail === 'string' ? { detail } : {}),
      ...(typeof fix === 'string' ? { fix } : {}),
    },
  )
}

function stateOf({ name, url }: RunningFake, said: JsonObject): FakeState {
  return { fake: name, url, faults: (said['faults'] ?? []) as unknown as readonly FakeFault[] }
}
