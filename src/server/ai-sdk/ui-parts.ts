// Parts of the transcript as parts of the AI SDK's messages.
import type { Block, TranscriptPart } from '../../index.ts'
import { isObject, isRecord } from '../../objects.ts'
import type { ToolPart, UiPart } from './ui-message.ts'

/** A person's decision about a call, or that one is asked for. */
export interface CallState {
  readonly needsApproval: boolean
  readonly decision?: { readonly approved: boolean; readonly reason?: string }
}

/** What the parts of a reply are made from. */
export interface PartsOf {
  /** The parts of one reply, in order. */
  readonly parts: readonly TranscriptPart[]
  /** The whole reply is stored. Until then its last part grows, and its tools do not run. */
  readonly isStored: boolean
  readonly callState: (callId: string) => CallState
  /** The result of a server tool, wherever in the turn it is. */
  readonly serverResult: (callId: string) => Block | undefined
}

/** The parts of a reply. Those that show nothing, and sources that were named before, are left out. */
export function uiParts(of: PartsOf): readonly UiPart[] {
  const sources = new Set<string>()
  return partsOf(of).filter((part) => {
    if (!('sourceId' in part)) return true
    const isNew = !sources.has(part.sourceId)
    sources.add(part.sourceId)
    return isNew
  })
}

const partsOf = (of: PartsOf): readonly UiPart[] =>
  of.parts.flatMap((part, index) => {
    const isOpen = !of.isStored && index === of.parts.length - 1
    switch (part.type) {
      case 'text':
        if (part.text === '') return []
        return [
          { type: 'text', text: part.text, state: isOpen ? 'streaming' : 'done' },
          ...(isOpen ? [] : (part.citations ?? []).flatMap((citation) => citationSource(citation))),
        ]
      case 'thinking':
        return part.text === '' ? [] : [{ type: 'reasoning', text: part.text, state: isOpen ? 'streaming' : 'done' }]
      case 'tool-call':
        return [callPart(part, of)]
      case 'block':
        return blockParts(part.block, isOpen, of)
    }
  })

function callPart(
  { callId, name, input, result }: Extract<TranscriptPart, { type: 'tool-call' }>,
  of: PartsOf,
): ToolPart {
  const call = { type: `tool-${name}`, toolCallId: callId } as const
  if (!of.isStored) return { ...call, state: 'input-streaming', input: undefined, rawInput: rawText(input) }
  if (result) return { ...call, input, ...settled(callId, result) }
  const { needsApproval, decision } = of.callState(callId)
  if (needsApproval) return { ...call, state: 'approval-requested', input, approval: { id: callId } }
  if (decision) return { ...call, state: 'approval-responded', input, approval: { id: callId, ...decision } }
  return { ...call, state: 'input-available', input }
}

/** The input of a call that still arrives is the model's text. */
const rawText = (input: unknown): string =>
  typeof input === 'string' ? input : isRecord(input) && Object.keys(input).length === 0 ? '' : JSON.stringify(input)

type Settled = { state: 'output-available'; output: unknown } | { state: 'output-error'; errorText: string } | Denied

interface Denied {
  state: 'output-denied'
  approval: { id: string; approved: false; reason?: string }
}

/** How a call ended, read from its `tool_result` block. */
function settled(callId: string, result: Block): Settled {
  const output = outputOf(result['content'])
  if (result['is_error'] !== true) return { state: 'output-available', output: output ?? null }
  const errorText = typeof output === 'string' ? output : JSON.stringify(output ?? '')
  const reason = deniedFor(errorText)
  if (reason === undefined) return { state: 'output-error', errorText }
  return { state: 'output-denied', approval: { id: callId, approved: false, ...(reason === '' ? {} : { reason }) } }
}

/** How the result of a call begins that a person denied. */
const denied = /^The user did not allow this call(?:\.$|: )/

/** The reason of a denial: empty without one, `undefined` for any other error. */
const deniedFor = (errorText: string): string | undefined =>
  denied.test(errorText) ? errorText.replace(denied, '') : undefined

/**
 * What a tool returned. A value that was stored as JSON is parsed again; one text block is its text.
 */
function outputOf(content: unknown): unknown {
  if (!Array.isArray(content)) return typeof content === 'string' ? parsed(content) : content
  const [only]: unknown[] = content
  return content.length === 1 && isRecord(only) && only['type'] === 'text' && typeof only['text'] === 'string'
    ? parsed(only['text'])
    : content
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function blockParts(block: Block, isOpen: boolean, of: PartsOf): UiPart[] {
  const { type, id, name, input } = block
  if ((type === 'server_tool_use' || type === 'mcp_tool_use') && typeof id === 'string') {
    const call = { type: `tool-${String(name)}`, toolCallId: id, providerExecuted: true } as const
    const result = of.serverResult(id)
    if (isOpen && !result) return [{ ...call, state: 'input-streaming', input: undefined, rawInput: rawText(input) }]
    if (!result) return [{ ...call, state: 'input-available', input }]
    const content = result['content']
    return isRecord(content) && 'error_code' in content
      ? [{ ...call, state: 'output-error', input, errorText: String(content['error_code']) }]
      : [{ ...call, state: 'output-available', input, output: content ?? null }]
  }
  if (type === 'web_search_tool_result' && Array.isArray(block['content'])) return block['content'].flatMap(pageSource)
  return []
}

/** A page that a search found. */
function pageSource(page: unknown): UiPart[] {
  if (!isRecord(page) || typeof page['url'] !== 'string') return []
  const { url, title } = page
  return [{ type: 'source-url', sourceId: url, url, ...(typeof title === 'string' ? { title } : {}) }]
}

/** What a citation points at. Pages that a search found are sources of their own. */
function citationSource(citation: unknown): UiPart[] {
  if (!isObject(citation) || typeof citation['url'] === 'string') return []
  const { type, document_title: title, document_index: index, source } = citation
  if (type === 'search_result_location' && typeof source === 'string')
    return [
      { type: 'source-document', sourceId: source, mediaType: 'text/plain', title: titleOf(citation['title'], source) },
    ]
  if (typeof index !== 'number') return []
  return [
    {
      type: 'source-document',
      sourceId: `document-${index}`,
      mediaType: type === 'page_location' ? 'application/pdf' : 'text/plain',
      title: titleOf(title, `Document ${index + 1}`),
    },
  ]
}

const titleOf = (title: unknown, otherwise: string): string =>
  typeof title === 'string' && title !== '' ? title : otherwise

/** The parts of a message of the user. */
export const inputParts = (blocks: readonly Block[]): UiPart[] =>
  blocks.flatMap((block): UiPart[] => {
    if (block.type === 'text') return [{ type: 'text', text: String(block['text']) }]
    const { source, title } = block
    if (!isRecord(source)) return []
    const filename = typeof title === 'string' ? { filename: title } : {}
    const given = source['media_type']
    const mediaType = typeof given === 'string' ? given : block.type === 'image' ? 'image/*' : 'application/pdf'
    if (typeof source['url'] === 'string') return [{ type: 'file', mediaType, url: source['url'], ...filename }]
    const { data, type } = source
    if (typeof data !== 'string') return []
    const url = type === 'text' ? `data:${mediaType},${encodeURIComponent(data)}` : `data:${mediaType};base64,${data}`
    return [{ type: 'file', mediaType, url, ...filename }]
  })
