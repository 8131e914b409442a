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
  if (/^y(es)?$/i.test(await answerTo(`${question} [y/N] `))) return
  throw new NxError('conflict', 'NX-DECLINED', 'Nothing was changed', {
    fix: 'Answer y, or add --yes to the command.',
  })
}

export interface NamedConfirmOptions {
  /** What `--confirm` holds. */
  readonly given: string | undefined
  readonly interactive: boolean
}

/**
 * Asks before something whose harm cannot be undone: the answer is `name`, typed out or in `--confirm`; `--yes` is not enough. Throws
 * NX-CONFIRM (usage) without either, NX-DECLINED when another name is given.
 */
export async function confirmByName(
  question: string,
  name: string,
  { given, interactive }: NamedConfirmOptions,
): Promise<void> {
  if (given === undefined && !interactive) {
    throw new NxError('usage', 'NX-CONFIRM', 'This needs a confirmation by name', {
      detail: question,
      fix: `Add --confirm ${name} to the command; --yes is not enough.`,
    })
  }
  if ((given ?? (await answerTo(`${question} Type ${name} to go on: `))) === name) return
  throw new NxError('conflict', 'NX-DECLINED', 'Nothing was changed', {
    detail: `The name that confirms it is ${name}.`,
    fix: `Type ${name}, or add --confirm ${name} to the command.`,
  })
}

async function answerTo(prompt: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // In raw mode Ctrl-C is a key; hand it on as the signal it stands for.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return (await terminal.question(prompt)).trim()
  } finally {
    terminal.close()
  }
}
