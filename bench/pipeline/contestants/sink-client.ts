import { Pool } from 'undici'

/** The call that every contestant's handler makes, as neuronx makes it: `POST /hit` with an idempotency key. */
export interface SinkClient {
  hit(key: string, lead: string, score: number): Promise<void>
}

/** A keep-alive pool to the sink. `hit` throws on any answer but 200: the job queue then repeats the job. */
export function openSinkClient(origin: string, connections: number): SinkClient {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  return {
    hit: async (key, lead, score) => {
      const answer = await pool.request({
        method: 'POST',
        path: '/hit',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ lead, score }),
      })
      await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`The sink answered ${answer.statusCode}.`)
    },
  }
}
