import { NxError } from '../kernel/errors.ts'

export interface ConfirmOptions {
  readonly yes: boolean
  /** A terminal on both sides, and prompts not forbidden. */
  readonly interactive: boolean
}

/**
 * Asks before something that is hard to undo. Returns when the answer is yes; throws NX-CONFIRM (usage) without a terminal
 * and without `--yes`, NX-DECLINED when the answer is no.
 */
export async function confirm(question: string, options: ConfirmOptions): Promise<void> {
  if (options.yes) return
  if (!options.interactive) {
    throw new NxError('usage', 'NX-CONFIRM', 'This needs a confirmation', {
      detail: question,
      fix: 'Add --yes to the command.',
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // In raw mode Ctrl-C is a key; hand it on as the signal it stands for.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await terminal.question(`${question} [y/N] `)
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    terminal.close()
  }
  throw new NxError('conflict', 'NX-DECLINED', 'Nothing was changed', {
    fix: 'Answer y, or add --yes to the command.',
  })
}
