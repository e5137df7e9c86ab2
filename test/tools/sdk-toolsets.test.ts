import {
  BetaAbstractBrowserToolset20260801,
  BetaAbstractComputerToolset20260801,
} from '@anthropic-ai/sdk/helpers/beta/toolsets'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { ToolInput } from '../../src/index.ts'
import { readTools } from '../../src/tools/read-tools.ts'
import { tool } from '../../src/tools/tool.ts'
import { anything, atWork, call, turn } from './fixtures.ts'

/** A desktop that records its actions and waits until the test continues it. */
class Desktop extends BetaAbstractComputerToolset20260801 {
  readonly done: unknown[] = []
  letThrough: () => void = () => {}

  constructor() {
    super({ confirm: () => true })
  }

  protected override key(
    ctx: { readonly toolUse?: unknown; readonly signal?: unknown },
    input: { readonly text: string },
  ) {
    if (input.text === 'F13') throw new Error('there is no such key')
    this.done.push(['key', input.text, ctx.toolUse, ctx.signal])
    return undefined
  }

  protected override wait() {
    return new Promise<undefined>((resolve) => {
      this.done.push(['wait'])
      this.letThrough = () => resolve(undefined)
    })
  }
}

class Browser extends BetaAbstractBrowserToolset20260801 {
  constructor() {
    super({ browserState: () => ({ tabs: [{ tab_id: 't', url: 'about:blank', title: '', active: true }] }) as never })
  }

  protected override get_page_text(): never {
    throw new Error('no page')
  }
}

const member = (callId: string, name: string, input: unknown = {}, toolset = 'computer') =>
  call(callId, name, { toolset, input })
const press = (callId: string, text = 'Return') => member(callId, 'key', { text })

const keyTool = tool({ name: 'key', input: anything, run: () => 'the tool of the app' })

