import type { Conversation } from '../../conversation/conversation-interface.ts'

/** What the bridges need of a conversation. */
export type ConversationActor = Pick<Conversation, 'actor'>

/** What is needed of a WebSocket of `ws`. */
export interface InspectSocket {
  send(data: string): void
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'ping', listener: (data: unknown) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  close?(code: number, reason: string): void
  terminate?(): void
  /** Bytes that wait to be sent. */
  readonly bufferedAmount?: number
}

/** What is needed of the request with which a WebSocket came. */
export interface InspectRequest {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined }
  /** The connection that it came on: its port is the one that is served. */
  readonly socket?: { readonly localPort?: number | undefined }
}

/**
 * What is needed of a `WebSocketServer` of `ws`. Make it on 127.0.0.1, with a `maxPayload`: whoever can reach it sees what is
 * shown. Viewers whose host or origin is not known are turned away with the close code 1008, and so are sockets that were
 * connected before the first inspection began, since nobody knows where they are from.
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

/** A WebSocket server whose viewers receive the messages. */
export interface ServerTarget {
  readonly server: InspectServer
  /**
   * What viewers may call the server, as the header `Host` has it: "tools.example:8443". Default: this machine alone, as
   * 127.0.0.1, localhost and [::1], with the port that is served.
   */
  readonly hosts?: readonly string[]
  /**
   * Where pages that look may be from, as the header `Origin` has it: "https://viewer.example". Default: from the server itself.
   * A viewer without the header is no page, and let in by its host alone; the origin "null" is nobody's.
   */
  readonly origins?: readonly string[]
}

/** A window that receives the messages. */
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

/** The options of `xstateInspect()`: where to send the messages, what to show, and whether viewers may send events. */
export type XStateInspectOptions = (ServerTarget | WindowTarget) &
  ShowOptions & {
    /** Lets viewers send events to the conversation: whatever the app itself can send to `chat.actor`. Default `false`. */
    readonly allowControl?: boolean
  }

/** A running inspection of one conversation. */
export interface Inspection {
  /** Ends it, and tells the viewers. The conversation goes on. A second call does nothing. */
  readonly disconnect: () => void
}
