import { describe, expect, it, vi } from 'vitest'
import { observe } from '../../src/index.ts'
import type { Inspector } from '../../src/observe/inspector.ts'
import { logRecords } from '../../src/observe/log-records.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { codeOf, start } from '../conversation/start.ts'
import { ofType, refusedOnce, statesIn } from './fixtures.ts'

const keeping = () => {
  const records: InspectionRecord[] = []
  return { records, inspect: (record: InspectionRecord) => void records.push(record) }
}

/** An inspector that attaches itself to a conversation, as the web inspector does. */
const attaching = () => {
  const records: InspectionRecord[] = []
  const inspector: Inspector = {
    attach(conversation) {
      const observation = observe(conversation)
      records.push(...observation.records)
      observation.subscribe((record) => void records.push(record))
      return () => observation.stop()
    },
  }
  return { records, inspector }
}

describe('the option inspect', () => {
  it('calls a function with each redacted record from the first step on', async () => {
    const { records, inspect } = keeping()
    await refusedOnce({ inspect })
    expect(records[0]).toMatchObject({ type: 'observed', state: 'loading', seq: 0 })
    expect(statesIn(records).slice(0, 3)).toEqual(['idle', 'asking.saving', 'streaming.opening'])
    expect(statesIn(records).at(-1)).toBe('idle')
    expect(JSON.stringify(records)).not.toMatch(/alpha|bravo/)
  })

  it('gives the same records as observe() once both are active', async () => {
    const { records, inspect } = keeping()
    const world = start({ inspect })
    const observation = observe(world.chat)
    const [here, there] = [records.length, observation.records.length]
    await world.exchange('alpha', 'one')
    const bare = (all: readonly InspectionRecord[]) => all.map((record) => ({ ...record, seq: 0 }))
    expect(bare(records.slice(here))).toEqual(bare(observation.records.slice(there)))
  })

  it('accepts an inspector, and several functions and inspectors', async () => {
    const [one, two, three] = [keeping(), attaching(), keeping()]
    await refusedOnce({ inspect: [one.inspect, two.inspector, three.inspect] })
    expect(two.records).toEqual(one.records)
    expect(three.records).toEqual(one.records)
    expect(one.records.length).toBeGreaterThan(20)
  })

  it('accepts a logger', async () => {
    const log = {
      debug: vi.fn<() => void>(),
      info: vi.fn<() => void>(),
      warn: vi.fn<() => void>(),
      error: vi.fn<() => void>(),
    }
    await refusedOnce({ inspect: logRecords(log) })
    expect(log.warn).toHaveBeenCalledTimes(1)
    expect(log.info).toHaveBeenCalled()
  })

  it('reports a function that throws, stops calling it, and continues with the others', async () => {
    const other = keeping()
    const throws = vi.fn<() => void>(() => {
      throw new Error('broken lens')
    })
    const world = start({ inspect: [throws, other.inspect] })
    const { status } = await world.exchange('alpha', 'one')
    expect(status).toBe('completed')
    expect(throws).toHaveBeenCalledTimes(1)
    expect(world.logged).toMatchObject([[expect.stringContaining('broken lens'), { code: 'listener-failed' }]])
    expect(statesIn(other.records).at(-1)).toBe('completed.saved')
  })

  it('reports an inspector that cannot attach, and the conversation continues without it', async () => {
    const inspector: Inspector = {
      attach() {
        throw new Error('no film')
      },
    }
    const world = start({ inspect: inspector })
    const { status } = await world.exchange('alpha', 'one')
    expect(status).toBe('completed')
    expect(world.logged).toMatchObject([[expect.stringContaining('no film'), { code: 'listener-failed' }]])
  })

  it('observes forks, too, each under its own id', async () => {
    const { records, inspect } = keeping()
    const world = start({ inspect })
    await world.exchange('alpha', 'one')
    const fork = world.chat.fork('t1', { id: 'c2' })
    const turn = fork.sendMessage('bravo')
    const reply = await world.asked(2)
    reply.answer('two')
    await turn
    const ofFork = records.filter(({ conversation }) => conversation === 'c2')
    expect(ofFork[0]).toMatchObject({ type: 'observed', seq: 0 })
    expect(ofType(ofFork, 'fact').map(({ fact }) => fact.type)).toContain('conversation.forked')
    expect(statesIn(ofFork).at(-1)).toBe('completed.saved')
    expect(JSON.stringify(ofFork)).not.toMatch(/alpha|bravo/)
  })

  it.each([5, 'log', {}, [5], null])('rejects %j', (inspect) => {
    expect(codeOf(() => start({ inspect: inspect as never }))).toBe('invalid-option')
  })

  it('does not change the behaviour of the conversation', async () => {
    const [plain, inspected] = [await refusedOnce(), await refusedOnce({ inspect: () => {} })]
    expect(inspected.chat.messages).toEqual(plain.chat.messages)
    expect(inspected.chat.actor.getSnapshot().context).toEqual(plain.chat.actor.getSnapshot().context)
  })

  it('stops calling a function whose promise rejects, and continues', async () => {
    let got = 0
    const world = start({
      inspect: () => {
        got++
        return Promise.reject(new Error('the log is full'))
      },
    })
    await world.exchange('alpha', 'one')
    const before = got
    const { status } = await world.exchange('bravo', 'two')
    expect([status, got]).toEqual(['completed', before])
    expect(world.logged.map(([message]) => message)).toEqual([expect.stringContaining('the log is full')])
  })
})
