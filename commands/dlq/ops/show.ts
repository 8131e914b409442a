import JobShow from '../../job/show.ts'

export default class DlqOpsShow extends JobShow {
  static override summary = 'Show one job on dead letters with its items.'
  static override description = 'The same as `job show`.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq ops show 0199… --tenant acme' },
    { description: 'In a script:', command: 'neuronx dlq ops show 0199… --tenant acme --limit 500 --json' },
  ]
}
