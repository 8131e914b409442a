import { NxError } from '../../kernel/errors.ts'

export function sourceNotFound(name: string, known: readonly string[]): NxError {
  return new NxError('not_found', 'NX-SOURCE-NOT-FOUND', `There is no source '${name.slice(0, 60)}'`, {
    fix:
      known.length === 0
        ? 'Name one in the settings file of the daemons (sources), and start them again.'
        : `There are ${known.join(', ')}: neuronx config sources`,
  })
}

/** The directory changed while it was looked at; the next look takes it when it stands still. */
export function sourceMoving(location: string): NxError {
  return new NxError('unavailable', 'NX-SOURCE-MOVING', 'The directory is being written', {
    detail: location,
    retryable: true,
    fix: 'Write a new version beside it and swap it in with a rename, then it is always whole.',
  })
}

/** Is it about the source (and said in its state), or about what we need to work on it (and tried again)? */
export function isAboutSource(error: unknown): error is NxError {
  return error instanceof NxError && !(error.code.startsWith('NX-DB-') || error.kind === 'bug')
}
