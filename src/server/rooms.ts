// The conversations that are open in this process: opened on use, released when idle.
import { systemClock, unref } from '../clock.ts'
import { onChanges } from '../conversation/start-conversation.ts'
import { TurnstateError } from '../errors.ts'
import { type Conversation, type MessageParam, openConversation, type Store } from '../index.ts'
import type { Guest, Principal } from './context.ts'
import type { HostedRooms } from './host.ts'
import { problemOf } from './problems.ts'
import { checkServed } from './options.ts'
import type { Opening, ServedOptions } from './served-options.ts'

export interface RoomsOptions {
  readonly store: Store
  readonly optionsFor: (opening: Opening) => Promise<ServedOptions>
  readonly limits: {
    readonly open: number
    readonly idle: number
    /** Milliseconds for which a conversation stays, at least, whose refusal waits for a person: its credit with the API is in memory only. */
    readonly credit: number
  }
  readonly report: (message: string, cause: unknown) => void
  /** Called with each conversation that is in memory from now on, and with the id of each that is not any more. */
  readonly opened: (chat: Conversation) => void
  readonly closed: (id: string) => void
}

/** One conversation that is open, or being opened or closed. */
interface Room {
  readonly id: string
  readonly owner: string
  readonly chat: Promise<Conversation>
  /** Once it is open. */
  opened: Conversation | null
  guests: number
  timer: unknown
  closing: Promise<void> | null
}

export class OpenRooms implements HostedRooms {
  readonly #options: RoomsOptions
  /** The one that was used last is the last. */
  readonly #rooms = new Map<string, Room>()
  #isClosing = false

  constructor(options: RoomsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#rooms.size
  }

