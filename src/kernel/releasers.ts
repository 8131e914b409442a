/** Closes what was opened, last opened first, and reports every failure. */
export class Releasers implements AsyncDisposable {
  readonly #closers: Array<() => Promise<void>> = []

  /** Registers how to close `resource` and hands it back, so that opening and closing are stated in one line. */
  own<T>(resource: T, close: (resource: T) => Promise<void> | void): T {
    this.#closers.push(async () => close(resource))
    return resource
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closers.splice(0).toReversed()) {
      await close().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some resources did not close')
  }
}
