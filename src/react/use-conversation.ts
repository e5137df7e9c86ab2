import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { saysTheSame } from '../same-data.ts'
import { storeOf } from './conversation-store.ts'
import type { ReactConversation } from './react-conversation.ts'
import type { ShownConversation, ShownMessage } from './shown-conversation.ts'

/** Options of `useConversation`. */
export interface UseConversationOptions {
  /** The conversation: one of this process, or a client. Another one may be given at any time. */
  readonly conversation: ReactConversation
}

/** Options of `useConversation` for a part of what is shown. */
export interface SelectOptions<Selected> extends UseConversationOptions {
  /**
   * Takes what the component reads: it renders again only when that changes. Call no hooks in it, and change nothing. It may be
   * another function each time.
   */
  readonly select: (shown: ShownConversation) => Selected
  /** Whether two results are the same. Default: equal values, or plain lists and objects of equal values. */
  readonly isEqual?: (one: Selected, other: Selected) => boolean
}

/** Options of `useMessage`. */
export interface UseMessageOptions extends UseConversationOptions {
  /** The `id` of an item of `messages`. */
  readonly id: string
}

/** A part of a conversation in a component, which renders again only when that part changes. */
export function useConversation<Selected>(options: SelectOptions<Selected>): Selected
/**
 * A conversation in a component: everything that is shown, and the functions that change it. The component renders again when
 * anything of it changes, at most once in 33 ms while a reply grows.
 */
export function useConversation(options: UseConversationOptions): ShownConversation
export function useConversation({
  conversation,
  select = everything,
  isEqual = isTheSame,
}: UseConversationOptions & Partial<SelectOptions<unknown>>): unknown {
  return useSelected(conversation, select, isEqual)
}

/** One message in a component, which renders again only when this message changes; `undefined` for an id of none. */
export function useMessage({ conversation, id }: UseMessageOptions): ShownMessage | undefined {
  return useSelected(conversation, (shown) => storeOf(conversation).message(shown, id), Object.is)
}

function useSelected<Selected>(
  conversation: ReactConversation,
  select: (shown: ShownConversation) => Selected,
  isEqual: (one: Selected, other: Selected) => boolean,
): Selected {
  const store = storeOf(conversation)
  // What is on the screen: it stays the same object where another function would select the same.
  const rendered = useRef<{ readonly value: Selected } | null>(null)
  const { client, server } = useMemo(() => {
    const selected = (read: () => ShownConversation) => {
      let last: { readonly shown: ShownConversation; readonly value: Selected } | null = null
      return () => {
        const shown = read()
        if (last?.shown === shown) return last.value
        const before = last ?? rendered.current
        const value = select(shown)
        last = { shown, value: before && isEqual(before.value, value) ? before.value : value }
        return last.value
      }
    }
    return { client: selected(store.shown), server: selected(store.shownByServer) }
  }, [store, select, isEqual])
  const value = useSyncExternalStore(store.subscribe, client, server)
  useEffect(() => {
    rendered.current = { value }
  }, [value])
  return value
}

const everything = (shown: ShownConversation): ShownConversation => shown

/** Equal values, or plain lists or objects of equal values. */
const isTheSame = (one: unknown, other: unknown): boolean =>
  Object.is(one, other) || (isPlain(one) && isPlain(other) && saysTheSame(one, other, 1))

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
