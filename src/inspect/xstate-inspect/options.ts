import type { Conversation } from '../../conversation/conversation-interface.ts'

/** What is inspected: a conversation is one. */
export type Inspected = Pick<Conversation, 'actor'>

/** What is needed of a WebSocket of `ws`. */
export interface InspectSocket {
  send(data: string): void
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  close?(code: number, reason: string): void
  /** Bytes that wait to be sent. */
  readonly bufferedAmount?: number
}

/** What is needed of the request with which a WebSocket came. */
export interface InspectRequest {
  readonly headers: { readonly origin?: string | undefined }
}

/**
 * What is needed of a `WebSocketServer` of `ws`. Make it on 127.0.0.1: whoever can reach it sees what is shown. Web pages
 * of other machines are turned away by their origin; sockets that were connected before are not asked.
 */
export interface InspectServer {
  on(event: 'connection', listener: (socket: InspectSocket, request?: InspectRequest) => void): unknown
  /** Sockets that are connected already. */
  readonly clients?: Iterable<InspectSocket>
}

/** What is needed of a `MessageEvent`. */
export interface InspectMessageEvent {
  readonly data: unknown
  readonly origin: string
  readonly source: unknown
}

/** What is needed of the page's own window. */
export interface InspectWindow {
  addEventListener(type: 'message', listener: (event: InspectMessageEvent) => void): void
  addEventListener(type: 'pagehide', listener: () => void): void
  removeEventListener(type: 'message', listener: (event: InspectMessageEvent) => void): void
  removeEventListener(type: 'pagehide', listener: () => void): void
  readonly location: { readonly origin: string }
}

/** What is needed of the viewer's window: of an iframe its `contentWindow`, or what `window.open` gave. */
export interface InspectTargetWindow {
  postMessage(message: unknown, targetOrigin: string): void
}

export interface ServerTarget {
  readonly server: InspectServer
}

export interface WindowTarget {
  readonly targetWindow: InspectTargetWindow
  /** Origin of the viewer, as `https://viewer.example`; never `*`. Default: the page's own. */
  readonly targetOrigin?: string
  /** The page's window. Default: the global one. */
  readonly window?: InspectWindow
}

interface ShowOptions {
  /** Shows inputs, replies, tool inputs and results, and all else that is in contexts and events. Default `false`. */
  readonly includeText?: boolean
}

export type XStateInspectOptions = (ServerTarget | WindowTarget) &
  ShowOptions & {
    /** Lets viewers send events to the conversation: whatever the app itself can send to `chat.actor`. Default `false`. */
    readonly allowControl?: boolean
  }

export interface Inspection {
  /** Ends it, and tells the viewers. The conversation goes on. A second call does nothing. */
  readonly disconnect: () => void
}
