// Does what a program says, and checks what each operation promises at once: what is taken, what is thrown.
import { expect } from 'vitest'
import { type Block, type Conversation, type MessageInput, type Turn, TurnstateError } from '../../src/index.ts'
import { inputHash, toBlocks } from '../../src/journal/index.ts'
import { png } from '../files/fixtures.ts'
import type { badMessages, Message, Nth, Operation } from './operations.ts'
import type { Followed } from './talk.ts'
import { turnsOf, viewOf } from './talk.ts'
import type { World } from './world.ts'

/** Every operation that is not the API's. */
export type PeoplesOperation = Exclude<Operation, { do: 'reply' | 'begin' | 'wait' }>

const at = <T>(list: readonly T[], nth: number): T | undefined => list[nth % Math.max(1, list.length)]

const image: Block = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: Buffer.from(png).toString('base64') },
}

/** A file of text that comes now, later, or not at all. */
class FileOfText extends File {
  readonly #read: () => Promise<Uint8Array<ArrayBuffer>>

  constructor(text: string, read: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>) {
    super([text], 'notes.txt', { type: 'text/plain' })
    this.#read = () => read(new TextEncoder().encode(text))
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.#read()).buffer
  }
}

function inputFor(world: World, { shape, again }: Message): MessageInput {
  const earlier = again === undefined ? undefined : at(turnsOf(world.talk), again)?.input
  if (earlier !== undefined && toBlocks(earlier).some((block) => block.type === 'text' && block['text'] !== ''))
    return earlier
  const text = `${world.nextWord()} please`
  switch (shape) {
    case 'text':
      return text
    case 'blocks':
      return [
        { type: 'text', text: '' },
        { type: 'text', text },
        { type: 'text', text: `${world.nextWord()} too` },
      ]
    case 'marked':
      return [{ type: 'text', text, cache_control: { type: 'ephemeral' } }]
    case 'image':
      return { text, files: [image] }
    case 'notes':
      return { text, metadata: { for: 'the app' } }
    case 'file':
      return { text, files: [new FileOfText(`${world.nextWord()} in a file`, async (bytes) => bytes)] }
    case 'slow file':
      return { text, files: [new FileOfText(`${world.nextWord()} in a file`, (bytes) => world.held.wait(() => bytes))] }
    case 'broken file':
      return {
        text,
        files: [
          new FileOfText('broken', async () => {
            throw new Error('the disk is gone')
          }),
        ],
      }
  }
}

const cyclic: { type: string; self?: unknown } = { type: 'text' }
cyclic.self = cyclic

const wrong: Readonly<Record<(typeof badMessages)[number], { readonly input: unknown; readonly code: string }>> = {
  empty: { input: ' \n', code: 'message-empty' },
  'blank blocks': { input: [{ type: 'text', text: ' ' }], code: 'message-empty' },
  number: { input: 7, code: 'message-invalid' },
  'tool result': { input: [{ type: 'tool_result', tool_use_id: 'x' }], code: 'block-unknown' },
  'unknown block': { input: [{ type: 'thinking', thinking: 'x' }], code: 'block-unknown' },
  cycle: { input: [cyclic], code: 'message-invalid' },
  notes: { input: { text: 'x', metadata: [] }, code: 'metadata-invalid' },
}

/** Runs something that may be rejected with one of these codes, without a trace. */
function mayThrow<T>(world: World, codes: readonly string[], run: (chat: Conversation) => T): T | undefined {
  const { chat } = world.talk
  const { revision } = viewOf(world.talk)
  try {
    return run(chat)
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    expect([...codes, 'conversation-closed']).toContain(error.code)
    if (error.code === 'conversation-closed') expect(chat.status).toBe('closed')
    expect(viewOf(world.talk).revision).toBe(revision)
    return undefined
  }
}

const isReading = ({ followed }: World['talk'], turn?: Turn): boolean =>
  followed.some((other) => other.turn !== turn && other.outcomes.length === 0 && isUnsent(other))

/** It waits for its files, or for messages with files before it. */
const isUnsent = ({ events, outcomes }: Followed): boolean => events.length === 0 && outcomes.length === 0

/** Sends, and checks that it is accepted exactly if the conversation said so. */
function send(world: World, message: Message): void {
  const { talk, given } = world
  const { chat } = talk
  const { canSend, status } = chat
  const input = inputFor(world, message)
  const isDirect = (typeof input === 'string' || Array.isArray(input)) && !mayBeReading(world)
  const wasBlocked =
    given.resendRefused === 'block' &&
    isDirect &&
    viewOf(talk).refusedInputs.some((refused) => refused.inputHash === inputHash(input as string))
  const abort = message.signal === true ? new AbortController() : null
  if (abort) world.abortable.push(abort)
  const turn = mayThrow(world, ['conversation-busy', 'input-refused-before'], () =>
    chat.sendMessage(input, abort ? { signal: abort.signal } : {}),
  )
  if (turn) world.follow(turn)
  if (status === 'closed') return expect(turn).toBeUndefined()
  if (!isDirect || wasBlocked) return wasBlocked ? expect(turn).toBeUndefined() : undefined
  expect(turn !== undefined).toBe(canSend)
  if (!turn) return
  const { queue, open, turns } = viewOf(talk)
  const isQueued = queue.some(({ turnId }) => turnId === turn.id)
  const isOpened = [...turns, ...(open ? [open] : [])].some(({ id }) => id === turn.id)
  expect(isQueued || isOpened).toBe(true)
  if (status === 'ready' || status === 'error') expect(isOpened).toBe(true)
}

