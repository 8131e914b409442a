import { string } from '@oclif/core/flags'

/** `--confirm NAME`: for scripts that do what cannot be undone. */
export const confirmFlag = {
  confirm: string({
    summary: 'The name that confirms what cannot be undone; asked for when it is needed.',
    helpValue: 'NAME',
  }),
}
