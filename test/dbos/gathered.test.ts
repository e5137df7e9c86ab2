import { expect, it } from 'vitest'
import { Gathered } from '../../src/dbos/gathered.ts'

/** Calls that the test answers. */
function calls(mostAtOnce = 100) {
  const made: {
    readonly items: readonly string[]
    readonly answer: (results?: readonly string[]) => void
    readonly fail: () => void
  }[] = []
  const gathered = new Gathered<string, string>({
    make: (items) =>
      new Promise((resolve, reject) => {
        made.push({
          items,
          answer: (results = items.map((item) => `${item}!`)) => resolve(results),
          fail: () => reject(new Error('The database is away.')),
        })
      }),
    sizeOf: ({ length }) => length,
    mostAtOnce,
  })
  return { made, ask: (item: string) => gathered.ask(item) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('what is asked in the same moment is one call, and each gets its own result', async () => {
  const { made, ask } = calls()
  const asked = Promise.all(['one', 'two', 'three'].map(ask))
  await turn()
  expect(made.map(({ items }) => items)).toEqual([['one', 'two', 'three']])
  made[0]?.answer()
  expect(await asked).toEqual(['one!', 'two!', 'three!'])
})

it('what is asked while a call is under way is the next call', async () => {
  const { made, ask } = calls()
  const first = ask('one')
  await turn()
  const later = [ask('two'), ask('three')]
  await turn()
  expect(made).toHaveLength(1)
  made[0]?.answer()
  expect(await first).toBe('one!')
  await turn()
  expect(made[1]?.items).toEqual(['two', 'three'])
  made[1]?.answer()
  expect(await Promise.all(later)).toEqual(['two!', 'three!'])
})

it('a call that fails fails for all that it was made of, and for nobody else', async () => {
  const { made, ask } = calls()
  const failed = Promise.allSettled([ask('one'), ask('two')])
  await turn()
  const next = ask('three')
  made[0]?.fail()
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await turn()
  made[1]?.answer()
  expect(await next).toBe('three!')
})

it('a call is as large as the limit lets it be, and holds one item at least', async () => {
  const { made, ask } = calls(6)
  const asked = Promise.all(['enormous', 'one', 'two', 'three'].map(ask))
  for (const expected of [['enormous'], ['one', 'two'], ['three']]) {
    await turn()
    expect(made.at(-1)?.items).toEqual(expected)
    made.at(-1)?.answer()
  }
  await asked
})

it('a call with too few results fails for those that have none', async () => {
  const { made, ask } = calls()
  const asked = Promise.allSettled([ask('one'), ask('two')])
  await turn()
  made[0]?.answer(['one!'])
  expect((await asked).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})
