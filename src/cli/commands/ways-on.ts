/** What the user can do after a failure. */
export function waysOn(code: string | undefined): string {
  switch (code) {
    case 'budget-exceeded':
      return 'Raise the budget with /budget N, or remove it with /budget none; then /retry.'
    case 'context-window-exceeded':
    case 'prompt-too-long':
      return 'Make room with /compact (replaces the conversation by a summary) or /clear (removes it); then /retry.'
    default:
      return '/retry sends it again; /model NAME chooses another model first.'
  }
}
