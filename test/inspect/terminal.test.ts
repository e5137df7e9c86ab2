import { SimulatedClock } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { Hub } from '../../src/inspect/hub/hub.ts'
import type { HubConversation } from '../../src/inspect/hub/hub-conversation.ts'
import { Sender } from '../../src/inspect/link/sender.ts'
import { frameOf, type Line, type Piece } from '../../src/inspect/terminal/frame.ts'
import { TerminalInspector } from '../../src/inspect/terminal/terminal-inspector.ts'
import { start, until } from '../conversation/start.ts'
import { asRecords, keptWith, refusedOnce } from './fixtures.ts'
import { completed, created } from '../journal/fixtures.ts'

const url = `http://127.0.0.1:49830/${'t'.repeat(32)}/`

/** A hub with attached conversations. */
function looking({ includeText = false } = {}) {
  const clock = new SimulatedClock()
  const hub = new Hub({ clock })
  const connect = () =>
    hub.addProcess({
      origin: { kind: 'process', name: 'app.js', pid: 12 },
      resume: 'a secret of the process',
      ask: () => true,
    })
  let connection = connect()
  const sender = new Sender(
    { isReady: () => true, send: (message) => connection.receive(message) },
    { includeText, allowControl: false, clock },
  )
  return {
    hub,
    clock,
    attach: (chat: Conversation) => {
      sender.attach(chat)
      sender.flush()
    },
    comeBack: () => {
      connection.close()
      connection = connect()
      sender.restart()
      sender.flush()
    },
  }
}

const keptOf = ({ hub }: ReturnType<typeof looking>): HubConversation => {
  const kept = hub.conversations.at(-1)
  if (!kept) throw new Error('Nothing is kept')
  return kept
}

const plain = (line: Line): string => line.map(({ text }) => text).join('')

const frame = (shown: HubConversation | null, columns = 80, rows = 24, count = 1) =>
  frameOf({ url, shown, position: 0, count }, { columns, rows }).map(plain)

async function refusedOnScreen(options?: { includeText: boolean }) {
  const { chat } = await refusedOnce()
  const world = looking(options)
  world.attach(chat)
  return keptOf(world)
}

/** A refusal that waits for a decision. */
async function waitingOnScreen() {
  const world = looking()
  const { chat, ask } = start({ onRefusal: 'manual' })
  const { reply } = await ask('alpha')
  reply.refuse()
  await until(chat, () => chat.actor.getSnapshot().matches({ refused: 'awaitingDecision' }))
  world.attach(chat)
  return keptOf(world)
}

const sizes = [
  [80, 24],
  [40, 10],
  [120, 50],
  [20, 5],
  [3, 2],
  [1, 1],
] as const

