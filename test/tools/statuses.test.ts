import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asSlot } from '../../machines/index.ts'
import { toolCallsMachine } from '../../machines/tool-calls/index.ts'
import { readTools } from '../../src/tools/read-tools.ts'
import { runTools } from '../../src/tools/run-tools.ts'
import type { StandardSchema } from '../../src/tools/standard-schema.ts'
import { tool } from '../../src/tools/tool.ts'
import { anything, atWork, call, drivenTools, turn, under } from './fixtures.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** The end of one call of a tool with this function. */
async function outcome(run: () => unknown) {
  const world = atWork([tool({ name: 'look', input: anything, run })], [call('a')])
  await turn()
  return { ...world, result: world.settled()[0] }
}

describe('a call', () => {
  it('is reported as ready, runs once its start is stored, and settles with the result of the tool', async () => {
    const { tools, of } = drivenTools()
    const world = atWork(tools, [call('a', 'look', { input: { city: 'Oslo' } })])
    expect(world.told).toEqual([])
    await turn()
    expect(world.news()).toEqual(['ready a'])
    expect(of('a')).toMatchObject({ input: { city: 'Oslo' }, info: { callId: 'a', name: 'look', turnId: 't1' } })
    of('a').resolve('snow')
    await turn()
    expect(world.told.slice(1)).toEqual([
      {
        type: 'tool.settled',
        callId: 'a',
        status: 'settled',
        result: { type: 'tool_result', tool_use_id: 'a', content: 'snow' },
      },
    ])
    expect(of('a').info.signal.aborted).toBe(false)
  })

  it('does not run before its start is stored, and not again because that is said twice', async () => {
    const { tools, running, of } = drivenTools()
    const world = atWork(tools, [call('a'), call('b')], { holdsStarts: ['a'] })
    await turn()
    expect([world.news(), running()]).toEqual([['ready a', 'ready b'], ['b']])
    world.start('b')
    world.start('z')
    await turn()
    expect(running()).toEqual(['b'])
    world.start('a')
    world.start('a')
    await turn()
    expect([world.news(), running()]).toEqual([
      ['ready a', 'ready b'],
      ['b', 'a'],
    ])
    of('a').resolve('done')
    await turn()
    world.start('a')
    await turn()
    expect([world.ending('a'), running()]).toEqual([
      ['settled', 'done'],
      ['b', 'a'],
    ])
  })

  it('keeps its place while it waits for that, and has no time limit before it runs', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a'), call('b')], { holdsStarts: ['a'], limit: 1 })
    await turn()
    world.clock.increment(1e9)
    expect([world.news(), running()]).toEqual([['ready a'], []])
    world.start('a')
    await turn()
    world.clock.increment(999)
    expect([running(), world.settled()]).toEqual([['a'], []])
    world.clock.increment(1)
    expect(world.ending('a')?.[0]).toBe('timedOut')
  })

  it('does not run before that because people or others decide about it', async () => {
    const { tools, running } = drivenTools()
    const world = atWork(tools, [call('a', 'ask')], { holdsStarts: ['a'] })
    await turn()
    world.start('a')
    await turn()
    expect([world.news(), running()]).toEqual([['approvalNeeded a'], []])
    world.approve('a')
    world.approve('a')
    await turn()
    // It says so again: whoever starts it may not have known of the approval.
    expect([world.news(), running()]).toEqual([['approvalNeeded a', 'ready a', 'ready a'], []])
    world.deny('a')
    world.answer('a', 'x')
    await turn()
    expect([world.settled(), running()]).toEqual([[], []])
  })

  it('may use a synchronous tool', async () => {
    expect((await outcome(() => ({ degrees: 3 }))).result).toMatchObject({ result: { content: '{"degrees":3}' } })
  })

  it.each<readonly [string, () => unknown, string]>([
    ['throws', () => JSON.parse('{'), 'The tool failed: Expected property name'],
    ['rejects', () => Promise.reject(new Error('no network')), 'The tool failed: no network'],
    ['rejects with undefined', () => Promise.reject(undefined), 'The tool failed: undefined'],
    [
      'rejects with an error without a message',
      () => Promise.reject(new Error('')),
      'The tool failed: it gave no reason',
    ],
    [
      'rejects with an unreadable value',
      () => Promise.reject(Object.create(null)),
      'The tool failed: a value that cannot be read',
    ],
  ])('fails when the tool %s', async (_, run, says) => {
    const { result, errors } = await outcome(run)
    expect(result).toMatchObject({ status: 'failed', result: { is_error: true } })
    expect(String(result?.result['content'])).toContain(says)
    expect(errors).toEqual([])
  })

  it.each<readonly [string, () => unknown]>([
    ['a function', () => () => {}],
    ['a nested promise', () => ({ page: Promise.resolve('x') })],
    ['a stream', () => new ReadableStream()],
    [
      'a cycle',
      () => {
        const cycle: Record<string, unknown> = {}
        cycle['self'] = cycle
        return cycle
      },
    ],
  ])('fails when the tool returns %s, which is reported', async (_, run) => {
    const { result, errors } = await outcome(run)
    expect(result).toMatchObject({ status: 'failed', result: { is_error: true } })
    expect(errors).toMatchObject([{ code: 'tool-result-invalid' }])
  })

  it('has a result even when its report fails', async () => {
    const set = readTools([tool({ name: 'look', input: anything, run: () => () => {} })])
    const onError = () => {
      throw new Error('no log')
    }
    const world = under(
      runTools(() => ({ tools: () => set, onError })),
      [call('a')],
    )
    await turn()
    expect(world.ending('a')?.[0]).toBe('failed')
  })

  it.each(['new', 'awaitingApproval'] as const)('that is %s fails when the tools cannot be loaded', async (state) => {
    const tools = () => {
      throw new Error('no registry')
    }
    const world = under(
      runTools(() => ({ tools })),
      [call('a', 'look', { state })],
    )
    world.approve('a')
    await turn()
    expect(world.ending('a')).toEqual(['failed', 'The tool failed: no registry'])
  })

  it('of an unknown tool fails with a list of the known ones', async () => {
    const world = atWork(drivenTools().tools, [call('a', 'fly')])
    await turn()
    expect(world.news()).toEqual(['settled a'])
    expect(world.ending('a')).toEqual(['failed', 'There is no tool "fly". The tools are: look, ask, form.'])
  })

  it('without any tools fails as well', async () => {
    const world = atWork([], [call('a')])
    await turn()
    expect(world.ending('a')).toEqual(['failed', 'There is no tool "look". There are no tools.'])
  })

  it.each(['look', 'ask', 'form'])('of %s whose input is not JSON fails before anyone is asked', async (name) => {
    const { tools, runs } = drivenTools()
    const world = atWork(tools, [call('a', name, { input: { INVALID_JSON: '{"city": "Os' } })])
    await turn()
    expect(world.news()).toEqual(['settled a'])
    expect(world.ending('a')).toEqual(['failed', expect.stringMatching(/not valid JSON.*Call the tool again/)])
    expect(runs).toEqual([])
  })

  it('times out by the clock of the actor, and its signal aborts', async () => {
    const { tools, of } = drivenTools()
    const world = atWork(tools, [call('a'), call('b', 'form')])
    await turn()
    world.clock.increment(999)
    expect(world.ending('a')).toBeUndefined()
    world.clock.increment(1)
    expect(world.ending('a')).toEqual(['timedOut', expect.stringContaining('did not finish in time')])
    expect(of('a').info.signal.aborted).toBe(true)
    of('a').resolve('too late')
    await turn()
    expect(world.settled()).toHaveLength(1)
    // Waiting for a person has no limit.
    world.clock.increment(1e9)
    expect(world.news()).toEqual(['answerNeeded b', 'ready a', 'settled a'])
  })

  it('times out, and is reported, when its needsApproval never answers', async () => {
    const { tools: driven, running } = drivenTools()
    const never = () => new Promise<never>(() => {})
    const schema: StandardSchema = { '~standard': { ...anything['~standard'], validate: never } }
    const tools = [
      ...driven,
      tool({ name: 'check', input: schema, run: () => 'checked', timeout: 2_000 }),
      tool({ name: 'doubt', input: anything, run: () => 'doubted', needsApproval: never, timeout: 2_000 }),
    ]
    const world = atWork(tools, [call('a', 'check'), call('b', 'doubt'), call('c')])
    await turn()
    world.clock.increment(999)
    expect([running(), world.settled()]).toEqual([['c'], []])
    world.clock.increment(1_001)
    for (const callId of ['a', 'b'])
      expect(world.ending(callId)).toEqual(['timedOut', expect.stringContaining('did not finish in time')])
    expect(world.news().filter((news) => /approval|ready [ab]/.test(news))).toEqual([])
  })

  it('may still fail after its timeout, without effect', async () => {
    const { tools, of } = drivenTools()
    const world = atWork(tools, [call('a')])
    await turn()
    world.clock.increment(1_000)
    of('a').reject(new Error('aborted'))
    await turn()
    expect(world.settled()).toHaveLength(1)
    expect(world.errors).toEqual([])
  })

  it('cannot change the input in the history', async () => {
    const input = { list: [1] }
    const spoil = tool({
      name: 'look',
      input: anything as StandardSchema<unknown, typeof input>,
      run: ({ list }) => list.push(2),
    })
    const world = atWork([spoil], [call('a', 'look', { input })])
    await turn()
    expect(world.ending('a')).toEqual(['settled', '2'])
    expect(input).toEqual({ list: [1] })
  })
})

