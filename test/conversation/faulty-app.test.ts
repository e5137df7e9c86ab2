// The app's own functions fail. Whatever they throw, no turn and no close() waits forever. Vitest fails the run on an
// uncaught exception or an unhandled rejection.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Conversation, type ConversationOptions, createConversation, TurnstateError } from '../../src/index.ts'
import { codeOf, collect, start } from './start.ts'

afterEach(() => void vi.restoreAllMocks())

const silent = { warn: () => {}, error: () => {} }

const unreadable = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no reading')
    },
    has: () => {
      throw new Error('no looking')
    },
    getPrototypeOf: () => {
      throw new Error('no ancestors')
    },
  },
)

const wordless = new Error('lost')
Object.defineProperty(wordless, 'message', {
  get: () => {
    throw new Error('no words')
  },
})

const oddValues: readonly (readonly [string, unknown])[] = [
  ['an error', new Error('plain')],
  ['undefined', undefined],
  ['a symbol', Symbol('odd')],
  ['an object without a prototype', Object.create(null)],
  ['a proxy that throws when it is read', unreadable],
  ['an error whose message throws', wordless],
]

const failures: readonly (readonly [string, (value: unknown) => () => never])[] = [
  [
    'throws',
    (value) => () => {
      throw value
    },
  ],
  // A function that is declared to return void may be async.
  ['rejects with', (value) => (() => Promise.reject(value)) as () => never],
  [
    'returns a promise of its own that rejects with',
    (value) =>
      // oxlint-disable-next-line unicorn/no-thenable -- the promises of a library are thenables
      (() => ({ then: (_: unknown, reject: (why: unknown) => void) => reject(value) })) as unknown as () => never,
  ],
]

interface Place {
  readonly options?: (fail: () => never) => Partial<ConversationOptions>
  readonly listen?: (chat: Conversation, fail: () => never) => void
}

const places: Readonly<Record<string, Place>> = {
  'a listener to a type': { listen: (chat, fail) => chat.on('turn.completed', fail) },
  'a listener to everything': { listen: (chat, fail) => chat.on('*', fail) },
  'a listener to deltas': { listen: (chat, fail) => chat.on('delta', fail) },
  'a listener to states': { listen: (chat, fail) => chat.on('state', fail) },
  'a subscriber': { listen: (chat, fail) => chat.subscribe(fail) },
  'a listener, the logger that is told of it, and the console,': {
    options: (fail) => {
      vi.spyOn(console, 'error').mockImplementation(fail)
      return { logger: { warn: fail, error: fail } }
    },
    listen: (chat, fail) => chat.on('attempt.started', fail),
  },
  'an inspector': { options: (fail) => ({ inspect: fail }) },
  'an inspector, while it is attached,': { options: (fail) => ({ inspect: { attach: fail } }) },
  'an observer of actors': { options: (fail) => ({ inspectActors: fail }) },
  now: { options: (fail) => ({ now: fail }) },
  returnToModel: { options: (fail) => ({ returnToModel: fail }) },
}

describe.each(Object.entries(places))('%s', (_, { options, listen }) => {
  describe.each(failures)('%s', (_how, failing) => {
    it.each(oddValues)('turns settle after %s', async (_what, value) => {
      const fail = failing(value)
      const { chat, exchange } = start({ logger: silent, ...options?.(fail) })
      listen?.(chat, fail)
      // Gives the conversation a model to return to.
      chat.setModel('m2')
      const first = await exchange('Hello', 'Hi')
      const second = await exchange('Again', 'Hi again')
      expect([first.status, second.status]).toEqual(['completed', 'completed'])
      await chat.close()
      expect(chat.status).toBe('closed')
    })
  })
})

describe.each(failures)('a policy that %s', (_how, failing) => {
  it.each(oddValues)('leaves no turn undecided: %s', async (_what, value) => {
    const fail = failing(value)
    vi.spyOn(console, 'error').mockReturnValue()
    const logger = { warn: fail, error: fail }
    const { chat, ask, exchange } = start({
      onRefusal: { rephrase: fail },
      onRejection: fail,
      onOverflow: fail,
      logger,
    })
    const refused = await ask('one')
    refused.reply.refuse('Well')
    await refused.turn
    const rejected = await ask('two')
    rejected.reply.throw(new TurnstateError('request-invalid', 'no', { status: 400 }))
    const outcomes = [await refused.turn, await rejected.turn]
    const full = await ask('three')
    full.reply.say('Well')
    full.reply.stop('model_context_window_exceeded')
    outcomes.push(await full.turn, await exchange('four', 'Hi'))
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'failed', 'failed', 'completed'])
    await chat.close()
  })
})

