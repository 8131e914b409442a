import { runSourceWorker } from '../src/app/sources/source-worker.ts'

// The thread in which a daemon follows its configuration sources.
await runSourceWorker()
