import type { FastifyRequest } from 'fastify'
import { NxError } from '../../../kernel/errors.ts'

/** Compressed bodies are refused: they would make every limit on size a guess. Throws NX-HTTP-ENCODING (invalid). */
export function requirePlainEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return
  throw new NxError('invalid', 'NX-HTTP-ENCODING', 'The body is compressed', {
    fix: 'Send it without content-encoding.',
  })
}