describe('a runnable toolset of the SDK', () => {
  it('is in the request as its own definition, without a name', () => {
    const [computer, browser, literal] = readTools([
      Object.assign(new Desktop(), { needsApproval: true, timeout: 5, idempotent: true }),
      new Browser(),
      {
        type: 'phone_toolset_20270101',
        cache_control: null,
        run: () => 'ok',
        close: () => {},
        timeout: 5,
        idempotent: false,
      },
    ]).params
    expect(computer).toEqual(new Desktop().toJSON())
    expect(computer).toMatchObject({ type: 'computer_toolset_20260801', configs: { scroll: { enabled: false } } })
    expect(Object.keys(browser ?? {}).toSorted()).toEqual(['configs', 'type'])
    expect(literal).toEqual({ type: 'phone_toolset_20270101', cache_control: null })
  })

  it('runs the calls of its members with the call context of the SDK', async () => {
    const desktop = new Desktop()
    const world = atWork([desktop], [press('a')])
    await turn()
    expect(world.ending('a')?.[0]).toBe('settled')
    const toolUse = { type: 'tool_use', id: 'a', name: 'key', toolset_name: 'computer', input: { text: 'Return' } }
    expect(desktop.done).toEqual([['key', 'Return', toolUse, expect.any(AbortSignal)]])
  })

  it('is distinguished by its name from a tool named like a member and from other toolsets', async () => {
    const world = atWork(
      [keyTool, new Desktop(), new Browser()],
      [call('a', 'key'), press('b'), member('c', 'get_page_text', {}, 'browser'), member('d', 'key', {}, 'phone')],
    )
    await turn()
    await turn()
    expect(world.ending('a')).toEqual(['settled', 'the tool of the app'])
    expect(world.ending('b')?.[0]).toBe('settled')
    expect(world.ending('c')).toEqual(['failed', [{ type: 'text', text: 'Error: no page' }]])
    expect(world.ending('d')).toEqual(['failed', 'There is no toolset "phone", so "key" was not run.'])
  })

  it('can be used with toolsets whose calls the app answers', async () => {
    const tools = [new Desktop(), { type: 'browser_toolset_20260801' }]
    const world = atWork(tools, [press('a'), member('b', 'navigate', {}, 'browser')])
    await turn()
    expect(world.news()).toContain('answerNeeded b')
    expect(world.ending('a')?.[0]).toBe('settled')
  })

  it('gives the model an error for an unknown member', async () => {
    const world = atWork([new Desktop()], [member('a', 'somersault')])
    await turn()
    expect(world.ending('a')).toEqual([
      'failed',
      [{ type: 'text', text: expect.stringContaining('somersault') as string }],
    ])
  })

  it('is run again after its process has ended if it is declared idempotent, and otherwise the calls behind it are not run', async () => {
    const calls = [{ ...press('a'), state: 'interrupted' as const }, press('b')]
    const [plain, idempotent] = [new Desktop(), Object.assign(new Desktop(), { idempotent: true })]
    const [left, again] = [atWork([plain], calls), atWork([idempotent], calls)]
    await turn()
    expect([left.ending('a')?.[0], left.ending('b')?.[0], plain.done]).toEqual(['cancelled', 'failed', []])
    expect([again.ending('a')?.[0], again.ending('b')?.[0], idempotent.done.length]).toEqual(['settled', 'settled', 2])
  })

  it('may need approval depending on the member, and may have a timeout', async () => {
    const asked: unknown[] = []
    const careful = Object.assign(new Desktop(), {
      needsApproval: (input: unknown, info: { readonly name: string }) => asked.push([input, info]) > 0,
      timeout: 7,
    })
    const world = atWork([careful], [press('a')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    expect(asked).toEqual([[{ text: 'Return' }, { callId: 'a', name: 'key', turnId: 't1' }]])
    world.approve('a')
    await turn()
    expect(world.ending('a')?.[0]).toBe('settled')
    expect(readTools([careful]).longestTimeout).toBe(7)
  })

  it('may be listed once in the tools', () => {
    expect(() => readTools([new Desktop(), new Desktop()])).toThrow(
      expect.objectContaining({ code: 'tool-duplicate', message: expect.stringContaining('"computer"') as string }),
    )
  })

  it('is accepted by the type of `tools`', () => {
    expectTypeOf<Desktop>().toExtend<ToolInput>()
    expectTypeOf<Browser>().toExtend<ToolInput>()
    const tools: readonly ToolInput[] = [
      Object.assign(new Desktop(), { needsApproval: true }),
      { type: 'computer_toolset_20260801', run: () => 'ok', timeout: 1_000 },
    ]
    expect(tools).toHaveLength(2)
  })
})

describe('calls of one toolset', () => {
  it('run one after the other, independently of other calls', async () => {
    const desktop = new Desktop()
    const world = atWork([desktop, keyTool], [member('a', 'wait', { duration: 1 }), press('b'), call('c', 'key')])
    await turn()
    expect(world.news()).toEqual(['ready a', 'ready c', 'settled c'])
    desktop.letThrough()
    await turn()
    expect(world.news().slice(3)).toEqual(['settled a', 'ready b', 'settled b'])
  })

  it('are skipped once one of them has failed, because they depend on it', async () => {
    const desktop = new Desktop()
    const world = atWork([desktop, keyTool], [press('a'), press('b', 'F13'), press('c'), press('d'), call('e', 'key')])
    await turn()
    await turn()
    expect(world.settled().map(({ callId, status }) => [callId, status])).toEqual(
      expect.arrayContaining([
        ['a', 'settled'],
        ['b', 'failed'],
        ['c', 'failed'],
        ['d', 'failed'],
        ['e', 'settled'],
      ]) as unknown,
    )
    expect(world.ending('c')?.[1]).toMatch(/was not run: an earlier call of the toolset "computer"/)
    expect(world.news()).not.toContain('ready c')
    expect(desktop.done).toHaveLength(1)
  })

  it('wait for one that awaits approval, and are skipped once it is denied', async () => {
    const careful = Object.assign(new Desktop(), {
      needsApproval: (_: unknown, { callId }: { readonly callId: string }) => callId === 'a',
    })
    const world = atWork([careful], [press('a'), press('b')])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    world.deny('a')
    await turn()
    expect(world.ending('a')?.[0]).toBe('denied')
    expect(world.ending('b')?.[0]).toBe('failed')
    expect(careful.done).toEqual([])
  })
})