/** A message whose files are not read yet holds back those after it. */
const mayBeReading = ({ talk }: World): boolean => isReading(talk)

const turnId = (world: World, nth: Nth): string =>
  nth === null
    ? 'nobody'
    : (viewOf(world.talk).turns.toReversed()[nth % Math.max(1, viewOf(world.talk).turns.length)]?.id ?? 'none')

const branching = ['conversation-busy', 'turn-unknown', 'turn-quarantined', 'turn-withdrawn', 'turn-not-kept']

export function perform(world: World, operation: PeoplesOperation): unknown {
  const { talk } = world
  const { chat } = talk
  const followed = (turn: Turn | undefined) => void (turn && world.follow(turn))
  const inRest = (run: (there: Conversation) => void) => mayThrow(world, ['conversation-busy'], run)
  switch (operation.do) {
    case 'send':
      return send(world, operation.message)
    case 'bad send': {
      const { input, code } = wrong[operation.what]
      expect(mayThrow(world, [code], (there) => there.sendMessage(input as string))).toBeUndefined()
      return
    }
    case 'stop':
      return chat.stop()
    case 'stop at a delta':
      return world.stopAtNextDelta()
    case 'abort':
      return world.abortable.pop()?.abort()
    case 'let':
      return void world.held.let()
    case 'retry':
      return followed(mayThrow(world, ['conversation-busy', 'nothing-to-retry'], (there) => there.retry()))
    case 'compact':
      return followed(mayThrow(world, ['conversation-busy', 'nothing-to-compact'], (there) => there.compact()))
    case 'regenerate': {
      const options = operation.force ? { force: true } : {}
      const of = operation.turn === undefined ? undefined : turnId(world, operation.turn)
      return followed(mayThrow(world, branching, (there) => there.regenerate(of, options)))
    }
    case 'edit': {
      const input = inputFor(world, operation.message)
      const codes = [...branching, 'input-refused-before']
      return followed(mayThrow(world, codes, (there) => there.editMessage(turnId(world, operation.turn), input)))
    }
    case 'switch': {
      const to = turnId(world, operation.turn ?? 0)
      return mayThrow(world, branching, (there) => there.switchTo(to, operation.force ? { force: true } : {}))
    }
    case 'fork': {
      if (world.talks.length > 2) return
      const of = operation.turn === undefined ? undefined : turnId(world, operation.turn)
      return mayThrow(world, branching, () => world.fork(of, operation.force ?? false))
    }
    case 'visit':
      return world.visit(at(world.talks, operation.which) ?? talk)
    case 'approve':
    case 'deny': {
      const call = at(chat.pendingCalls, operation.which)
      const codes = ['call-unknown', 'call-settled', 'approval-decided']
      return mayThrow(world, codes, (there) => {
        if (operation.do === 'deny') return there.denyTool(call?.callId ?? 'nobody', 'not now')
        there.approveTool(call?.callId ?? 'nobody')
        const { at: word, n } = (call?.input ?? {}) as { readonly at?: string; readonly n?: number }
        world.approved.add(`${word}#${n}`)
      })
    }
    case 'answer': {
      const call = at(chat.pendingCalls, operation.which)
      const result = operation.how === 'cycle' ? cyclic : `${world.nextWord()} is the answer`
      const codes = ['call-unknown', 'call-settled', 'tool-result-invalid']
      return mayThrow(world, codes, (there) =>
        there.answerTool(call?.callId ?? 'nobody', result, operation.how === 'error' ? { isError: true } : {}),
      )
    }
    case 'withdraw': {
      const item = at(chat.queue, operation.which)
      return mayThrow(world, ['item-unknown'], (there) => there.withdraw(item?.turnId ?? 'nobody'))
    }
    case 'release the queue':
      return mayThrow(world, [], (there) => there.releaseQueue())
    case 'clear':
      return inRest((there) => void there.clear())
    case 'resolve':
      return mayThrow(
        world,
        ['no-refusal', 'fallback-same-model'],
        (there) => void there.resolveRefusal(operation.policy),
      )
    case 'model':
      return mayThrow(world, [], (there) => there.setModel(operation.model))
    case 'system':
      return inRest((there) => there.setSystem(operation.system === 'none' ? undefined : `System ${operation.system}`))
    case 'tools':
      return inRest((there) => there.setTools(world.toolSets[operation.tools]))
    case 'budget':
      return mayThrow(world, [], (there) => there.setBudget(operation.budget))
    case 'close':
      return void chat.close()
  }
}
