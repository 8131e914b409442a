import { expect } from 'chai'
import { requireNames } from '../../../src/app/workflows/require-names.ts'
import type { TypedNames } from '../../../src/app/workflows/require-names.ts'

const place = { tenant: { id: '00000000-0000-0000-0000-00000000000a', slug: 'acme' }, workspace: 'default' }

/** No configuration; of the workflows that are named here instances wait. */
function setup(known: readonly string[]) {
  const reads = { configurations: 0 }
  const revisions = {
    effective: async () => {
      reads.configurations += 1
      return { digest: 'none', layers: [], documents: [] }
    },
    effectiveByDigest: async () => null,
    document: async () => null,
  }
  const workflows = {
    counts: async (_tenantId: string, _workspace: string, workflow: string | null) => ({
      places: [],
      totals: known
        .filter((name) => workflow === null || workflow === name)
        .map((name) => ({ workflow: name, status: 'waiting' as const, count: 1 })),
    }),
  }
  return {
    reads,
    require: (names: readonly TypedNames[]) => requireNames({ revisions, workflows }, place, names),
  }
}

describe('names of workflows that were typed', () => {
  it('are all looked up in one configuration', async () => {
    const { reads, require } = setup(['a', 'b', 'c'])
    await require([{ workflow: 'a' }, { workflow: 'b' }, { workflow: 'c' }])
    expect(reads.configurations).to.equal(1)
  })

  it('are refused when one of them is unknown', async () => {
    const { require } = setup(['nurture'])
    const refused = await require([{ workflow: 'nurture' }, { workflow: 'nurtur' }]).catch(
      (error: unknown) => error,
    )
    expect(refused).to.include({ code: 'NX-WORKFLOW-NOT-FOUND' })
  })
})
