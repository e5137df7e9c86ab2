// The way into a server that asks for a token. It is kept as long as the tab, and sent in a header: never in the address or a cookie.
import { useSyncExternalStore } from 'react'

/** `open`: the server has asked for nothing, or has not seen the token yet. `asks`: it wants one. `wrong`: it did not take the last one. */
export type Access = 'open' | 'asks' | 'wrong'

const key = 'turnstate.token'

let access: Access = 'open'
const listeners = new Set<() => void>()

function become(next: Access): void {
  access = next
  for (const listener of listeners) listener()
}

/** What every request carries. */
export function accessHeaders(): Readonly<Record<string, string>> {
  const token = sessionStorage.getItem(key)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/** Whether there is a token that can be forgotten. */
export const hasToken = (): boolean => sessionStorage.getItem(key) !== null

/** A request was answered 401. */
export function notLetIn(): void {
  // Several requests may be answered so after each other: the first one has taken the token away.
  const next = hasToken() || access === 'wrong' ? 'wrong' : 'asks'
  sessionStorage.removeItem(key)
  become(next)
}

/** Keeps a token and tries it. */
export function tryToken(token: string): void {
  sessionStorage.setItem(key, token)
  become('open')
}

export function forgetToken(): void {
  sessionStorage.removeItem(key)
  become('asks')
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Whether the page may show conversations. */
export const useAccess = (): Access => useSyncExternalStore(subscribe, () => access)
