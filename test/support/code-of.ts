/** The code with which something fails. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => null).catch((thrown: unknown) => thrown)
  return (error as { code?: string } | null)?.code ?? 'it did not fail'
}
