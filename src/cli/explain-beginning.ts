import { refusalTestString } from '../testing/index.ts'
import type { Beginning } from './chat-output.ts'
import type { Line } from './explain-notice.ts'
import { list } from './explain.ts'

/** The first lines of a chat: the model, where replies come from, and why. */
export function explainBeginning(beginning: Beginning, isTerminal: boolean): readonly Line[] {
  const { model, connection, plays, isAskedFor, files, kept } = beginning
  return [
    { text: `turnstate chat with ${model}, by ${connection.name}`, style: 'bold' },
    ...(plays === 'demonstration' ? [{ text: whyDemonstration(isAskedFor) }] : []),
    ...(plays === 'tour'
      ? [
          {
            text: 'A tour of scripted scenes. Everything is simulated: no model is asked, and nothing is charged.',
          },
        ]
      : []),
    ...(connection.kind === 'simulator' && plays !== 'tour' ? [dim(whySimulated(beginning))] : []),
    ...(connection.kind === 'simulator' && plays === 'nothing' && isTerminal
      ? [dim('To see a refusal, type /refuse, or a line that contains this string:'), dim(refusalTestString)]
      : []),
    ...(kept && isTerminal
      ? [dim(`Kept in ${kept.where}; --no-store keeps nothing. /resume lists earlier chats.`)]
      : []),
    ...(files.length > 0 ? [dim(`Sent with the first message: ${list(files)}.`)] : []),
  ]
}

const dim = (text: string): Line => ({ text, style: 'dim' })

const whyDemonstration = (isAskedFor: boolean): string =>
  isAskedFor
    ? 'With --base-url this is the short demonstration, because the scenes of the tour need their own scripts.'
    : 'Standard input was empty, so this is a short demonstration.'

export const whySimulated = ({ hasKey, plays }: Beginning): string => {
  const why =
    hasKey && plays === 'demonstration'
      ? 'A demonstration provokes a refusal, so it does not use the API'
      : 'No ANTHROPIC_API_KEY is set'
  return `${why}: replies are simulated, no model is asked.`
}
