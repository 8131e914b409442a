import JobResume from '../../job/resume.ts'

export default class DlqOpsResume extends JobResume {
  static override summary = 'Go on with a paused job on dead letters.'
  static override description = 'The same as `job resume`.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq ops resume 0199… --tenant acme' },
    {
      description: 'In a script:',
      command: 'neuronx dlq ops resume 0199… --tenant acme --reason "vendor is down" --json',
    },
  ]
}