describe('a frame', () => {
  it.each(sizes)('of %i × %i has that many rows and no longer line', async (columns, rows) => {
    const shown = await refusedOnScreen()
    for (const lines of [frame(shown, columns, rows), frame(null, columns, rows, 0)]) {
      expect(lines).toHaveLength(rows)
      for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(columns)
    }
  })

  it('marks the active path and shows the state, without colours', async () => {
    const lines = frame(await waitingOnScreen())
    const marked = lines.filter((line) => line.includes('●'))
    expect(marked).toEqual([expect.stringMatching(/^● refused ◀/), expect.stringMatching(/^ {2}● awaitingDecision ◀/)])
    expect(lines.some((line) => line.startsWith('○ idle'))).toBe(true)
    expect(lines[2]).toContain('refused.awaitingDecision')
  })

  it('shows every state where it has the rows for them, the final ones with a mark of their own', async () => {
    const lines = frame(await waitingOnScreen(), 80, 30)
    const isShown = (name: string, mark: string) => lines.some((line) => line.startsWith(`${mark} ${name}`))
    for (const name of ['closed', 'lost']) expect([name, isShown(name, '◉')]).toEqual([name, true])
    for (const name of ['loading', 'idle', 'asking', 'streaming', 'closing'])
      expect([name, isShown(name, '○')]).toEqual([name, true])
  })

  it('shows the active path in a small window, too', async () => {
    const lines = frame(await waitingOnScreen(), 40, 10)
    expect(lines.filter((line) => line.includes('●'))).toHaveLength(2)
  })

  it('marks the refused turn, the head, and the reset between', async () => {
    const lines = frame(await refusedOnScreen())
    const found = (pattern: RegExp) => lines.find((line) => pattern.test(line))
    expect(found(/✗ quarantined \(cyber\)/)).toMatch(/2 ✗/)
    expect(found(/◀ head/)).toMatch(/1 completed ◀ head/)
    expect(found(/↶ reset drop-turn: head at turn 1, left: 2/)).toBeDefined()
    expect(found(/2 turns {2}1 refused/)).toBeDefined()
  })

  it('shows that head is at the root', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('alpha')
    reply.refuse()
    await turn
    const world = looking()
    world.attach(chat)
    expect(frame(keptOf(world)).some((line) => line.includes('Turns (head at the root)'))).toBe(true)
  })

  it('shows texts only with includeText', async () => {
    const [hidden, shown] = [await refusedOnScreen(), await refusedOnScreen({ includeText: true })]
    expect(frame(hidden).join('\n')).not.toMatch(/alpha|bravo/)
    expect(frame(shown, 120).join('\n')).toMatch(/alpha question/)
  })

  it.each([
    ['Chinese', '这个对话控制器是一个状态图它知道拒绝以后应该做什么而且不会忘记'],
    ['emoji', '🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊'],
  ])('is no wider than the terminal with text in %s, whose characters take two columns', (_, words) => {
    const [opened, ...rest] = completed('a', null)
    const shown = keptWith(asRecords([created, { ...opened, input: words } as typeof opened, ...rest]))
    const twoColumns = /\p{Emoji_Presentation}|\p{Script=Han}/u
    for (const columns of [40, 80])
      for (const line of frame(shown, columns))
        expect(Array.from(line).reduce((sum, one) => sum + (twoColumns.test(one) ? 2 : 1), 0)).toBeLessThanOrEqual(
          columns,
        )
  })

  it('lets no text of others move the cursor or clear the screen', () => {
    const facts = asRecords(
      [{ ...created, id: 'c\u001B[2J1' } as typeof created, ...completed('a', null)].map((fact) =>
        fact.type === 'turn.opened' ? { ...fact, input: 'red \u001B[31m and \u009B2J bell \u0007 \u202E' } : fact,
      ),
      'c\u001B[2J1',
    )
    const observed = {
      v: 1,
      seq: -1,
      at: 0,
      conversation: 'c\u001B[2J1',
      type: 'observed',
      model: 'm\u001B[1m',
      machine: { id: 'conversation', version: '1' },
      state: 'idle',
      revision: 0,
      includesText: true,
    } as const
    expect(frame(keptWith([observed, ...facts])).join('')).not.toMatch(/[\p{Cc}\u202E]/u)
  })

  it('shows the whole address and instructions before the first conversation', () => {
    const lines = frame(null, 80, 24, 0)
    expect(lines[0]).toContain(url)
    expect(lines.join('\n')).toContain('TURNSTATE_INSPECTOR=<address> turnstate chat --inspect')
    const typed = frameOf(
      { url, shown: null, position: 0, count: 0, chat: 'npm run chat --' },
      { columns: 80, rows: 24 },
    )
    expect(typed.flat().map(({ text }) => text)).toContain('  TURNSTATE_INSPECTOR=<address> npm run chat -- --inspect')
  })

  it('shows which of several conversations is visible, and the keys for the others', async () => {
    const lines = frame(await refusedOnScreen(), 80, 24, 3)
    expect(lines.join('\n')).toMatch(/1 of 3/)
    expect(lines.at(-1)).toContain('n next  p previous  q quit')
    expect(frame(null).at(-1)).toBe('q quit')
  })

  it('keeps its layout, however much happened', async () => {
    const shown = await refusedOnScreen()
    for (let seq = 100; seq < 20_100; seq++)
      shown.log.add({
        v: 1,
        seq,
        at: seq,
        conversation: 'c1',
        type: 'transition',
        actor: 'conversation',
        session: 'x',
        from: seq % 2 === 0 ? 'idle' : 'streaming.opening',
        to: seq % 2 === 0 ? 'streaming.opening' : 'idle',
        event: 'user.send',
        guard: null,
        transitions: [],
        turnId: null,
        attempt: null,
      })
    shown.log.add({ v: 1, seq: 30_000, at: 1, conversation: 'c1', type: 'lost', count: 77 })
    const lines = frame(shown)
    expect(lines).toHaveLength(24)
    expect(lines.join('\n')).toContain('77 records lost')
    expect(lines.join('\n')).toContain('✗ quarantined')
  })
})

/** A terminal that records its output. */
function screen(canMove = true, columns = 80, rows = 24) {
  const written: string[] = []
  return {
    written,
    terminal: {
      canMove,
      write: (text: string) => void written.push(text),
      size: () => ({ columns, rows }),
      paint: (style: Piece['style'], text: string) => (style ? `<${style}>${text}</>` : text),
    },
  }
}

