import JobCancel from '../../job/cancel.ts'

export default class DlqOpsCancel extends JobCancel {
  static override summary = 'End a job on dead letters before its time.'
  static override description = 'The same as `job cancel`.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq ops cancel 0199… --tenant acme' },
    {
      description: 'In a script:',
      command: 'neuronx dlq ops cancel 0199… --tenant acme --reason "vendor is down" --json',
    },
  ]
}
