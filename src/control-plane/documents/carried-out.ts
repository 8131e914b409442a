import type { DocumentKind, Problem } from './document-kind.ts'

/** A document that was checked and from which nothing follows, or not what a reader would expect. */
export const notCarriedOutCode = 'NX-CONFIG-NOT-CARRIED-OUT'

const path = ['kind']

/** What has to be said about every document of a kind that this version does not carry out; nothing about the others. */
export function carriedOutProblems({ kind, carriedOut = 'yes' }: DocumentKind): readonly Problem[] {
  switch (carriedOut) {
    case 'yes':
      return []
    case 'not_yet':
      return [
        {
          code: notCarriedOutCode,
          message: `${kind} is checked, but this version does not carry it out`,
          fix: 'Nothing follows from it until a version that does; keep it, or remove it.',
          path,
          severity: 'warning',
        },
      ]
    case 'refused':
      return [
        {
          code: notCarriedOutCode,
          message: `This version does not carry out documents of kind ${kind}: what this one forbids would happen all the same`,
          fix: 'Take it out, and put what it protects into conditions (`when:`) until a version that enforces it.',
          path,
        },
      ]
  }
}