  /** Messages that wait for their turn. */
  get queued(): number {
    let sum = 0
    for (const { opened } of this.#rooms.values()) sum += opened?.queue.length ?? 0
    return sum
  }

  enter(id: string, principal: Principal): Promise<Guest> {
    return this.#enter(id, principal, false)
  }

  enterOrCreate(id: string, principal: Principal, messages?: readonly MessageParam[]): Promise<Guest> {
    return this.#enter(id, principal, true, messages)
  }

  async has(id: string, principal: Principal): Promise<boolean> {
    if (this.#rooms.get(id)?.owner === principal.id) return true
    // Asked for a foreign one too, so that it takes as long as for one that does not exist.
    const listing = await this.#options.store.get(id)
    return listing !== null && listing.owner === principal.id
  }

  async mustHave(id: string, principal: Principal): Promise<void> {
    if (!(await this.has(id, principal))) throw unknown()
  }

  takeIn(id: string, owner: string, begin: () => Conversation): boolean {
    if (this.#isClosing) throw closing()
    if (this.#rooms.has(id)) return false
    this.#makeSpace()
    const chat = begin()
    const room = this.#newRoom(
      id,
      owner,
      isStored(chat).then(() => chat),
    )
    this.#opened(room, chat)
    this.#settle(room)
    return true
  }

  async release(id: string): Promise<void> {
    const room = this.#rooms.get(id)
    if (room) await this.#close(room)
  }

  /** Whether a conversation is open here, or being opened or closed. */
  isOpen(id: string): boolean {
    return this.#rooms.has(id)
  }

  /** Lets no more in, and closes those that are at rest within so many milliseconds. The others stay open, for a process that takes them over. */
  async closeAtRest(milliseconds: number): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#rooms.values()].map((room) => this.#closeInTime(room, milliseconds, 'leave')))
  }

  /** Lets no more in, and waits at most so many milliseconds for turns in progress; those that go on longer are stopped. */
  async close(milliseconds: number): Promise<void> {
    this.#isClosing = true
    const rooms = [...this.#rooms.values()]
    await Promise.all(rooms.map((room) => this.#closeInTime(room, milliseconds, 'stop')))
  }

  async #enter(id: string, principal: Principal, creates: boolean, messages?: readonly MessageParam[]): Promise<Guest> {
    for (;;) {
      if (this.#isClosing) throw closing()
      let room = this.#rooms.get(id)
      if (room?.closing) {
        await room.closing
        continue
      }
      if (room?.owner !== principal.id) {
        // A foreign one is looked up like one that does not exist, so that it takes as long.
        const listing = await this.#options.store.get(id)
        if (listing ? listing.owner !== principal.id : !creates) throw unknown()
        // Meanwhile the server may have begun to close, and another request may have opened it.
        if (this.#isClosing) throw closing()
        room = this.#rooms.get(id) ?? this.#open(id, principal, messages)
        if (room.closing) continue
        if (room.owner !== principal.id) throw unknown()
      }
      return this.#join(room)
    }
  }

  async #join(room: Room): Promise<Guest> {
    room.guests++
    this.#use(room)
    let hasLeft = false
    const leave = () => {
      if (hasLeft) return
      hasLeft = true
      room.guests--
      this.#settle(room)
    }
    try {
      return { chat: await room.chat, leave }
    } catch (error) {
      leave()
      throw error
    }
  }

  #open(id: string, principal: Principal, messages: readonly MessageParam[] = []): Room {
    this.#makeSpace()
    const { store } = this.#options
    const opening = async () => {
      const options = await this.#optionsFor({ id, principal })
      const chat = await openConversation({ ...options, store, id, owner: principal.id, messages }).catch(busyForNow)
      await isBegun(chat)
      return chat
    }
    const room = this.#newRoom(id, principal.id, opening())
    room.chat.then(
      (chat) => this.#opened(room, chat),
      () => this.#forget(room),
    )
    return room
  }

  /** @throws TurnstateError `server-misconfigured` for options that no conversation can have, and what the app's function throws */
  async #optionsFor(opening: Opening): Promise<ServedOptions> {
    const { store, optionsFor } = this.#options
    try {
      const options = await optionsFor(opening)
      checkServed(options, store)
      return options
    } catch (cause) {
      const isAppsAnswer = TurnstateError.is(cause) && ![400, 422].includes(problemOf(cause).status)
      throw isAppsAnswer
        ? cause
        : new TurnstateError('server-misconfigured', 'The options of a conversation are wrong.', { cause })
    }
  }

  #newRoom(id: string, owner: string, chat: Promise<Conversation>): Room {
    const room: Room = { id, owner, chat, opened: null, guests: 0, timer: null, closing: null }
    this.#rooms.set(id, room)
    return room
  }

  #opened(room: Room, chat: Conversation): void {
    room.opened = chat
    this.#options.opened(chat)
    chat.on('conversation.lost', () => void this.#close(room))
    // A turn that has ended may have been what kept it open.
    onChanges(chat, () => this.#settle(room))
  }

  /** Releases it later if nobody needs it. */
  #settle(room: Room): void {
    systemClock.clearTimeout(room.timer)
    room.timer = null
    if (!isIdle(room) || room.closing) return
    const { idle, credit } = this.#options.limits
    const milliseconds = room.opened?.status === 'refused' ? Math.max(idle, credit) : idle
    room.timer = systemClock.setTimeout(() => void (isIdle(room) && this.#close(room)), milliseconds)
    unref(room.timer)
  }

  #use(room: Room): void {
    systemClock.clearTimeout(room.timer)
    room.timer = null
    this.#rooms.delete(room.id)
    this.#rooms.set(room.id, room)
  }

  /** Closes the conversation at rest that was used least recently. @throws TurnstateError `server-overloaded` when none is at rest */
  #makeSpace(): void {
    if (this.#rooms.size < this.#options.limits.open) return
    const staying = [...this.#rooms.values()].filter(({ closing: ends }) => ends === null)
    const leaving = staying.filter(isIdle).slice(0, staying.length - this.#options.limits.open + 1)
    for (const room of leaving) void this.#close(room)
    if (staying.length - leaving.length >= this.#options.limits.open)
      throw new TurnstateError('server-overloaded', 'The server has the most conversations open that it takes. Wait.', {
        retryAfter: 5_000,
      })
  }

  #close(room: Room): Promise<void> {
    room.closing ??= this.#closeNow(room)
    return room.closing
  }

  async #closeNow(room: Room): Promise<void> {
    systemClock.clearTimeout(room.timer)
    try {
      await (await room.chat).close()
    } catch (cause) {
      this.#options.report('A conversation could not be closed', cause)
    }
    this.#forget(room)
    this.#options.closed(room.id)
  }

  /** @param late what becomes of a turn that goes on longer */
  async #closeInTime(room: Room, milliseconds: number, late: 'stop' | 'leave'): Promise<void> {
    let timer: unknown
    const isLate = new Promise<null>((resolve) => {
      timer = systemClock.setTimeout(() => resolve(null), milliseconds)
    })
    try {
      const chat = await Promise.race([room.chat.catch(() => null), isLate])
      if (chat) {
        await Promise.race([atRest(chat), isLate])
        if (late === 'stop' || isAtRest(chat)) await this.#close(room)
        // One that a store takes too long to open is not waited for.
      } else if (this.#rooms.get(room.id) === room) void this.#close(room)
    } finally {
      systemClock.clearTimeout(timer)
    }
  }

  #forget(room: Room): void {
    if (this.#rooms.get(room.id) === room) this.#rooms.delete(room.id)
  }
}

/** Whether nothing is under way: closing it loses nothing. */
const isAtRest = ({ status }: Conversation): boolean => status !== 'submitted' && status !== 'streaming'

/** Resolves once a conversation that was begun is stored, or could not be. */
export const isStored = (chat: Conversation): Promise<void> =>
  once(chat, () => {
    const { view, stored } = chat.actor.getSnapshot().context
    const isWhole = stored.revision > 0 && stored.revision >= view.revision
    return isWhole || chat.status === 'closed' || chat.error !== null
  })

/** Resolves once the first fact of a conversation is stored, or could not be: whoever created it finds it again. */
const isBegun = (chat: Conversation): Promise<void> =>
  once(chat, () => chat.revision > 0 || chat.status === 'closed' || chat.error !== null)

const atRest = (chat: Conversation): Promise<void> => once(chat, () => isAtRest(chat))

const once = (chat: Conversation, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (holds()) return resolve()
    const end = chat.subscribe(() => {
      if (!holds()) return
      end()
      resolve()
    })
  })

const isIdle = ({ guests, opened }: Room): boolean => guests === 0 && opened !== null && isAtRest(opened)

const closing = (): TurnstateError =>
  new TurnstateError('server-closing', 'The server shuts down. Nothing was done.', { retryAfter: 1_000 })

/** A conversation of another principal answers exactly like one that does not exist. */
export const unknown = (): TurnstateError =>
  new TurnstateError('conversation-unknown', 'There is no such conversation.')

/** Milliseconds after which a conversation may be free that another process has. */
const busyFor = 3_000

/** Another process has it, or had it a moment ago: clients are told when to come back. */
function busyForNow(error: unknown): never {
  if (!TurnstateError.is(error) || error.code !== 'conversation-busy') throw error
  throw new TurnstateError(error.code, error.message, { ...error.details, retryAfter: busyFor, cause: error })
}
