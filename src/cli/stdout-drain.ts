let ignoring = false

/**
 * Ends the process quietly (exit 0) when the reader of stdout goes away, as `| head -1` does: nobody is left to read, and
 * nothing went wrong. Must be called once, before anything is printed.
 */
export function endWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (!ignoring) process.exit(0)
  })
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** For processes whose work does not end with their reader: a script may read `ready …` and close the pipe. */
export function outliveReader(): void {
  ignoring = true
}
