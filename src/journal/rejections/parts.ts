// Names the parts that can be left out of a request. The search for the cause of a rejection works on sets of these names.
import { type Block, isThinking, toBlocks, toolCallId } from '../content.ts'
import { requestTurns, type Turn, type View } from '../view.ts'
import { type Part, partLists } from './rejections.ts'

/** What a request carried apart from its turns. */
export interface CarriedBeside {
  readonly model: string
  /** Names of the fields that the app added and that can be left out. */
  readonly fields: readonly string[]
  readonly container: string | null
  readonly thinking: boolean
}

export const fieldPart = (model: string, field: string): Part => `field:${model}/${field}`

/** The kind of a part: its name up to the colon. */
export const kindOf = (part: Part): string => part.split(':', 1)[0] ?? part

/** What a part belongs to: the id of a turn or a container, or a model and a field. */
export const subjectOf = (part: Part): string => part.slice(kindOf(part).length + 1)

/** Fields that are never left out, because the request would mean something else or other fields would be rejected. */
const neededFields: ReadonlySet<string> = new Set(['system', 'tools', 'mcp_servers', 'max_tokens', 'betas'])

export const canBeLeftOut = (field: string): boolean => !neededFields.has(field)

const isMedia = (block: Block): boolean => block.type !== 'text' && block.type !== 'tool_result'

export const hasMedia = ({ input }: Turn): boolean => toBlocks(input).some(isMedia)

const hasCalls = ({ steps }: Turn): boolean =>
  steps.some(({ content }) => content.some((block) => block.type !== 'text' && !isThinking(block)))

const hasResults = ({ steps }: Turn): boolean => steps.some(({ role }) => role === 'user')

const stepsPattern = /^(calls|results|steps):(.*)\/(\d+)$/s

/** The kind, the turn and the number of steps of a steps part; `null` for other parts. */
export function stepsOf(
  part: string,
): { readonly kind: StepsKind; readonly turnId: string; readonly count: number } | null {
  const match = stepsPattern.exec(part)
  const [, kind, turnId, count] = match ?? []
  return (kind === 'calls' || kind === 'results' || kind === 'steps') && turnId !== undefined
    ? { kind, turnId, count: Number(count) }
    : null
}

export type StepsKind = 'calls' | 'results' | 'steps'

/** The id of the turn that a part belongs to; `null` if it belongs to none. */
export const turnOf = (part: Part): string | null =>
  stepsOf(part)?.turnId ?? (['turn', 'compaction', 'media'].includes(kindOf(part)) ? subjectOf(part) : null)

/** For each kind, the kinds whose omission includes it. */
const wider: Readonly<Record<StepsKind, readonly StepsKind[]>> = {
  results: ['results', 'calls', 'steps'],
  calls: ['calls', 'steps'],
  steps: ['steps'],
}

/** The number of first steps of a turn that this kind is left out of. */
export function stepsLeftOut(left: ReadonlySet<string>, turnId: string, kind: StepsKind): number {
  return mostSteps(left).get(`${kind}:${turnId}`) ?? 0
}

const mostOf = new WeakMap<ReadonlySet<string>, { readonly size: number; readonly most: ReadonlyMap<string, number> }>()

/** For each kind and turn, the highest number of first steps left out. Cached for each set until it grows. */
function mostSteps(left: ReadonlySet<string>): ReadonlyMap<string, number> {
  const before = mostOf.get(left)
  if (before?.size === left.size) return before.most
  const most = new Map<string, number>()
  for (const part of left) {
    const of = stepsOf(part)
    if (!of) continue
    const key = `${of.kind}:${of.turnId}`
    most.set(key, Math.max(most.get(key) ?? 0, of.count))
  }
  mostOf.set(left, { size: left.size, most })
  return most
}

/** Whether leaving out `left` also leaves out this part. */
export function isCovered(left: ReadonlySet<string>, part: Part): boolean {
  if (left.has(part)) return true
  const turnId = turnOf(part)
  if (turnId === null) return false
  if (left.has(`turn:${turnId}`)) return true
  const steps = stepsOf(part)
  return steps !== null && wider[steps.kind].some((kind) => stepsLeftOut(left, turnId, kind) >= steps.count)
}

/** The parts within a turn. A summary has none: it is left out as a whole. */
function partsIn(turn: Turn): readonly Part[] {
  if (turn.kind === 'compaction') return []
  const { id, steps } = turn
  const of = <Kind extends StepsKind>(kind: Kind) => `${kind}:${id}/${steps.length}` as const
  return [
    ...(hasMedia(turn) ? [`media:${id}` as const] : []),
    ...(hasCalls(turn) ? [of('calls')] : []),
    ...(hasResults(turn) ? [of('results')] : []),
    ...(turn.status === 'open' && steps.length > 0 ? [of('steps')] : []),
  ]
}

/** All parts that can be left out of the request for a view: settled turns first, from the oldest. */
export function partsOf(view: View, { model, fields, container, thinking }: CarriedBeside): readonly Part[] {
  const { settled, open } = requestTurns(view)
  const { setAside, before, groups } = view.rejections
  const turns = open ? [...settled, open] : settled
  const there = new Set(turns.map(({ id }) => id))
  // Parts that were named when a turn had fewer steps keep their names.
  const known = [...partLists.items(setAside), ...partLists.items(before), ...groups.flat()].filter((part) => {
    const steps = stepsOf(part)
    return steps !== null && there.has(steps.turnId)
  })
  return [
    ...new Set<Part>([
      ...settled.map(({ id }): Part => `turn:${id}`),
      ...turns.flatMap(partsIn),
      ...known,
      ...fields.filter(canBeLeftOut).map((field) => fieldPart(model, field)),
      ...(container === null ? [] : [`container:${container}` as const]),
      ...(thinking ? (['thinking'] as const) : []),
    ]),
  ]
}

/**
 * The calls that must be left out if the thinking of the history is. A turn that was cut after its tools ran looks like a tool
 * loop in progress, where the API requires the thinking that came with the calls.
 */
export const callsThatNeedThinking = (view: View): readonly Part[] =>
  requestTurns(view).settled.flatMap(({ id, status, steps }): readonly Part[] => {
    const content = steps.findLast(({ role }) => role === 'assistant')?.content ?? []
    const isCut = status !== 'completed' && content.some((block) => toolCallId(block) !== undefined)
    return isCut && content.some(isThinking) ? [`calls:${id}/${steps.length}`] : []
  })

/** The parts that a request carries which leaves out `left`. */
export const carriedOf = (parts: readonly Part[], left: ReadonlySet<string>): readonly Part[] =>
  parts.filter((part) => !isCovered(left, part))

/** Names of the tools that ran in the first `count` steps of a turn, each once. Calls that never ran do not count. */
export function toolsThatRan({ steps, ran }: Turn, count = steps.length): readonly string[] {
  const first = steps.slice(0, count)
  const results = new Map(
    first.flatMap((step) =>
      step.role === 'user' ? step.content.map((result) => [result['tool_use_id'], result['is_error'] === true]) : [],
    ),
  )
  const names = first.flatMap((step) =>
    step.role === 'assistant'
      ? step.content.flatMap((block) => {
          const callId = toolCallId(block)
          const hasRun = callId !== undefined && (ran.includes(callId) || results.get(callId) === false)
          return hasRun && typeof block['name'] === 'string' ? [block['name']] : []
        })
      : [],
  )
  return [...new Set(names)]
}
