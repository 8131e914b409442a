#!/usr/bin/env node
// As oclif generates it.
import { execute } from '@oclif/core'

await execute({ dir: import.meta.url })
