// One model goes by many names: an alias, a dated version, and the names that cloud providers give it.

/** The suffix that Bedrock adds: `-v1`, `-v1:0`, `-v1:0:200k`. After a word it belongs to the name (`claude-v2`). */
const revision = /(?<=\d)-v\d+(?::\d+(?::\w+)?)?$/
/** A date, as the API (`-20260101`) and Vertex (`@20260101`) write it. */
const date = /[-@](\d{8})$/
const newest = /[-@](?:latest|default)$/

/**
 * The name without a provider's additions: `us.anthropic.claude-opus-4-8-20260101-v1:0`,
 * `publishers/anthropic/models/claude-opus-4-8@20260101` and `claude-opus-4-8-20260101` give the same name. An alias loses its
 * `-latest`. Names that are not Claude's stay as they are.
 */
export function plainName(name: string): string {
  const model = name.slice(name.lastIndexOf('/') + 1).replace(/^.*\.(?=claude)/, '')
  if (!model.startsWith('claude')) return name
  return model
    .replace(revision, '')
    .replace(newest, '')
    .replace(date, '-$1')
    .replaceAll(/(?<=\d)\.(?=\d)/g, '-')
}

/** The plain name without its date. A version number stays: `claude-opus-4-5` is never `claude-opus-4`. */
export const familyName = (name: string): string => plainName(name).replace(date, '')
