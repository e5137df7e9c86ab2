import { refusalTestString } from '../testing/index.ts'
import type { Beginning } from './chat-output.ts'
import type { Line } from './explain-notice.ts'
import { list } from './explain.ts'

/** Who answers here, and what it costs. */
export function explainBeginning(beginning: Beginning, isTerminal: boolean): readonly Line[] {
  const { model, connection, plays, isAskedFor, files } = beginning
  return [
    { text: `turnstate chat with ${model}, by ${connection.name}`, style: 'bold' },
    ...(plays === 'demonstration' ? [{ text: whyDemonstration(isAskedFor) }] : []),
    ...(plays === 'tour'
      ? [
          {
            text: 'A tour of scripted scenes. Everything here is simulated: no model is asked, and nothing costs anything.',
          },
        ]
      : []),
    ...(connection.kind === 'simulator' && plays !== 'tour' ? [dim(whySimulated(beginning))] : []),
    ...(connection.kind === 'simulator' && plays === 'nothing' && isTerminal
      ? [dim('To see a refusal, type /refuse, or a line with this string in it:'), dim(refusalTestString)]
      : []),
    ...(files.length > 0 ? [dim(`With the first message ${files.length === 1 ? 'goes' : 'go'} ${list(files)}.`)] : []),
  ]
}

const dim = (text: string): Line => ({ text, style: 'dim' })

const whyDemonstration = (isAskedFor: boolean): string =>
  isAskedFor
    ? 'With --base-url this is the short demonstration: the scenes of the tour need scripts of their own.'
    : 'Nothing was on standard input, so this is a short demonstration.'

const whySimulated = ({ hasKey, plays }: Beginning): string => {
  const why =
    hasKey && plays === 'demonstration'
      ? 'A demonstration asks for a refusal on purpose, so it leaves the API alone'
      : 'No ANTHROPIC_API_KEY is set'
  return `${why}: the replies are simulated, no model is asked.`
}
