/**
 * Waits for statements of one transaction that were sent one behind the other without waiting for answers (the pool's connections are
 * pipelined): the server carries them out in the order in which they were sent, each on a snapshot of its own. Waits for all even when
 * one fails, for what went on by itself afterwards would work outside the transaction; throws the first failure in the order given.
 */
export async function together<Works extends readonly Promise<unknown>[]>(
  ...works: Works
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  const ended = await Promise.allSettled(works)
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return ended.map((end) => (end as PromiseFulfilledResult<unknown>).value) as {
    -readonly [Index in keyof Works]: Awaited<Works[Index]>
  }
}
