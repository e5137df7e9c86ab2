/** A server-sent event. */
export interface ServerSentEvent {
  /** `message` unless the server names it. */
  readonly event: string
  readonly data: string
  /** Missing unless the event itself has one. */
  readonly id?: string
}

export interface EventHandlers {
  readonly onEvent: (event: ServerSentEvent) => void
  /** Milliseconds that the server asks to wait before the next connection. */
  readonly onRetry?: (ms: number) => void
}

/**
 * Parses an event stream (HTML standard, 9.2.6), given in pieces. An event counts once its blank line is there. A package would be as
 * large as a fifth of the client.
 */
export function createEventParser({ onEvent, onRetry }: EventHandlers): (text: string) => void {
  let rest = ''
  let event: { event?: string; id?: string } = {}
  let data: string[] = []
  const end = () => {
    if (data.length > 0) onEvent({ event: 'message', ...event, data: data.join('\n') })
    event = {}
    data = []
  }
  return (text) => {
    rest += text
    // A long event is joined once, whatever the number of its pieces.
    if (!/[\r\n]/.test(text)) return
    // A return at the end may be half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
      if (line === '') end()
      else if (field === 'data') data.push(value)
      else if (field === 'event') event.event = value || 'message'
      else if (field === 'id' && !value.includes('\0')) event.id = value
      else if (field === 'retry' && /^\d+$/.test(value)) onRetry?.(Number(value))
    }
  }
}
