import { expect } from 'chai'
import * as fc from 'fast-check'
import { digestOfParts, sha256Hex } from '../../../src/kernel/digest.ts'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import { bundleDigest, revisionDigest } from '../../../src/control-plane/revisions/revision-digest.ts'

const entry = fc.record({
  kind: fc.constantFrom('RuleSet', 'Workflow', 'Test'),
  name: fc.stringMatching(/^[a-z]{1,6}$/),
  digest: fc.stringMatching(/^[0-9a-f]{8}$/),
})
const entries = fc.uniqueArray(entry, { selector: ({ kind, name }) => `${kind}/${name}`, maxLength: 8 })

describe('revisionDigest', () => {
  it('does not depend on the order of the documents', () => {
    fc.assert(
      fc.property(entries, (documents) => {
        expect(revisionDigest(documents.toReversed())).to.equal(revisionDigest(documents))
      }),
    )
  })

  it('changes with every document that is added, removed or altered', () => {
    fc.assert(
      fc.property(entries, entry, (documents, other) => {
        const [first, ...rest] = documents
        fc.pre(
          first !== undefined &&
            !documents.some(({ kind, name }) => kind === other.kind && name === other.name),
        )
        const digest = revisionDigest(documents)
        expect(revisionDigest(rest)).not.to.equal(digest)
        expect(revisionDigest([...documents, other])).not.to.equal(digest)
        expect(revisionDigest([{ ...(first as typeof other), digest: 'f00' }, ...rest])).not.to.equal(digest)
      }),
    )
  })

  it('keeps the parts of an entry apart', () => {
    const one = revisionDigest([{ kind: 'Rule', name: 'set-a', digest: 'x' }])
    expect(revisionDigest([{ kind: 'Rules', name: 'et-a', digest: 'x' }])).not.to.equal(one)
  })
})

describe('bundleDigest', () => {
  const global: Scope = { level: 'global' }
  const tenant: Scope = { level: 'tenant', tenant: 'acme' }
  const workspace: Scope = { level: 'workspace', tenant: 'acme', workspace: 'eu' }

  it('is the digest of nothing when nothing was applied', () => {
    expect(bundleDigest([])).to.equal(sha256Hex(''))
  })

  it('goes from global down, in whatever order the scopes are given', () => {
    const parts = [
      { scope: global, digest: 'a' },
      { scope: tenant, digest: 'b' },
      { scope: workspace, digest: 'c' },
    ]
    expect(bundleDigest(parts.toReversed())).to.equal(bundleDigest(parts))
    expect(bundleDigest(parts)).to.equal(digestOfParts(['a', 'b', 'c']))
    expect(bundleDigest(parts.slice(0, 2))).not.to.equal(bundleDigest(parts))
  })
})