describe('invalid input', () => {
  const weather = (input: StandardSchema<unknown, unknown>, more: object = {}) => {
    const runs: unknown[] = []
    return { runs, tool: { name: 'weather', input, run: (given: unknown) => void runs.push(given), ...more } }
  }

  it('is reported to the model, each issue with its path', async () => {
    const { tool: definition, runs } = weather(
      z.object({ city: z.string(), days: z.array(z.object({ n: z.number() })) }),
    )
    const world = atWork([definition], [call('a', 'weather', { input: { days: [{ n: 1 }, { n: 'two' }] } })])
    await turn()
    const [status, content] = world.ending('a') ?? []
    expect(status).toBe('failed')
    expect(String(content).split('\n')).toEqual([
      expect.stringContaining('does not fit'),
      expect.stringMatching(/^- city: /),
      expect.stringMatching(/^- days\.1\.n: /),
      expect.stringContaining('call the tool again'),
    ])
    expect(runs).toEqual([])
  })

  it('is never put to a person for approval', async () => {
    const { tool: definition } = weather(z.object({ city: z.string() }), { needsApproval: true })
    const world = atWork([definition], [call('a', 'weather')])
    await turn()
    expect(world.news()).toEqual(['settled a'])
  })

  it('may be detected by an asynchronous hand-written schema', async () => {
    const schema: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'nobody',
        validate: async () => ({
          issues: [{ message: 'nobody knows it', path: [{ key: 'city' }] }, { message: 'no' }],
        }),
        jsonSchema: { input: () => ({ type: 'object' }) },
      },
    }
    const world = atWork([weather(schema).tool], [call('a', 'weather')])
    await turn()
    expect(String(world.ending('a')?.[1]).split('\n').slice(1, 3)).toEqual(['- city: nobody knows it', '- input: no'])
  })

  it('fails the call when its schema throws', async () => {
    const schema: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'nobody',
        validate: () => {
          throw new Error('no table')
        },
        jsonSchema: { input: () => ({ type: 'object' }) },
      },
    }
    const world = atWork([weather(schema).tool], [call('a', 'weather')])
    await turn()
    expect(world.ending('a')).toEqual(['failed', expect.stringContaining('no table')])
  })

  it('is checked once, and the tool is given the output of the schema', async () => {
    let checks = 0
    const schema = z.object({ n: z.string().transform((text) => ++checks + Number(text)) })
    const { tool: definition, runs } = weather(schema)
    atWork([definition], [call('a', 'weather', { input: { n: '41' } })])
    await turn()
    expect([checks, runs]).toEqual([1, [{ n: 42 }]])
  })
})

it('the bare chart runs nothing and reports it', async () => {
  const world = under(asSlot(toolCallsMachine), [call('a')])
  await turn()
  expect(world.ending('a')).toEqual(['failed', 'No tools were given, so this call was not run.'])
})

it('an empty list of calls sends no event', async () => {
  const world = atWork([], [])
  await turn()
  expect(world.told).toEqual([])
})