describe('a logger', () => {
  it('whose methods lost their object loses no report: the console gets it', async () => {
    class Log {
      readonly lines: string[] = []
      error(message: string) {
        this.lines.push(message)
      }
    }
    const log = new Log()
    const written = vi.spyOn(console, 'error').mockReturnValue()
    // oxlint-disable-next-line typescript/unbound-method -- the test needs an unbound method
    const { chat, exchange } = start({ logger: { warn: () => {}, error: log.error } })
    chat.on('turn.completed', () => {
      throw new Error('mine')
    })
    expect((await exchange('Hello', 'Hi')).status).toBe('completed')
    expect(written.mock.calls).toEqual([
      [
        expect.stringMatching(/listener.*The logger failed on this/),
        expect.objectContaining({ details: { quote: 'mine' } }),
      ],
    ])
  })

  it('is called with its own object as `this`: it may be a class with state', async () => {
    class Log {
      readonly lines: string[] = []
      warn(message: string) {
        this.lines.push(message)
      }
      error(message: string) {
        this.lines.push(message)
      }
    }
    const logger = new Log()
    const { chat, exchange } = start({ logger })
    chat.on('turn.completed', () => {
      throw new Error('mine')
    })
    await exchange('Hello', 'Hi')
    expect(logger.lines).toEqual([expect.stringContaining('A listener to turn.completed threw')])
  })

  it('is rejected with invalid-option when it lacks a method', () => {
    expect(codeOf(() => start({ logger: { error: () => {} } as unknown as Console }))).toBe('invalid-option')
  })
})

describe('now', () => {
  it.each([Number.NaN, Infinity, -1, '12', null, undefined, 1e300])(
    'that gives %s is replaced by the system clock',
    async (at) => {
      const { chat, exchange, logged } = start({ now: () => at as number })
      const before = Date.now()
      await exchange('Hello', 'Hi')
      const [message] = chat.messages
      expect(message?.createdAt).toBeGreaterThanOrEqual(before)
      expect(message?.createdAt).toBeLessThanOrEqual(Date.now())
      // Independent of the number of calls.
      expect(logged).toEqual([[expect.stringContaining('"now"'), expect.objectContaining({ code: 'listener-failed' })]])
    },
  )
})

describe('generateId', () => {
  it.each(oddValues)('makes sendMessage() throw a clear error and send nothing when it throws %s', (_, value) => {
    let fails = false
    let ids = 0
    const generateId = () => {
      if (fails) throw value
      return `id${++ids}`
    }
    const { chat, replies } = start({ generateId })
    fails = true
    expect(codeOf(() => chat.sendMessage('Hello'))).toBe('invalid-option')
    expect(codeOf(() => chat.fork())).toBe('invalid-option')
    fails = false
    chat.sendMessage('Hello')
    expect([chat.status, replies.length]).toEqual(['submitted', 0])
  })
})

describe('a clock', () => {
  it('is replaced by wall time when it throws: timers still fire', async () => {
    const fail = (): never => {
      throw new Error('stopped')
    }
    const { chat, ask, asked, logged } = start({
      clock: { setTimeout: fail, clearTimeout: fail },
      retry: { baseDelay: 1 },
    })
    const { turn, reply } = await ask('Hello')
    reply.throw(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    const failed = await turn
    expect(failed.status).toBe('failed')
    const again = chat.retry()
    const second = await asked(2)
    second.answer('Hi')
    expect((await again).status).toBe('completed')
    expect(logged.filter(([message]) => String(message).includes('"clock"'))).toHaveLength(1)
    await chat.close()
  })

  it('is rejected with invalid-option when it lacks clearTimeout', () => {
    expect(codeOf(() => start({ clock: { setTimeout: () => 1 } as never }))).toBe('invalid-option')
  })
})

describe('an app that stops chat.actor itself', () => {
  it('closes the conversation: pending turns settle as stopped, and close() resolves', async () => {
    const { chat, ask } = start({ whenBusy: 'queue' })
    const { turn, reply } = await ask('Hello')
    const queued = chat.sendMessage('And then?')
    const events = collect(turn)
    reply.say('Hi')
    chat.actor.stop()
    expect([(await turn).status, (await queued).status]).toEqual(['stopped', 'stopped'])
    expect((await events).at(-1)?.type).toBe('turn.stopped')
    await chat.close()
    expect([chat.status, codeOf(() => chat.sendMessage('Hello?'))]).toEqual(['closed', 'conversation-closed'])
  })
})

describe('an option or a message that cannot be read', () => {
  it('is rejected with an error that says so', () => {
    expect(codeOf(() => createConversation(unreadable as never))).toBe('invalid-option')
    expect(codeOf(() => start({ prices: unreadable }))).toBe('invalid-option')
    const { chat } = start()
    expect(codeOf(() => chat.sendMessage(unreadable as never))).toBe('message-invalid')
    expect(chat.status).toBe('ready')
  })
})
