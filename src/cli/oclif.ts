// The parts of oclif that finding and running a command needs, in one module of their own: `--version` does without them.
export { Config } from '@oclif/core/config'
export { standardizeIDFromArgv } from '@oclif/core/help'
export { CommandHelp } from './views/command-help.ts'
export { settings } from '@oclif/core/settings'
