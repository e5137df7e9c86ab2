// In a file of its own beside the packages, because they are found from here alone.
export { ChatAnthropic } from '@langchain/anthropic'
