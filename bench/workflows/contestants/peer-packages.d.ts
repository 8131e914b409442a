// The parts of DBOS that the benchmark uses. It is installed only when a benchmark runs, so the type check of a fresh clone does
// not see its own.

declare module '@dbos-inc/dbos-sdk' {
  export const DBOS: {
    setConfig(config: {
      readonly name: string
      readonly systemDatabaseUrl: string
      readonly systemDatabasePoolSize: number
      readonly logLevel: string
    }): void
    launch(): Promise<void>
    sleep(ms: number): Promise<void>
    runStep<T>(step: () => Promise<T>, config: { readonly name: string }): Promise<T>
    registerWorkflow<Given extends unknown[], T>(
      workflow: (...given: Given) => Promise<T>,
      config: { readonly name: string },
    ): (...given: Given) => Promise<T>
    startWorkflow<Given extends unknown[], T>(
      workflow: (...given: Given) => Promise<T>,
      options: { readonly workflowID: string },
    ): (...given: Given) => Promise<unknown>
  }
}
