import type { Command } from '@oclif/core'
import { Help } from '@oclif/core/help'

/** Help that says which values a flag takes also where the flag's value has a name (oclif says it only where it has none). */
export class CommandHelp extends Help {
  override formatCommand(command: Command.Loadable): string {
    return super.formatCommand({ ...command, flags: withChoices(command.flags) })
  }
}

type FlagsOf = Command.Loadable['flags']

function withChoices(flags: FlagsOf): FlagsOf {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, withChoicesOf(flag)]))
}

function withChoicesOf(flag: FlagsOf[string]): FlagsOf[string] {
  if (flag.type !== 'option' || flag.options === undefined || flag.helpValue === undefined) return flag
  return { ...flag, summary: `${flag.summary ?? ''} One of: ${flag.options.join(', ')}.`.trim() }
}
