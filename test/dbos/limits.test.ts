import { afterAll, expect, it } from 'vitest'
import { dbosHost } from '../../src/dbos/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { allOf, staged } from '../server/stage.ts'
import { clusterPlace } from './database.ts'

const place = await clusterPlace()
afterAll(() => place.close())

it.each([{ turns: 1 }, { turnsInAll: 1 }])(
  '%o lets one turn run at a time, and the next one when it is over',
  async (limit) => {
    const store = postgresStore(place.url)
    const { server, created, ask, asked, replies } = staged(
      { host: dbosHost({ databaseUrl: place.url, ...limit }) },
      store,
    )
    try {
      const [name] = Object.keys(limit)
      await server.ready()
      const [one, two] = [await created(`${name}-one`), await created(`${name}-two`)]
      const first = ask('POST', `${one}/messages`, { input: 'One' })
      const running = await asked(1)
      const second = ask('POST', `${two}/messages`, { input: 'Two' })
      await expect
        .poll(() => place.query(`select from turnstate_dbos.workflow_status where status = 'ENQUEUED'`))
        .toHaveLength(1)
      expect(replies).toHaveLength(1)
      running.answer('The first')
      expect((await allOf(await first)).at(-1)?.event).toBe('turn.completed')
      const next = await asked(2)
      next.answer('The second')
      expect((await allOf(await second)).at(-1)?.event).toBe('turn.completed')
    } finally {
      await server.close()
      await store.close()
    }
  },
)
