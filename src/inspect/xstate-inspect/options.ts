import type { Conversation } from '../../conversation/conversation-interface.ts'

/** The part of a conversation that the bridges need. */
export type ConversationActor = Pick<Conversation, 'actor'>

/** The part of a WebSocket of `ws` that is needed. */
export interface InspectSocket {
  send(data: string): void
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'ping', listener: (data: unknown) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  close?(code: number, reason: string): void
  terminate?(): void
  /** Bytes that are queued to be sent. */
  readonly bufferedAmount?: number
}

/** The part of a WebSocket's opening request that is needed. */
export interface InspectRequest {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined }
  /** The connection of the request. Its local port is the server's port. */
  readonly socket?: { readonly localPort?: number | undefined }
}

/**
 * The part of a `WebSocketServer` of `ws` that is needed. Create the server on 127.0.0.1, with a `maxPayload`: every program that
 * reaches it sees what is shown. Viewers with a host or origin that is not allowed are rejected with close code 1008. So are
 * sockets that connected before the first inspection began, because their host and origin can't be checked.
 */
export interface InspectServer {
  on(event: 'connection', listener: (socket: InspectSocket, request?: InspectRequest) => void): unknown
  /** The sockets that are connected. */
  readonly clients?: Iterable<InspectSocket>
}

/** The part of a `MessageEvent` that is needed. */
export interface InspectMessageEvent {
  readonly data: unknown
  readonly origin: string
  readonly source: unknown
}

/** The part of the page's own window that is needed. */
export interface InspectWindow {
  addEventListener(type: 'message', listener: (event: InspectMessageEvent) => void): void
  addEventListener(type: 'pagehide', listener: () => void): void
  removeEventListener(type: 'message', listener: (event: InspectMessageEvent) => void): void
  removeEventListener(type: 'pagehide', listener: () => void): void
  readonly location: { readonly origin: string }
}

/** The part of the viewer's window that is needed. The window is an iframe's `contentWindow`, or the result of `window.open`. */
export interface InspectTargetWindow {
  postMessage(message: unknown, targetOrigin: string): void
}

/** A WebSocket server whose viewers receive the messages. */
export interface ServerTarget {
  readonly server: InspectServer
  /**
   * Hosts at which viewers may reach the server, as in the header `Host`: "tools.example:8443". Always allowed, and the
   * default: 127.0.0.1, localhost and [::1], with the server's port.
   */
  readonly hosts?: readonly string[]
  /**
   * Origins of pages that may connect, as in the header `Origin`: "https://viewer.example". Always allowed, and the default:
   * the server's own pages. A viewer without the header is not a page, and only its host is checked. "null" is never allowed.
   */
  readonly origins?: readonly string[]
}

/** A window that receives the messages. */
export interface WindowTarget {
  readonly targetWindow: InspectTargetWindow
  /** Origin of the viewer, such as `https://viewer.example`; never `*`. Default: the page's own. */
  readonly targetOrigin?: string
  /** The page's window. Default: the global one. */
  readonly window?: InspectWindow
}

interface ShowOptions {
  /** Shows everything in contexts and events: inputs, replies, tool inputs and results. Default `false`: no texts. */
  readonly includeText?: boolean
}

/** The options of `xstateInspect()`: where to send the messages, what to show, and whether viewers may send events. */
export type XStateInspectOptions = (ServerTarget | WindowTarget) &
  ShowOptions & {
    /** Lets viewers send events to the conversation: any that the app itself can send to `chat.actor`. Default `false`. */
    readonly allowControl?: boolean
  }

/** A running inspection of one conversation. */
export interface Inspection {
  /** Ends the inspection and notifies the viewers. The conversation continues. Further calls do nothing. */
  readonly disconnect: () => void
}