describe('the inspector in a terminal', () => {
  it('switches to the alternate screen and hides the cursor, and restores both', () => {
    const { hub, clock } = looking()
    const { written, terminal } = screen()
    const inspector = new TerminalInspector(hub, url, terminal, clock)
    expect(written[0]).toBe('\u001B[?1049h\u001B[?25l')
    inspector.close()
    expect(written.at(-1)).toBe('\u001B[?25h\u001B[?1049l')
  })

  it('draws at most once per tenth of a second, whatever arrives', async () => {
    const world = looking()
    const { written, terminal } = screen()
    const inspector = new TerminalInspector(world.hub, url, terminal, world.clock)
    const before = written.length
    const { chat } = start()
    world.attach(chat)
    for (let n = 0; n < 500; n++) chat.stop()
    world.clock.increment(50)
    expect(written).toHaveLength(before)
    world.clock.increment(50)
    expect(written).toHaveLength(before + 1)
    world.clock.increment(1_000)
    // Changes in the meantime are drawn in the next frame, and then there is nothing new.
    expect(written.length).toBeLessThanOrEqual(before + 4)
    inspector.close()
    const after = written.length
    chat.stop()
    world.clock.increment(1_000)
    expect(written).toHaveLength(after)
  })

  it('begins each frame at the top, clears the rest of each line, and colours it without a change of length', async () => {
    const world = looking()
    const { chat } = await refusedOnce()
    world.attach(chat)
    const { written, terminal } = screen()
    new TerminalInspector(world.hub, url, terminal, world.clock).close()
    const drawn = written.find((text) => text.startsWith('\u001B[H')) ?? ''
    const rows = drawn.slice('\u001B[H'.length).replace('\u001B[J', '').split('\r\n')
    expect(rows).toHaveLength(24)
    for (const row of rows) expect(row.endsWith('\u001B[K')).toBe(true)
    expect(drawn).toContain('<red>✗ quarantined (cyber)</>')
    expect(drawn).toContain('<green>● idle</>')
  })

  it('shows the conversation that changed last, and cycles through the others by keys', async () => {
    const world = looking()
    let now = 1
    const chats = ['one', 'two', 'three'].map((id) => start({ id, now: () => now++ }).chat)
    for (const chat of chats) world.attach(chat)
    const { written, terminal } = screen()
    const inspector = new TerminalInspector(world.hub, url, terminal, world.clock)
    const shown = () => /<dim> {2}(\w+)<\/>/.exec(written.at(-1) ?? '')?.[1]
    expect(shown()).toBe('three')
    const seen = [1, 1, -1, -1].map((by) => {
      inspector.turn(by === 1 ? 1 : -1)
      return shown()
    })
    expect(seen).toEqual(['one', 'two', 'one', 'three'])
    inspector.close()
  })

  it('writes one line per step when the cursor cannot move', async () => {
    const world = looking()
    const { written, terminal } = screen(false)
    const inspector = new TerminalInspector(world.hub, url, terminal, world.clock)
    const { chat, ask } = start()
    world.attach(chat)
    const { turn, reply } = await ask('alpha')
    reply.refuse()
    await turn
    world.clock.increment(1_000)
    await chat.close()
    world.clock.increment(1_000)
    inspector.close()
    expect(written).toEqual([
      'c1  conversation: idle → asking.saving (user.send [isNewId])\n',
      'c1  conversation: asking.saving → streaming.opening (journal.saved [isSaved])\n',
      'c1  conversation: streaming.opening → streaming.receiving (reply.opened)\n',
      'c1  conversation: streaming.receiving → refused.saving (reply.refused)\n',
      'c1  refused: cyber; suspects: user-text\n',
      'c1  conversation: refused.saving → refused.deciding (journal.saved [isSaved])\n',
      'c1  conversation: refused.deciding → reset.saving (refusal.resolve)\n',
      'c1  conversation: reset.saving → idle (journal.saved [isSaved])\n',
      'c1  conversation: idle → closing (conversation.close)\n',
      'c1  conversation: closing → closed (conversation.close [isSaved])\n',
      'c1  ended: done\n',
    ])
  })

  it('continues to write lines after a process reconnected and sent everything again', async () => {
    const world = looking()
    const { written, terminal } = screen(false)
    const inspector = new TerminalInspector(world.hub, url, terminal, world.clock)
    const { chat, exchange } = start()
    world.attach(chat)
    await exchange('alpha', 'one')
    await exchange('bravo', 'two')
    world.clock.increment(1_000)
    world.comeBack()
    world.clock.increment(1_000)
    const before = written.length
    await exchange('charlie', 'three')
    world.clock.increment(1_000)
    inspector.close()
    expect(written.slice(before)[0]).toContain('completed.saved → asking.saving')
  })
})
