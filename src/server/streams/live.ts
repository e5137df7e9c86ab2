import { isNoticeType, noticeTypes } from '../../conversation/turns/events.ts'
import type { Conversation, ConversationNotice } from '../../index.ts'
import type { Channel } from './channel.ts'
import { stateOfChat } from './state.ts'
import { publishedOf } from './wire-notice.ts'

/** The events that viewers are sent. Changes of the chart's state are for inspectors. */
const sent = noticeTypes.filter(isNoticeType).filter((type) => type !== 'state')

/** Publishes what happens in a conversation that is open in this process. Returns a function that publishes what has changed, and one that ends it. */
export function publishLive(
  chat: Conversation,
  channel: Channel,
): { readonly look: () => void; readonly end: () => void } {
  let seen: readonly unknown[] = []
  /** What the last delta belongs to: another one begins a new part of the reply. */
  let part = ''
  let isChanged = true
  const view = () => chat.actor.getSnapshot().context.view
  const look = () => {
    const now = [chat.status, chat.revision, chat.error, chat.canSend, chat.held]
    if (!isChanged && now.every((value, index) => value === seen[index])) return
    seen = now
    isChanged = false
    channel.change(stateOfChat(chat))
  }
  const publish = (notice: ConversationNotice) => {
    if (notice.type === 'delta') {
      const { turnId, attempt, kind } = notice
      const of = `${attempt} ${kind} ${turnId}`
      if (of !== part) isChanged = true
      part = of
    }
    const published = publishedOf(notice, view())
    channel.publish(published)
    if (notice.type !== 'retracted') return
    channel.restate(stateOfChat(chat))
  }
  const ends = [...sent.map((type) => chat.on(type, publish)), chat.subscribe(look)]
  look()
  return {
    look: () => {
      isChanged = true
      look()
    },
    end: () => {
      for (const end of ends) end()
    },
  }
}
