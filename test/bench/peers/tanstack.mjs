// In a file of its own beside the packages, because they are found from here alone.
export { chat, toolDefinition } from '@tanstack/ai'
export { createAnthropicChat } from '@tanstack/ai-anthropic'
