/** Environment variables, as text. Passed on from here, never read elsewhere. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. */
export function processEnvironment(): Environment {
  return process.env
}
