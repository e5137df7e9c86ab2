/** Messages for end users about a refusal, by the API's category, including `null`. `default` is for other categories. */
export interface MessagesForUsers {
  readonly default: string
  readonly [category: string]: string
}

// True for every policy: no later request carries a refused turn.
const takenOut = 'It is kept out of the conversation.'

/** Default messages, which an app may replace. The classifier's own explanation is for integrators and never shown. */
export const messagesForUsers: MessagesForUsers = {
  default: `This message could not be answered. ${takenOut} Try to say it differently.`,
  null: `This message could not be answered. ${takenOut} Try to say it differently.`,
  cyber: `This message was declined because it may touch on attacks against computer systems. ${takenOut}`,
  bio: `This message was declined because it may touch on biological or chemical hazards. ${takenOut}`,
  frontier_llm: `This message was declined because it may touch on building large AI models. ${takenOut}`,
  reasoning_extraction: `This message was declined because it may ask for the model's private reasoning. ${takenOut} Ask for the answer rather than for how it was reached.`,
  general_harms: `This message was declined because it may touch on something harmful. ${takenOut}`,
}

/** The message for a category; an unknown category gets `default`. */
export function messageForUser(category: string | null, messages: MessagesForUsers = messagesForUsers): string {
  const key = String(category)
  return (Object.hasOwn(messages, key) ? messages[key] : undefined) ?? messages.default
}
