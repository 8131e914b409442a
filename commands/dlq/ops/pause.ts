import JobPause from '../../job/pause.ts'

export default class DlqOpsPause extends JobPause {
  static override summary = 'Stop a job on dead letters after the item under way.'
  static override description = 'The same as `job pause`.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq ops pause 0199… --tenant acme' },
    {
      description: 'In a script:',
      command: 'neuronx dlq ops pause 0199… --tenant acme --reason "vendor is down" --json',
    },
  ]
}
