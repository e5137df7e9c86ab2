// Words with a partial reply that are refused when they are sent again.
import { describe, expect, it } from 'vitest'
import type { ConversationOptions } from '../../src/index.ts'
import { ends, says, started, textBlock, wholeReply } from '../reply/fixtures.ts'
import { until } from '../conversation/start.ts'
import { mark, startInChunks } from './chunks.ts'

const begun = [started(), textBlock(), says('Begun '), mark]
const refused = [started(), textBlock(), says('Void'), ends('refusal')]

/** A turn that is stopped before any refusal; its partial reply is kept. */
async function stoppedTurn(options: Partial<ConversationOptions> = {}) {
  const talk = startInChunks([[begun, 'nothing'], [refused]], options)
  talk.chat.on('unknown', () => void talk.chat.stop())
  const { status, turnId } = await talk.chat.sendMessage('Question')
  expect(status).toBe('stopped')
  await until(talk.chat, () => talk.chat.canSend)
  return { ...talk, turnId }
}

describe('a stopped turn whose words are refused', () => {
  it('leaves the history when retry() is refused, and the next request does not contain them', async () => {
    const { chat, said } = await stoppedTurn()
    expect((await chat.retry()).status).toBe('refused')
    await until(chat, () => chat.canSend)
    await chat.sendMessage('More')
    expect(said(3)).not.toMatch(/Question|Void/)
  })

  it('leaves the history when regenerate() is refused', async () => {
    const { chat, turnId, said } = await stoppedTurn()
    expect((await chat.regenerate(turnId)).status).toBe('refused')
    await until(chat, () => chat.canSend)
    await chat.sendMessage('More')
    expect(said(3)).not.toMatch(/Question|Void/)
  })

  it('is in no fork of a conversation that was closed before the refusal was decided', async () => {
    const { chat, said } = await stoppedTurn()
    chat.on('delta', () => void chat.close())
    expect((await chat.retry()).status).toBe('refused')
    await chat.fork().sendMessage('More')
    expect(said(3)).not.toMatch(/Question|Void/)
  })

  it('is in no fork made while a person decides about the refusal', async () => {
    const { chat, said } = await stoppedTurn({ onRefusal: 'manual' })
    expect((await chat.retry()).status).toBe('refused')
    await chat.fork().sendMessage('More')
    expect(said(3)).not.toMatch(/Question|Void/)
  })
})

describe('a stopped turn whose words differ from the refused ones', () => {
  it('stays in the history with its partial reply', async () => {
    const { chat, said } = await stoppedTurn()
    expect((await chat.sendMessage('Another one')).status).toBe('refused')
    await until(chat, () => chat.canSend)
    await chat.sendMessage('More')
    expect(said(3)).toMatch(/Question.*Begun/)
    expect(said(3)).not.toMatch(/Another one|Void/)
  })
})

describe('a completed turn whose regeneration is refused', () => {
  it('stays in the history with its first reply, because its words were answered', async () => {
    const { chat, said } = startInChunks([[wholeReply('Fine.')], [refused]])
    const { turnId } = await chat.sendMessage('Question')
    expect((await chat.regenerate(turnId)).status).toBe('refused')
    await until(chat, () => chat.canSend)
    await chat.sendMessage('More')
    expect(said(3)).toMatch(/Question.*Fine/)
    expect(said(3)).not.toMatch(/Void/)
  })
})
