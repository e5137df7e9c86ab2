/** What an end user is told of a refusal, by the API's category, `null` included. `default` serves the others. */
export interface MessagesForUsers {
  readonly default: string
  readonly [category: string]: string
}

// True whatever is decided: a refused turn is never built upon.
const takenOut = 'It is kept out of the conversation.'

/** Plain words that an app may replace. The classifier's own explanation speaks to integrators and is never shown. */
export const messagesForUsers: MessagesForUsers = {
  default: `This message could not be answered. ${takenOut} Try to say it differently.`,
  null: `This message could not be answered. ${takenOut} Try to say it differently.`,
  cyber: `This message was declined because it may touch on attacks against computer systems. ${takenOut}`,
  bio: `This message was declined because it may touch on biological or chemical hazards. ${takenOut}`,
  frontier_llm: `This message was declined because it may touch on building large AI models. ${takenOut}`,
  reasoning_extraction: `This message was declined because it may ask for the model's private reasoning. ${takenOut} Ask for the answer rather than for how it was reached.`,
  general_harms: `This message was declined because it may touch on something harmful. ${takenOut}`,
}

/** The sentence for a category; one that the API adds tomorrow takes `default`. */
export function messageForUser(category: string | null, messages: MessagesForUsers = messagesForUsers): string {
  const key = String(category)
  return (Object.hasOwn(messages, key) ? messages[key] : undefined) ?? messages.default
}
